"""The audit trail: what stands in it, that nothing goes before it, and that no crash and no hand takes from it."""

import json
import random
import shutil
import signal
import socket
import sqlite3
import stat
import threading
import time
import urllib.request

import pytest

import aws_answers as aws
from audit_trail import COLUMNS, TrailFile
from conftest import ALL_SCOPES, aws_environment
from expectations import assert_problem
from gateway_process import Process, command
from http_client import Closed, Wire, ask, at_once, head
from paths import conversion_path, transfer_path
from record import RECORD

CANCEL, READ = "CancelMetadataTransferJob", "GetMetadataTransferJob"
PATH = transfer_path()


@pytest.fixture
def trail(tmp_path):
    return TrailFile(tmp_path / "audit.db")


@pytest.fixture
def keeper(start, own_keys, trail):
    """Starts gateways that keep the test's trail; `auditor` may read it, `all` may do the rest."""
    own_keys.create("all", *ALL_SCOPES)
    own_keys.create("reader", "transfer-jobs:read")
    own_keys.create("auditor", "audit:read")
    own_keys.create("elsewhere", "audit:read", targets=["default"])

    def keeper(**config):
        settings = {"audit.path": str(trail.path), "audit.stateBefore": "off", **config}
        return start(keys=own_keys, config={name: value for name, value in settings.items() if value is not None})

    return keeper


def verify(trail, *arguments):
    """What `jobgate audit verify --json` says, and its exit code."""
    run = command("audit", "verify", "--path", trail, "--json", *arguments, home=trail.path.parent)
    return run.returncode, json.loads(run.out)


def assert_whole(trail):
    code, found = verify(trail)
    assert (code, found["status"], found["fault"]) == (0, "whole", None), found
    rows = trail.check()
    assert found["rows"] == len(rows)
    return rows


def audit_lines(gateway):
    return [entry for entry in gateway.log if entry.get("log") == "audit"]


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)


# What stands in it.

