"""Signals that come early or twice, waits that someone ends, and a log that nobody reads."""

import json
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest
import yaml

import aws_answers as aws
from conftest import aws_environment
from expectations import assert_job
from gateway_process import BINARY, configuration, environment
from http_client import Closed, head
from paths import transfer_path
from record import RECORD

PATH = transfer_path()
CANCEL, READ = "CancelMetadataTransferJob", "GetMetadataTransferJob"


def delete(gateway, *fields, path=PATH):
    return head("DELETE", path, [("X-API-Key", gateway.keys.keys["all"]), *fields])


def in_thread(call):
    """Starts a call; the list has its result once the thread has ended."""
    results = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()
    return thread, results


# Signals.

def test_a_signal_at_the_very_moment_of_the_line_listening_is_a_good_end(program, keys, court, tmp_path):
    """Whoever reads the line may act on it at once: no signal may meet a program that does not mind it yet."""
    config = tmp_path / "jobgate.yaml"
    config.write_text(yaml.safe_dump(configuration(keys.path, {})))
    variables = {name: value for name, value in aws_environment(court).items() if value}
    for round_ in range(10):
        process = subprocess.Popen(
            [str(BINARY), "serve", "--config", str(config)], env=environment(tmp_path, **variables),
            cwd=str(tmp_path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if b'"listening"' in line:
                    process.send_signal(signal.SIGTERM)
                    break
            rest, errors = process.communicate(timeout=15)
        finally:
            process.kill()
            process.wait(5)
        RECORD.say("stdout of jobgate serve", b"".join(lines) + rest)
        RECORD.say("stderr of jobgate serve", errors)
        assert process.returncode == 0, (round_, process.returncode, lines, rest, errors)
        said = [json.loads(line)["message"] for line in rest.splitlines()]
        assert "draining" in said and said[-1] == "stopped", said


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_process_at_once(start, judge, second):
    gateway = start()
    gateway.right_end = 1
    judge.on(CANCEL, aws.Hang())
    with gateway.wire() as wire:
        wire.send(delete(gateway))
        judge.wait_for(1)
        gateway.signal()
        with pytest.raises(subprocess.TimeoutExpired):
            gateway.process.wait(1)
        began = time.monotonic()
        gateway.signal(second)
        assert gateway.exit_code(5) == 1
        assert time.monotonic() - began < 3
        with pytest.raises(Closed):
            wire.answer()
    said = [entry["message"] for entry in gateway.log]
    assert said.count("draining") == 1 and "stopped" not in said
    assert "second signal" in said[-1], said


# Waits.

def test_a_signal_ends_the_wait_of_a_delete_with_the_answer(start, judge):
    gateway = start()
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLING"))
    judge.on(READ, aws.got_transfer("CANCELLING"))
    thread, answers = in_thread(lambda: gateway.ask("DELETE", PATH, headers={"Prefer": "wait=50"}))
    judge.wait_for(2)
    began = time.monotonic()
    gateway.signal()
    thread.join(15)
    assert time.monotonic() - began < 3
    assert_job(answers[0], 202, state="cancelling")
    assert answers[0]["Connection"].lower() == "close"
    assert gateway.exit_code(10) == 0
    assert [call.operation for call in judge.calls()].count(CANCEL) == 1


def test_a_client_that_is_lost_ends_the_wait_and_not_the_cancel(start, judge):
    """Looks at the job come 1, 3 and 7 seconds after AWS took the cancel; who is lost costs no further one."""
    gateway = start()
    judge.on(CANCEL, aws.Slow(aws.cancelled_transfer("CANCELLING"), 0.7))
    judge.on(READ, aws.got_transfer("CANCELLING"))
    early, late = gateway.wire(), gateway.wire()
    early.send(delete(gateway, ("Prefer", "wait=50"), ("X-Request-Id", "left-early"), path=transfer_path("early")))
    late.send(delete(gateway, ("Prefer", "wait=50"), ("X-Request-Id", "left-late"), path=transfer_path("late")))
    judge.wait_for(2)
    reset(early)
    wait_until(lambda: looks(judge, "late") == 1)
    reset(late)
    time.sleep(4)
    assert (looks(judge, "early"), looks(judge, "late")) == (0, 1), judge.calls()
    cancelled = sorted(call.parameters["metadataTransferJobId"] for call in judge.calls(CANCEL))
    assert cancelled == ["early", "late"], "each cancel was sent once, and carried out"
    for request_id in ("left-early", "left-late"):
        line = gateway.access_line(request_id)
        assert line["status"] == 202 and line["upstream_request_id"]
    gateway.signal()
    assert gateway.exit_code(5) == 0


def reset(wire):
    """Closes so that the other side learns at once that nobody is there any more."""
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def looks(judge, job):
    return len([call for call in judge.calls(READ) if call.parameters["metadataTransferJobId"] == job])


def wait_until(true, seconds=10):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# A log that nobody reads.

LOST = "log lines dropped"
# At 432 bytes each they are more than the mebibyte that the gateway keeps.
LINES = 3000


def fill_the_log(gateway, requests):
    """Makes so many access lines of 432 bytes or so; all of their requests are answered."""
    one = head("GET", "/whoami", [("X-Request-Id", "f" * 128), ("traceparent", f"00-{'a' * 32}-{'b' * 16}-01")])
    with gateway.wire(timeout=20) as wire:
        sender = threading.Thread(target=wire.send, args=(one * requests,))
        sender.start()
        assert [wire.answer().status for _ in range(requests)] == [401] * requests
        sender.join(20)


def assert_answers(gateway, judge):
    """All routes answer, and soon."""
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLING"))
    began = time.monotonic()
    assert gateway.ask("GET", "/livez", key=None).status == 200
    assert gateway.ask("GET", "/readyz", key=None).status == 200
    assert_job(gateway.ask("DELETE", PATH, timeout=5), 202)
    assert time.monotonic() - began < 5


@pytest.fixture
def unread(start, judge):
    """A gateway whose standard output is full, and more lines than it keeps have come."""
    gateway = start()
    gateway.stop_reading()
    fill_the_log(gateway, LINES)
    assert_answers(gateway, judge)
    return gateway


def test_a_log_that_nobody_reads_stops_nothing_and_says_later_what_it_lost(unread, judge):
    assert not [line for line in unread.lines if LOST in line], "nothing more was read"
    unread.go_on_reading()
    lost = unread.wait_line(lambda line: json.loads(line) if LOST in line else None, 10, "the line of lost lines")
    assert lost["level"] == "warning" and lost["count"] > 0
    assert unread.ask("GET", "/whoami", headers={"X-Request-Id": "read-again"}).status == 200
    unread.access_line("read-again")
    unread.signal()
    assert unread.exit_code(10) == 0
    messages = [json.loads(line)["message"] for line in unread.lines]
    assert all(line.endswith("\n") for line in unread.lines) and messages[-1] == "stopped"
    assert messages.count("request") + lost["count"] == LINES + 3 + 1, "what was not written was counted"


def test_a_log_that_nobody_reads_does_not_hold_up_the_end(unread, judge):
    gate = threading.Event()
    judge.on(CANCEL, aws.Held(aws.cancelled_transfer("CANCELLING"), gate))
    calls = len(judge.calls())
    thread, answers = in_thread(lambda: unread.ask("DELETE", PATH))
    judge.wait_for(calls + 1)
    unread.signal()
    time.sleep(0.5)
    assert unread.process.poll() is None, "what is in flight is waited for"
    gate.set()
    thread.join(10)
    assert_job(answers[0], 202)
    assert unread.process.wait(6) == 0
    unread.go_on_reading()
    unread.exit_code(5)
    whole = [json.loads(line) for line in unread.lines if line.endswith("\n")]
    assert "listening" in [line["message"] for line in whole[:2]] and len(whole) >= len(unread.lines) - 1
