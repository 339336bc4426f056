"""Starting, refusing to start, logging, and ending in good order."""

import datetime
import json
import signal
import socket
import threading
import time

import pytest
import yaml

import aws_answers as aws
import conftest
from expectations import assert_job, assert_problem
from gateway_process import command, configuration
from http_client import Closed, Wire, head
from paths import conversion_path, transfer_path
from record import RECORD

PATH = transfer_path()


# The end.

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_ten_slow_requests_be_answered_and_exits_0(start, judge, number):
    gateway, gate = start(), threading.Event()
    judge.on("CancelMetadataTransferJob", aws.Held(aws.cancelled_transfer("CANCELLING"), gate))
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(gateway.ask("DELETE", PATH))) for _ in range(10)]
    for thread in threads:
        thread.start()
    judge.wait_for(10)
    gateway.signal(number)
    time.sleep(0.7)
    assert gateway.process.poll() is None and answers == [], "what is in flight is waited for"
    assert_no_new_work(gateway)
    gate.set()
    for thread in threads:
        thread.join(20)
    assert len(answers) == 10
    for answer in answers:
        assert_job(answer, 202)
        assert (answer["Connection"] or "").lower() == "close"
    assert gateway.exit_code(10) == 0


def assert_no_new_work(gateway):
    """A new connection during the drain is refused, closed, or told 503 `draining`."""
    try:
        with Wire(gateway.port, timeout=3) as wire:
            wire.send(head("GET", "/livez", []))
            assert_problem(wire.answer(), "draining")
    except (Closed, ConnectionError, TimeoutError):
        pass


def test_idle_connections_and_half_a_head_do_not_hold_up_the_end(start):
    gateway = start(config={"server.headerTimeout": "2s"})
    idle = [gateway.wire() for _ in range(5)]
    half = gateway.wire()
    half.send(b"GET /whoami HTTP/1.1\r\nHost:")
    for wire in idle:
        wire.send(head("GET", "/livez", []))
        assert wire.answer().status == 200
    began = time.monotonic()
    gateway.signal()
    assert gateway.exit_code(10) == 0
    assert time.monotonic() - began < 6
    for wire in idle:
        assert wire.is_closed(within=2)
    half.close()


def test_a_request_slower_than_the_drain_does_not_hold_up_the_end(start, judge):
    gateway = start(config={"server.drainTimeout": "1s"})
    judge.on("CancelMetadataTransferJob", aws.Hang())
    with gateway.wire() as wire:
        wire.send(head("DELETE", PATH, [("X-API-Key", gateway.keys.keys["all"])]))
        judge.wait_for(1)
        gateway.signal()
        assert gateway.exit_code(8) == 0


def test_a_held_wait_is_answered_before_the_end(start, judge):
    gateway = start()
    judge.on("GetMetadataTransferJob", aws.got_transfer("RUNNING"))
    answers = []
    thread = threading.Thread(
        target=lambda: answers.append(gateway.ask("GET", PATH, headers={"Prefer": "wait=3"})))
    thread.start()
    judge.wait_for(1)
    gateway.signal()
    thread.join(15)
    assert gateway.exit_code(15) == 0
    assert_job(answers[0], 200, state="running")


# Configuration.

def write(tmp_path, text):
    file = tmp_path / "jobgate.yaml"
    file.write_text(text if isinstance(text, str) else yaml.safe_dump(text))
    return file


def run(subcommand, tmp_path, keys, *, changes=None, text=None, env=None, arguments=(), region="eu-west-1"):
    tree = configuration(keys.path, changes or {})
    file = write(tmp_path, text if text is not None else tree)
    return command(subcommand, "--config", file, *arguments, home=tmp_path, timeout=20, env={
        "AWS_ACCESS_KEY_ID": conftest.LONG_TERM[0], "AWS_SECRET_ACCESS_KEY": conftest.LONG_TERM[1],
        "AWS_REGION": region, **(env or {})})