def test_a_cancel_leaves_an_intent_and_an_outcome_that_others_can_check(keeper, judge, trail):
    gateway = keeper(**{"audit.stateBefore": None})
    judge.on(READ, aws.got_transfer("RUNNING"))
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLING"))
    reason = "OPS-4711: falscher Kübel ✓"
    answer = gateway.ask("DELETE", PATH, headers={
        "X-Request-Id": "r-1", "X-Audit-Reason": reason.encode().decode("latin-1"),
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
    assert answer.status == 202
    intent, outcome = assert_whole(trail)
    key = gateway.keys.id("all")
    expected = {
        "seq": 1, "entry": "intent", "intent": None, "request_id": "r-1",
        "trace_id": "0af7651916cd43dd8448eb211c80319c", "caller_id": key, "caller_name": "all",
        "auth": f"api-key:{key}", "remote": "127.0.0.1", "reason": reason, "method": "DELETE",
        "route": "/transfer-jobs/{id}", "target": "default", "kind": "transfer", "project": None,
        "job": "transfer-job-1", "state_before": "running", "state_after": None, "upstream_request_id": None,
        "status": None, "outcome": None,
    }
    assert {name: intent[name] for name in expected} == expected
    [call] = judge.calls(CANCEL)
    expected |= {
        "seq": 2, "entry": "outcome", "intent": 1, "state_after": "cancelling",
        "upstream_request_id": call.request_id, "status": 202, "outcome": "cancelling",
    }
    assert {name: outcome[name] for name in expected} == expected
    assert stat.S_IMODE(trail.path.stat().st_mode) == 0o600
    lines = audit_lines(gateway)
    for line, row in zip(lines, (intent, outcome), strict=True):
        assert {name: line[name] for name in COLUMNS} == {name: row[name] for name in COLUMNS}
        assert line["hash"] == row["hash"].hex()
    assert gateway.access_line("r-1")["caller"] == key


def test_the_log_has_the_lines_without_a_file_too(start, judge):
    gateway = start()
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    assert gateway.ask("DELETE", PATH).status == 200
    wait_until(lambda: len(audit_lines(gateway)) == 2)
    intent, outcome = audit_lines(gateway)
    assert (intent["entry"], outcome["entry"], outcome["outcome"]) == ("intent", "outcome", "cancelled")
    assert intent["seq"] is outcome["hash"] is None


def test_a_log_that_is_all_but_silent_has_the_lines(program, keys, judge, tmp_path):
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = ["serve", "--keys", keys.path, "--port", port, "--set", "log.level=critical"]
    gateway = Process(arguments, aws_environment(judge), tmp_path)
    try:
        wait_until(lambda: answers_at(port))
        assert ask(port, "DELETE", PATH, key=keys.keys["all"]).status == 200
        wait_until(lambda: len(gateway.log) == 2)
        assert [entry["log"] for entry in gateway.log] == ["audit", "audit"]
    finally:
        assert gateway.stop() is None


def answers_at(port):
    try:
        return ask(port, "GET", "/livez").status == 200
    except OSError:
        return False


def test_every_refusal_of_a_cancel_is_kept_and_nothing_else(keeper, judge, trail):
    gateway = keeper(limits=["default=100000/60s", "tight=1/60s"])
    gateway.keys.create("tight", *ALL_SCOPES, limit="tight")
    gateway.keys.create("revoked", *ALL_SCOPES)
    judge.on(CANCEL, aws.modelled(CANCEL, "ConflictException"))
    judge.on(READ, aws.got_transfer("COMPLETED"))
    judge.on("CancelMetadataModelConversion", aws.modelled("CancelMetadataModelConversion", "ResourceNotFoundFault"))
    wait_until(lambda: gateway.ask("GET", "/whoami", key="tight").status == 200)
    bad = {"Authorization": "Bearer nothing-good"}
    cases = [
        (PATH, {"key": None}, "unauthenticated"), (PATH, {"key": None, "headers": bad}, "invalid-credential"),
        (PATH, {"key": "reader"}, "insufficient-scope"), (PATH, {"key": "tight"}, "rate-limited"),
        (PATH + "?target=none", {}, "job-not-found"), (PATH + "?dryrun=true", {}, "invalid-request"),
        (PATH, {}, "already-finished"), (conversion_path(), {}, "job-not-found"),
        (PATH, {"headers": {"X-Audit-Reason": "x" * 257}}, "invalid-request"),
    ]
    for number, (target, options, code) in enumerate(cases):
        headers = {**options.pop("headers", {}), "X-Request-Id": f"r-{number}"}
        answer = gateway.ask("DELETE", target, headers=headers, **options)
        assert_problem(answer, code, job=code == "already-finished")
    gateway.ask("GET", PATH)
    gateway.ask("DELETE", PATH + "?dryRun=true")
    gateway.ask("DELETE", "/nowhere")
    rows = assert_whole(trail)
    ends = {row["request_id"]: row for row in rows if row["entry"] != "intent"}
    assert set(ends) == {f"r-{number}" for number in range(len(cases))}
    for number, (_, _, code) in enumerate(cases):
        assert ends[f"r-{number}"]["outcome"] == code
    assert [row["request_id"] for row in rows if row["entry"] == "intent"] == ["r-6", "r-7"]
    assert ends["r-6"]["state_before"] == ends["r-6"]["state_after"] == "succeeded"


def test_no_secret_stands_in_the_file_or_the_lines(keeper, judge, trail):
    gateway = keeper()
    key = gateway.keys.keys["all"]
    # An answer and the access log name the path, so that one is given away by who sends it; not so by the trail.
    strange = "_".join(("jg", "strange1", "s3cR-t" * 7 + "x"))
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    judge.on("CancelMetadataModelConversion", aws.cancelled_conversion("CANCELED"))
    attempts = [
        (PATH, {}), (PATH + "?api_key=" + key, {}), (PATH + "?target=" + key, {}), (transfer_path(strange + "a"), {}),
        (conversion_path(strange, "p" + strange), {}), (PATH, {"X-Audit-Reason": "my key is " + key}),
        (PATH, {"X-Request-Id": strange}),
    ]
    for target, headers in attempts:
        gateway.ask("DELETE", target, headers=headers)
        gateway.ask("DELETE", target, headers={**headers, "Authorization": "Bearer " + key}, key=None)
        gateway.ask("DELETE", target, headers={**headers, "X-API-Key": key + "x"}, key=None)
    assert len(assert_whole(trail)) >= 3 * len(attempts)
    kept = trail.bytes + "".join(line for line in gateway.lines if '"log":"audit"' in line).encode()
    secrets = [strange, *gateway.keys.keys.values()]
    assert all(secret.encode() not in kept and secret.split("_", 2)[2].encode() not in kept for secret in secrets)


def test_a_reason_that_is_no_utf_8_is_refused(keeper, judge, trail):
    gateway = keeper()
    for reason in ("\xff\xfe", "caf\xe9", "\xc3", "\xed\xa0\x80"):
        assert_problem(gateway.ask("DELETE", PATH, headers={"X-Audit-Reason": reason}), "invalid-request")
    twice = [("X-Audit-Reason", "one"), ("X-Audit-Reason", "two")]
    assert_problem(gateway.ask("DELETE", PATH, headers=twice), "invalid-request")
    assert judge.calls() == []
    assert [row["reason"] for row in assert_whole(trail)] == [None] * 5


# Nothing goes before it.

def test_nothing_is_sent_to_aws_before_its_intent_is_in_the_file(keeper, judge, trail):
    gateway = keeper()
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    blocker = trail.connect("rw")
    blocker.execute("BEGIN IMMEDIATE")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(gateway.ask("DELETE", PATH)))
    thread.start()
    time.sleep(1.5)
    assert judge.calls() == [] and answers == []
    blocker.execute("ROLLBACK")
    blocker.close()
    thread.join(30)
    assert answers[0].status == 200 and len(judge.calls(CANCEL)) == 1
    assert [row["entry"] for row in assert_whole(trail)] == ["intent", "outcome"]


def test_a_cancel_that_cannot_be_written_is_not_sent_and_the_health_says_so(keeper, judge, trail):
    gateway = keeper(**{"admin.port": 0})
    line = gateway.wait_line(lambda line: line if '"admin listening"' in line else None, what="the admin listener")
    url = f"http://127.0.0.1:{json.loads(line)['port']}/healthz"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def health():
        with opener.open(url, timeout=10) as answer:
            return json.load(answer)

    assert health()["audit"] == {"state": "ok", "newest": 0, "unwritten": 0, "error": None}
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    judge.on(READ, aws.got_transfer("RUNNING"))
    away = trail.path.with_name("away.db")
    trail.path.rename(away)
    answer = gateway.ask("DELETE", PATH)
    assert_problem(answer, "audit-unavailable")
    assert answer["Retry-After"] == "5"
    assert judge.calls() == []
    assert gateway.ask("GET", PATH).status == 200, "reads go on"
    found = health()
    assert (found["status"], found["audit"]["state"], found["audit"]["unwritten"]) == ("warn", "failing", 1)
    away.rename(trail.path)
    assert gateway.ask("DELETE", PATH).status == 200
    wait_until(lambda: health()["audit"] == {"state": "ok", "newest": 3, "unwritten": 0, "error": None})
    assert sorted(row["outcome"] or "" for row in assert_whole(trail)) == ["", "audit-unavailable", "cancelled"]
    said = [(entry["level"], entry["message"]) for entry in gateway.log]
    assert said.count(("error", "the audit trail cannot be written")) == 1


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_no_cancel_is_sent_when_its_intent_would_be_where_nobody_finds_it(keeper, judge, trail, suffix):
    gateway = keeper()
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    assert gateway.ask("DELETE", PATH).status == 200
    trail.path.with_name(trail.path.name + suffix).unlink()
    assert_problem(gateway.ask("DELETE", PATH), "audit-unavailable")
    assert len(judge.calls(CANCEL)) == 1
    gateway.signal()
    assert gateway.exit_code() == 0
    assert len(assert_whole(trail)) == 2, "what was written is there, whatever lay beside the file"


def test_no_cancel_waits_for_long_while_another_process_holds_the_file(keeper, judge, trail):
    gateway = keeper()
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    blocker = trail.connect("rw")
    blocker.execute("BEGIN IMMEDIATE")
    ends, lock = [], threading.Lock()

    def cancel(number):
        began = time.monotonic()
        answer = gateway.ask("DELETE", transfer_path(f"job-{number}"), timeout=120)
        with lock:
            ends.append((answer.status, time.monotonic() - began))

    # More than twice what one transaction takes, for each of which SQLite waits five seconds.
    threads = [threading.Thread(target=cancel, args=(number,)) for number in range(600)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(150)
    blocker.execute("ROLLBACK")
    blocker.close()
    assert {status for status, _ in ends} == {503} and len(ends) == 600
    assert max(seconds for _, seconds in ends) < 19, "five seconds for the intent, five for the refusal"
    assert judge.calls() == []
    wait_until(lambda: {row["job"] for row in trail.rows("entry <> 'intent'")} == {f"job-{n}" for n in range(600)})
    rows = assert_whole(trail)
    assert {row["outcome"] for row in rows if row["entry"] != "intent"} == {"audit-unavailable"}
    assert verify(trail)[1]["open"] == 0, "an intent that was written late has its outcome, too"


def test_a_gateway_that_cannot_write_the_trail_ends_in_time(keeper, judge, trail):
    gateway = keeper()
    blocker = trail.connect("rw")
    blocker.execute("BEGIN IMMEDIATE")
    threads = [threading.Thread(target=lambda: outcome(gateway)) for _ in range(600)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    gateway.signal()
    assert gateway.exit_code(38) == 0
    for thread in threads:
        thread.join(20)
    blocker.execute("ROLLBACK")
    blocker.close()
    assert judge.calls() == []
    assert_whole(trail)


def outcome(gateway):
    try:
        return gateway.ask("DELETE", PATH).status
    except (Closed, OSError):
        return None


def test_where_it_is_to_proceed_the_cancel_goes_and_the_log_has_it(keeper, judge, trail):
    gateway = keeper(**{"audit.whenUnwritable": "proceed"})
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    trail.path.rename(trail.path.with_name("away.db"))
    assert gateway.ask("DELETE", PATH, headers={"X-Request-Id": "r-1"}).status == 200
    wait_until(lambda: len(audit_lines(gateway)) == 2)
    assert [(line["entry"], line["seq"], line["request_id"]) for line in audit_lines(gateway)] == [
        ("intent", None, "r-1"), ("outcome", None, "r-1")]
    assert any("goes ahead" in entry["message"] and entry["level"] == "error" for entry in gateway.log)


@pytest.mark.parametrize("content", [b"this is no database, and long enough to be seen as none" * 20, None])
def test_a_gateway_whose_trail_cannot_be_had_does_not_start(keys, court, tmp_path, trail, content):
    if content is None:
        trail.path.mkdir()
    else:
        trail.path.write_bytes(content)
    run = command(
        "serve", "--keys", keys.path, "--port", "0", "--region", "eu-west-1", "--set", f"audit.path={trail.path}",
        home=tmp_path)
    assert run.returncode == 78
    assert "audit.path" in run.err


def test_a_new_trail_does_not_throw_away_the_rows_of_one_that_was_moved_without_its_log(keeper, judge, trail, tmp_path):
    gateway = keeper()
    gateway.right_end = -9
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    assert gateway.ask("DELETE", PATH).status == 200
    gateway.signal(signal.SIGKILL)
    gateway.exit_code()
    archive = TrailFile(tmp_path / "archive.db")
    trail.path.rename(archive.path)
    run = command(
        "serve", "--keys", gateway.keys.path, "--port", "0", "--region", "eu-west-1", "--set",
        f"audit.path={trail.path}", home=tmp_path)
    assert run.returncode == 78 and "audit.db-wal" in run.err
    trail.path.with_name("audit.db-wal").rename(tmp_path / "archive.db-wal")
    assert [row["outcome"] for row in assert_whole(archive)] == [None, "cancelled"]
    trail.path.unlink(missing_ok=True)
    assert keeper().ask("DELETE", PATH).status == 200
    assert len(assert_whole(trail)) == 2


# No crash takes from it.

def test_kill_9_amid_200_cancels_loses_none_that_aws_saw(keeper, judge, trail):
    gateway = keeper()
    gateway.right_end = -9
    judge.on(CANCEL, aws.Slow(aws.cancelled_transfer("CANCELLED"), 0.05))
    answered, lock = [], threading.Lock()

    def cancel(number):
        try:
            answer = gateway.ask("DELETE", transfer_path(f"job-{number}"), headers={"X-Request-Id": f"r-{number}"})
        except (Closed, OSError):
            return
        with lock:
            answered.append((number, answer.status))

    threads = [threading.Thread(target=cancel, args=(number,)) for number in range(200)]
    for thread in threads:
        thread.start()
    judge.wait_for(60, seconds=60)
    gateway.signal(signal.SIGKILL)
    gateway.exit_code()
    for thread in threads:
        thread.join(60)
    seen = {call.parameters["metadataTransferJobId"] for call in judge.calls(CANCEL)}
    assert 60 <= len(seen)

    rows = assert_whole(trail)
    intents = {row["job"]: row["seq"] for row in rows if row["entry"] == "intent"}
    assert seen <= set(intents), "AWS saw a cancel that is not in the trail"
    told = {row["job"] for row in rows if row["entry"] == "outcome"}
    assert {f"job-{number}" for number, _ in answered} <= told, "an answer was given before its outcome was kept"
    _, found = verify(trail)
    assert found["open"] == len(set(intents) - told)

    again = keeper()
    rows = assert_whole(trail)
    ends = {row["intent"]: row for row in rows if row["entry"] == "outcome"}
    assert set(ends) == set(intents.values()), "every intent has an outcome now"
    interrupted = {row["job"] for row in ends.values() if row["outcome"] == "interrupted"}
    assert interrupted == set(intents) - told
    assert verify(trail)[1]["open"] == 0
    if interrupted:
        assert any("may have been carried out" in entry["message"] for entry in again.log)
    assert again.ask("DELETE", transfer_path("job-after")).status == 200
    assert assert_whole(trail)[-1]["outcome"] == "cancelled"


def test_kill_9_again_and_again_leaves_a_whole_chain(keeper, judge, trail):
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    dice = random.Random(2611)
    for round_ in range(4):
        gateway = keeper()
        gateway.right_end = -9
        ended = threading.Event()

        def callers():
            while not ended.is_set():
                try:
                    gateway.ask("DELETE", transfer_path(f"job-{round_}"))
                except (Closed, OSError):
                    return

        threads = [threading.Thread(target=callers) for _ in range(6)]
        for thread in threads:
            thread.start()
        judge.wait_for(len(judge.calls()) + 10, seconds=60)
        time.sleep(dice.random() / 10)
        gateway.signal(signal.SIGKILL)
        gateway.exit_code()
        ended.set()
        for thread in threads:
            thread.join(60)
        assert_whole(trail)
        seen = len(judge.calls(CANCEL))
        assert seen <= len(trail.rows("entry = 'intent'"))
    keeper()
    assert verify(trail)[1]["open"] == 0


def test_what_is_in_flight_when_the_gateway_is_told_to_stop_has_its_outcome(keeper, judge, trail):
    gateway, gate = keeper(), threading.Event()
    judge.on(CANCEL, aws.Held(aws.cancelled_transfer("CANCELLED"), gate))
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(gateway.ask("DELETE", PATH))) for _ in range(10)]
    for thread in threads:
        thread.start()
    judge.wait_for(10)
    gateway.signal()
    gateway.wait_line(lambda line: line if '"draining"' in line else None)
    gate.set()
    assert gateway.exit_code() == 0
    for thread in threads:
        thread.join(20)
    assert not trail.path.with_name("audit.db-wal").exists(), "all of it is in the one file"
    rows = assert_whole(trail)
    assert [row["outcome"] for row in rows if row["entry"] == "outcome"] == ["cancelled"] * 10


def test_a_client_that_hangs_up_does_not_take_the_outcome_along(keeper, judge, trail):
    gateway, gate = keeper(), threading.Event()
    judge.on(CANCEL, aws.Held(aws.cancelled_transfer("CANCELLED"), gate))
    wire = Wire(gateway.port)
    wire.send(head("DELETE", PATH, [("X-API-Key", gateway.keys.keys["all"])]))
    judge.wait_for(1)
    wire.close()
    gate.set()
    wait_until(lambda: [row["outcome"] for row in trail.rows("entry = 'outcome'")] == ["cancelled"])


def test_two_gateways_keep_one_trail(keeper, judge, trail):
    gateways = [keeper(), keeper()]
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    turns = iter(range(60))
    lock = threading.Lock()

    def one():
        with lock:
            number = next(turns)
        return gateways[number % 2].ask("DELETE", PATH, headers={"X-Request-Id": f"r-{number}"})

    answers = at_once(60, one)
    assert [answer.status for answer in answers] == [200] * 60
    rows = assert_whole(trail)
    assert len(rows) == 120
    assert len({row["instance"] for row in rows}) == 2
    gateways[0].signal()
    assert gateways[0].exit_code() == 0
    third = keeper()
    assert len(trail.rows()) == 120, "the second gateway lives: nothing of it is interrupted"
    assert third.ask("DELETE", PATH).status == 200
    assert_whole(trail)


# No hand takes from it.

@pytest.fixture
def kept(keeper, judge, trail):
    """The trail of 20 cancels, at rest, and the log's lines of it."""
    gateway = keeper()
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    for number in range(20):
        headers = {"X-Request-Id": f"r-{number}", "X-Audit-Reason": f"ticket {number}"}
        assert gateway.ask("DELETE", PATH, headers=headers).status == 200
    gateway.signal()
    assert gateway.exit_code() == 0
    assert len(assert_whole(trail)) == 40
    return audit_lines(gateway)


def test_a_flipped_byte_fails_the_verification_or_has_changed_no_row(kept, trail, tmp_path):
    whole, rows = trail.path.read_bytes(), trail.check()
    copy, failed, dice = TrailFile(tmp_path / "copy.db"), 0, random.Random(4711)
    offsets = sorted({dice.randrange(len(whole)) for _ in range(120)})
    for offset in offsets:
        damaged = bytearray(whole)
        damaged[offset] ^= 1 << dice.randrange(8)
        for suffix in ("-wal", "-shm"):
            (tmp_path / f"copy.db{suffix}").unlink(missing_ok=True)
        copy.path.write_bytes(damaged)
        code, found = verify(copy)
        assert code == (0 if found["fault"] is None else 1)
        if code:
            failed += 1
        else:
            assert copy.rows() == rows, f"a byte at {offset} has changed a row, and nobody saw it"
    assert failed > len(offsets) / 3
    # Every byte of every text of a row is watched.
    for number in (0, 7, 19):
        at = whole.index(f"ticket {number}".encode())
        damaged = bytearray(whole)
        damaged[at] ^= 1
        copy.path.write_bytes(damaged)
        code, found = verify(copy)
        assert (code, found["fault"]["kind"]) == (1, "changed")


TAMPERING = {
    "changed": ["UPDATE entries SET reason = 'none' WHERE seq = 7"],
    "missing": ["DELETE FROM entries WHERE seq = 7"],
    "tail": ["DELETE FROM entries WHERE seq > 38"],
    "head": ["UPDATE head SET hash = zeroblob(32)"],
}


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_is_named(kept, trail, kind):
    tamper(trail, *TAMPERING[kind])
    code, found = verify(trail)
    assert (code, found["status"], found["fault"]["kind"]) == (1, "broken", kind)
    run = command("audit", "verify", "--path", trail, home=trail.path.parent)
    assert run.returncode == 1 and kind in run.err


def test_a_tail_cut_off_with_skill_is_found_by_a_line_of_the_log(kept, trail):
    anchor = f"{kept[-1]['seq']}:{kept[-1]['hash']}"
    assert verify(trail, "--anchor", anchor)[0] == 0
    tamper(
        trail, "DELETE FROM entries WHERE seq > 38",
        "UPDATE head SET count = 38, hash = (SELECT hash FROM entries WHERE seq = 38)")
    assert verify(trail)[0] == 0, "the file alone cannot tell"
    code, found = verify(trail, "--anchor", anchor)
    assert (code, found["fault"]["kind"]) == (1, "tail")
    assert verify(trail, "--anchor", f"{kept[4]['seq']}:{kept[4]['hash']}")[0] == 0
    assert verify(trail, "--anchor", f"{kept[4]['seq']}:{kept[5]['hash']}")[1]["fault"]["kind"] == "anchor"


def tamper(trail, *statements):
    """Changes rows as one who knows SQLite would: without the triggers, which are put back."""
    connection = trail.connect("rw")
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for trigger in triggers:
        connection.execute(f"DROP TRIGGER {trigger['name']}")
    for statement in statements:
        connection.execute(statement)
    for trigger in triggers:
        connection.execute(trigger["sql"])
    connection.close()


def test_rows_cannot_be_changed_by_chance(kept, trail):
    connection = trail.connect("rw")
    for statement in ("UPDATE entries SET reason = NULL", "DELETE FROM entries", "DELETE FROM head"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()
    assert len(assert_whole(trail)) == 40


def test_verify_reads_a_trail_that_is_moved_away_and_one_that_is_not_there(kept, trail, tmp_path):
    archive = tmp_path / "archive"
    archive.mkdir()
    shutil.move(trail, archive / "2026-11.db")
    run = command("audit", "verify", "--path", archive / "2026-11.db", home=tmp_path)
    assert run.returncode == 0 and "40 rows" in run.out
    seq, hash_ = run.out.split("anchor ")[1].strip().split(":")
    assert (int(seq), hash_) == (kept[-1]["seq"], kept[-1]["hash"])
    code, found = verify(trail)
    assert (code, found["fault"]["kind"]) == (1, "damaged")
    assert not trail.path.exists()
    assert command("audit", "verify", "--path", trail, "--anchor", "1:x", home=tmp_path).returncode == 64


# Reading it.

def test_the_trail_is_read_page_by_page_newest_first(keeper, judge, trail):
    gateway = keeper()
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLED"))
    for number in range(6):
        gateway.ask("DELETE", transfer_path(f"job-{number}"), headers={"X-Request-Id": f"r-{number}"})
    seen, cursor = [], ""
    while cursor is not None:
        answer = gateway.ask("GET", "/audit?limit=5" + (f"&cursor={cursor}" if cursor else ""), key="auditor")
        assert answer.status == 200 and answer["Cache-Control"] == "no-store"
        seen += answer.json["items"]
        cursor = answer.json["nextCursor"]
        gateway.ask("DELETE", transfer_path("job-new"))
    assert [item["seq"] for item in seen] == list(range(12, 0, -1))
    rows = {row["seq"]: row for row in trail.rows()}
    for item in seen:
        row = rows[item["seq"]]
        assert item["hash"] == row["hash"].hex()
        assert (item["requestId"], item["entry"], item["outcome"]) == (
            row["request_id"], row["entry"], row["outcome"])
    found = gateway.ask("GET", "/audit?job=job-3&entry=outcome", key="auditor").json["items"]
    assert [item["requestId"] for item in found] == ["r-3"]
    since = found[0]["time"].replace("+", "%2B")
    newer = gateway.ask("GET", f"/audit?since={since}&outcome=cancelled", key="auditor").json["items"]
    assert {item["requestId"] for item in newer} >= {"r-3", "r-4", "r-5"}
    assert gateway.ask("GET", "/audit?until=2020-01-01", key="auditor").json == {"items": [], "nextCursor": None}


def test_only_who_may_read_the_trail_reads_it(keeper, judge):
    gateway = keeper()
    gateway.ask("DELETE", PATH, key=None)
    assert_problem(gateway.ask("GET", "/audit", key="all"), "insufficient-scope")
    assert_problem(gateway.ask("GET", "/audit", key=None), "unauthenticated")
    assert [item["outcome"] for item in gateway.ask("GET", "/audit", key="auditor").json["items"]] == [
        "unauthenticated"]
    # A refusal of a stranger is of no known target.
    assert gateway.ask("GET", "/audit", key="elsewhere").json["items"] == []
    for query in ("limit=0", "cursor=x", "since=soon", "sort=asc"):
        assert_problem(gateway.ask("GET", "/audit?" + query, key="auditor"), "invalid-request")


def test_the_record_has_heard_the_trail():
    """What the rows and lines say is held against the run's secrets too."""
    assert any(where == "stdout of jobgate serve" and b'"log":"audit"' in said for where, said in RECORD.said)