WRONG = {
    "a port of words": ({"changes": {"listen.port": "soon"}}, ["listen.port", "jobgate.yaml"]),
    "a port too high": ({"arguments": ["--port", "70000"]}, ["listen.port", "flag"]),
    "a port in the environment": ({"changes": {"listen.port": None}, "env": {"JOBGATE_LISTEN_PORT": "abc"}},
                                  ["listen.port", "JOBGATE_LISTEN_PORT"]),
    "a duration without a unit": ({"changes": {"server.headerTimeout": "soon"}},
                                  ["server.headerTimeout", "jobgate.yaml"]),
    "a negative size": ({"changes": {"server.maxBodyBytes": -1}}, ["server.maxBodyBytes", "jobgate.yaml"]),
    "a limit that is none": ({"changes": {"limits": ["default=sixty/60s"]}}, ["limits", "sixty"]),
    "no key file": ({"changes": {"keys.file": None}}, ["keys.file"]),
    "a key file that is not there": ({"changes": {"keys.file": "/nonexistent/keys.yaml"}},
                                     ["keys.file", "/nonexistent/keys.yaml"]),
    "a set of words": ({"arguments": ["--set", "server.maxConnections=many"]}, ["server.maxConnections", "flag"]),
    "no region": ({"region": None}, ["aws.region"]),
    "a file that is no YAML": ({"text": "listen: [unclosed\n  port: {"}, ["jobgate.yaml"]),
    "an unknown log level": ({"changes": {"log.level": "chatty"}}, ["log.level", "jobgate.yaml"]),
    "attempts of nothing": ({"changes": {"aws.maxAttempts": 0}}, ["aws.maxAttempts", "jobgate.yaml"]),
    "a CA bundle that is not there": ({"changes": {"aws.caBundle": "/nonexistent/ca.pem"}},
                                      ["aws.caBundle", "/nonexistent/ca.pem"]),
    "a CA bundle without a certificate": ({"changes": {"aws.caBundle": __file__}}, ["aws.caBundle", __file__]),
    "a profile that no file has": ({"changes": {"aws.profile": "nobody"}}, ["aws.profile", "`nobody`"]),
    "a host that is nothing": ({"arguments": ["--host", "no host at all"]}, ["listen.host", "flag", "no host at all"]),
    "a host that is no address": ({"changes": {"listen.host": "999.0.0.1"}}, ["listen.host", "jobgate.yaml"]),
    "an endpoint that is no URL": ({"env": {"AWS_ENDPOINT_URL": "not a url"}}, ["AWS_ENDPOINT_URL"]),
}


@pytest.mark.parametrize("subcommand", ["serve", "check"])
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_configuration_refuses_to_start_and_says_what_and_where(program, keys, tmp_path, subcommand, name):
    options, words = WRONG[name]
    result = run(subcommand, tmp_path, keys, **options)
    assert result.returncode == 78, (result.returncode, result.err, result.out)
    said = result.err + result.out
    assert all(word in said for word in words), f"{words} in: {said}"
    assert "Swift" not in said and "Fatal" not in said


def test_all_that_is_wrong_is_said_at_once(program, keys, tmp_path):
    result = run("check", tmp_path, keys, changes={"listen.port": "soon", "server.idleTimeout": "never"})
    assert result.returncode == 78
    assert "listen.port" in result.err + result.out and "server.idleTimeout" in result.err + result.out


def test_a_configuration_file_that_is_not_there_is_said(program, keys, tmp_path):
    result = command("check", "--config", tmp_path / "nowhere.yaml", home=tmp_path)
    assert result.returncode == 78 and "nowhere.yaml" in result.err + result.out


def test_a_right_configuration_is_valid(program, keys, tmp_path):
    result = run("check", tmp_path, keys)
    assert result.returncode == 0, result.err
    assert result.out.strip() == "configuration is valid"


def test_what_looks_like_a_mistake_is_a_warning(start, keys, tmp_path):
    """Who sets the name that boto3's client has believes that DMS is called there."""
    env = {"AWS_ENDPOINT_URL_DMS": "http://127.0.0.1:1"}
    checked = run("check", tmp_path, keys, env=env)
    assert (checked.returncode, checked.out.strip()) == (0, "configuration is valid")
    [line] = checked.err.splitlines()
    assert line.startswith("warning: ") and "AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE" in line
    gateway = start(env=env)
    [warning] = [entry["message"] for entry in gateway.log if entry["level"] == "warning"]
    assert f"warning: {warning}" == line, "`serve` says the same to its log"


@pytest.mark.parametrize("subcommand", ["serve", "check"])
def test_a_setting_given_twice_is_refused(program, keys, tmp_path, subcommand):
    """Which one would count nobody could tell."""
    arguments = ["--set", "aws.timeout=1s", "--set", "aws.connectTimeout=1s", "--set", "aws.timeout=2s"]
    result = run(subcommand, tmp_path, keys, arguments=arguments)
    assert result.returncode == 64, (result.returncode, result.err, result.out)
    assert "--set" in result.err and "twice" in result.err and result.out == ""


def test_a_taken_port_is_said(start, keys, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", tmp_path, keys, arguments=["--port", str(port)])
    assert result.returncode not in (0, 78) or str(port) in result.err + result.out
    assert str(port) in result.err + result.out, result.err + result.out


def test_flags_come_before_environment_before_file_before_defaults(start):
    def largest(**options):
        gateway = start(**options)
        answers = {size: gateway.ask("GET", "/whoami", body=b"x" * size).status for size in (50, 150, 250, 350)}
        return max((size for size, status in answers.items() if status == 200), default=0)

    file, environment = {"server.maxBodyBytes": 100}, {"JOBGATE_SERVER_MAX_BODY_BYTES": "200"}
    assert largest() == 350
    assert largest(config=file) == 50
    assert largest(config=file, env=environment) == 150
    assert largest(config=file, env=environment, arguments=["--set", "server.maxBodyBytes=300"]) == 250


def test_help_is_helpful(program, tmp_path):
    for arguments in (["--help"], ["serve", "--help"], ["sandbox", "--help"], ["keys", "--help"], ["check", "--help"],
                      ["keys", "create", "--help"], ["health", "--help"]):
        result = command(*arguments, home=tmp_path)
        assert result.returncode == 0 and "USAGE" in result.out.upper(), arguments


def test_health_is_the_readiness_of_the_gateway(gateway, tmp_path):
    ready = command("health", "--url", f"{gateway.url}/readyz", home=tmp_path)
    assert ready.returncode == 0, ready.err
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    assert command("health", "--url", f"http://127.0.0.1:{port}/readyz", home=tmp_path).returncode != 0
    assert command("health", "--url", f"{gateway.url}/nowhere", home=tmp_path).returncode != 0


@pytest.mark.parametrize("host", [None, "127.0.0.1", "localhost", "0.0.0.0", "::"])
def test_health_asks_where_the_environment_says_and_tells_in_plain_words(gateway, tmp_path, host):
    def health(port, *arguments):
        variables = {"JOBGATE_LISTEN_HOST": host, "JOBGATE_LISTEN_PORT": str(port)}
        return command("health", *arguments, home=tmp_path, env=variables)

    well = health(gateway.port)
    assert (well.returncode, well.out, well.err) == (0, "", "")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    silent = health(port)
    assert (silent.returncode, silent.err) == (1, f"http://127.0.0.1:{port}/readyz did not answer: no connection\n")
    assert health(port, "--url", f"{gateway.url}/readyz").returncode == 0, "the flag comes before the environment"
    other = health(port, "--url", f"{gateway.url}/problems/none")
    assert (other.returncode, other.err) == (1, f"{gateway.url}/problems/none answered 404\n")


# The log.

def test_each_request_leaves_one_access_line(gateway, judge, keys):
    judge.on("CancelMetadataTransferJob", aws.cancelled_transfer("CANCELLING"))
    answer = gateway.ask("DELETE", PATH, headers={"X-Request-Id": "access-line-1"})
    line = gateway.access_line("access-line-1")
    assert set(line) >= {"time", "level", "log", "message", "request_id", "caller", "credential", "method", "route",
                         "status", "duration_ms", "target", "upstream_request_id", "remote"}
    assert line["level"] == "info" and line["message"] == "request"
    assert line["caller"] == keys.keys["all"].split("_")[1]
    assert (line["method"], line["route"], line["status"]) == ("DELETE", "/transfer-jobs/{id}", 202)
    assert line["upstream_request_id"] == judge.calls()[0].request_id == answer.json["upstream"]["requestId"]
    assert line["remote"] == "127.0.0.1" and 0 < line["duration_ms"] < 10_000 and "problem" not in line
    at = datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00"))
    assert abs((datetime.datetime.now(datetime.timezone.utc) - at).total_seconds()) < 60
    access_lines = [entry for entry in gateway.log if entry.get("log") == "access"]
    assert len([entry for entry in access_lines if entry["request_id"] == "access-line-1"]) == 1


@pytest.mark.parametrize("method, target, key, expected", [
    ("DELETE", conversion_path("-"), "reader",
     {"status": 403, "problem": "insufficient-scope", "route": "/projects/{project}/conversions/{request}"}),
    ("GET", "/nowhere", "all", {"status": 404, "problem": "no-such-route", "route": None}),
    ("GET", "/whoami", None, {"status": 401, "problem": "unauthenticated", "caller": None}),
    ("PATCH", PATH, "all", {"status": 405, "problem": "method-not-allowed"}),
    ("GET", "/transfer-jobs/%00", "all", {"status": 400, "problem": "invalid-request"}),
])
def test_an_access_line_names_the_problem(gateway, judge, method, target, key, expected):
    answer = gateway.ask(method, target, key=key)
    line = gateway.access_line(answer["X-Request-Id"])
    assert {name: line[name] for name in expected} == expected
    assert line["upstream_request_id"] is None


def test_an_access_line_holds_no_query_and_no_line_break(gateway, judge):
    answer = gateway.ask("GET", "/whoami?token=abcdefghijk", headers={"User-Agent": 'a"b\\c\t{"x":1}'})
    line = gateway.access_line(answer["X-Request-Id"])
    assert "abcdefghijk" not in json.dumps(line)


def test_every_line_of_the_log_is_json(start, judge):
    gateway = start(config={"log.level": "debug"})
    judge.on("CancelMetadataTransferJob", aws.Reply(200, b"<html>\n\x1b[31m</html>"))
    judge.on("GetMetadataTransferJob", aws.got_transfer("RUNNING"))
    for target in (PATH, "/nowhere", "/transfer-jobs/%zz", PATH + "?x=%0a"):
        gateway.ask("DELETE", target)
    gateway.signal()
    assert gateway.exit_code() == 0
    assert len(gateway.lines) > 4
    for line in gateway.lines:
        entry = json.loads(line)
        assert entry["level"] and entry["message"] and entry["time"].endswith("Z"), line
    assert gateway.errors == b""
    listening = [entry for entry in gateway.log if entry["message"] == "listening"]
    assert [(entry["host"], entry["port"]) for entry in listening] == [("127.0.0.1", gateway.port)]


def test_an_error_of_aws_is_in_the_log_and_not_in_the_answer(gateway, judge):
    cause = "An internal cause that only the operator should read: db-7.internal"
    judge.on("CancelMetadataTransferJob", aws.modelled("CancelMetadataTransferJob", "AccessDeniedException", cause))
    answer = gateway.ask("DELETE", PATH, headers={"X-Request-Id": "a-denied-call"})
    assert b"db-7.internal" not in answer.body
    gateway.access_line("a-denied-call")
    about = [entry for entry in gateway.log if entry.get("request_id") == "a-denied-call"]
    assert any("db-7.internal" in json.dumps(entry) for entry in about), about
    RECORD.say("answer", answer.body)
