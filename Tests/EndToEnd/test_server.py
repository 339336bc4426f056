"""The small HTTP server as a hostile or clumsy network meets it."""

import socket
import threading
import time

import pytest

import aws_answers as aws
from expectations import assert_common, assert_job, assert_problem, media_type
from http_client import Closed, Wire, head
from paths import transfer_path

PATH = transfer_path()


def key_line(keys):
    return f"Authorization: Bearer {keys.keys['all']}".encode()


def assert_some_problem(answer, *statuses):
    assert answer.status in statuses, answer
    assert_common(answer)
    assert media_type(answer) == "application/problem+json", answer
    assert answer.json["status"] == answer.status and answer.json["requestId"] == answer["X-Request-Id"]


# Many at once.

def test_500_connections_at_once_are_all_answered(start, judge, keys):
    gateway = start()
    judge.on("CancelMetadataTransferJob", aws.cancelled_transfer("CANCELLING"))
    requests = [head("GET", "/whoami", [("X-API-Key", keys.keys["all"])]),
                head("DELETE", PATH, [("X-API-Key", keys.keys["all"])])]
    for request, status in zip(requests, (200, 202), strict=True):
        wires = [gateway.wire(timeout=60) for _ in range(500)]
        try:
            for wire in wires:
                wire.send(request)
            statuses = [wire.answer().status for wire in wires]
        finally:
            for wire in wires:
                wire.close()
        assert statuses.count(status) == 500, {code: statuses.count(code) for code in set(statuses)}
    assert len(judge.calls()) == 500


def drip(wires, stop, data=b"a"):
    """Sends a byte on each connection again and again until the server drops it."""
    while not stop.is_set():
        for wire in wires:
            try:
                wire.socket.send(data)
            except OSError:
                pass
        stop.wait(0.2)


def dropped(wire, within):
    """Whether the connection ends in so many seconds, after nothing or a 408."""
    wire.socket.settimeout(max(0.05, within))
    try:
        for answer in wire.answers():
            assert_some_problem(answer, 408)
    except TimeoutError:
        return False
    return True


def test_200_clients_that_never_finish_their_headers_are_dropped_while_others_are_served(start, judge):
    gateway = start(config={"server.headerTimeout": "2s", "server.maxConnections": 260})
    slow, stop = [gateway.wire() for _ in range(200)], threading.Event()
    began = time.monotonic()
    for number, wire in enumerate(slow):
        wire.send([b"", b"G", b"GET /whoami HTTP/1.1\r\n", b"GET /whoami HTTP/1.1\r\nHost: x\r\nX-Slow: a"][number % 4])
    thread = threading.Thread(target=drip, args=([w for n, w in enumerate(slow) if n % 4], stop))
    thread.start()
    served = 0
    while time.monotonic() - began < 1.5:
        assert gateway.ask("GET", "/whoami").status == 200
        served += 1
    deadline = began + 8
    gone = [dropped(wire, deadline - time.monotonic()) for number, wire in enumerate(slow) if number % 4]
    stop.set()
    thread.join()
    for wire in slow:
        wire.close()
    assert served > 5 and all(gone), f"{gone.count(False)} slow clients are still there"


def test_a_body_that_never_ends_is_dropped_at_the_request_s_deadline(start, judge, keys):
    gateway = start(config={"server.requestTimeout": "2s"})
    with gateway.wire() as wire:
        stop = threading.Event()
        wire.send(head("DELETE", PATH, [("X-API-Key", keys.keys["all"]), ("Content-Length", "1000")]))
        thread = threading.Thread(target=drip, args=([wire], stop))
        thread.start()
        assert dropped(wire, 6)
        stop.set()
        thread.join()
    assert judge.calls() == []


def test_an_idle_connection_is_closed_in_silence(start):
    gateway = start(config={"server.idleTimeout": "1s"})
    with gateway.wire() as wire:
        wire.send(head("GET", "/livez", []))
        assert wire.answer().status == 200
        assert wire.is_closed(within=5)


def test_one_connection_too_many_is_answered_503(start):
    gateway = start(config={"server.maxConnections": 10})
    wires = [gateway.wire() for _ in range(10)]
    for wire in wires:
        wire.send(head("GET", "/livez", []))
        assert wire.answer().status == 200
    with gateway.wire(timeout=5) as surplus:
        surplus.send(head("GET", "/livez", []))
        [answer] = surplus.answers()
        assert_problem(answer, "overloaded")
    for wire in wires:
        wire.close()
    deadline = time.monotonic() + 5
    while gateway.ask("GET", "/livez", key=None).status != 200:
        assert time.monotonic() < deadline, "a freed place is not given again"


# Keep-alive and order.

def test_one_connection_carries_many_requests(gateway, judge):
    with gateway.wire() as wire:
        for number in range(20):
            wire.send(head("GET", "/livez", [("X-Request-Id", f"r{number}")]))
            assert wire.answer()["X-Request-Id"] == f"r{number}"
        wire.send(head("GET", "/livez", [("Connection", "close")]))
        answer = wire.answer()
        assert (answer["Connection"] or "").lower() == "close" and wire.is_closed(within=5)


def test_pipelined_requests_are_answered_in_their_order(gateway, judge, keys):
    judge.on("GetMetadataTransferJob", aws.Slow(aws.got_transfer("RUNNING"), 0.5))
    fields = [("X-API-Key", keys.keys["all"])]
    with gateway.wire() as wire:
        wire.send(head("GET", PATH, [*fields, ("X-Request-Id", "first")])
                  + head("GET", "/livez", [("X-Request-Id", "second")])
                  + head("HEAD", "/whoami", [*fields, ("X-Request-Id", "third")])
                  + head("GET", PATH, [*fields, ("X-Request-Id", "fourth"), ("Connection", "close")]))
        answers = [wire.answer(method) for method in ("GET", "GET", "HEAD", "GET")]
        assert wire.is_closed(within=5)
    assert [answer["X-Request-Id"] for answer in answers] == ["first", "second", "third", "fourth"]
    assert [answer.status for answer in answers] == [200] * 4


def test_clients_that_send_far_ahead_do_not_keep_others_waiting(start):
    """The bound is no promise of speed: nobody waits until the last of ten thousand requests is answered."""
    gateway, number, ahead = start(), 20, 500
    counts, delays = [], []

    def flood():
        with gateway.wire(timeout=60) as wire:
            sender = threading.Thread(target=wire.send, args=(head("GET", "/whoami", []) * ahead,))
            sender.start()
            received = b""
            while (found := received.count(b"HTTP/1.1 401 ")) < ahead and (more := wire.socket.recv(1 << 20)):
                received += more
            sender.join(30)
        counts.append(found)

    threads = [threading.Thread(target=flood) for _ in range(number)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        began = time.monotonic()
        assert gateway.ask("GET", "/livez", key=None).status == 200
        delays.append(time.monotonic() - began)
        time.sleep(0.05)
    assert counts == [ahead] * number, "all of them are answered, too"
    assert len(delays) > 3 and max(delays) < 5, delays


def test_a_request_that_comes_byte_by_byte_is_a_request(gateway, judge, keys):
    judge.on("CancelMetadataTransferJob", aws.cancelled_transfer("CANCELLING"))
    with gateway.wire() as wire:
        for byte in head("DELETE", PATH, [("X-API-Key", keys.keys["all"]), ("Content-Length", "2")]) + b"{}":
            wire.send(bytes([byte]))
        assert_job(wire.answer(), 202)


def test_http_1_0_is_answered_and_closed(gateway):
    with gateway.wire() as wire:
        wire.send(b"GET /livez HTTP/1.0\r\n\r\n")
        [answer] = wire.answers()
        assert answer.status == 200


def test_expect_100_continue_is_continued(gateway, judge, keys):
    judge.on("CancelMetadataTransferJob", aws.cancelled_transfer("CANCELLING"))
    with gateway.wire() as wire:
        fields = [("X-API-Key", keys.keys["all"]), ("Content-Length", "2"), ("Expect", "100-continue")]
        wire.send(head("DELETE", PATH, fields))
        assert wire.answer("DELETE", interim=True).status == 100
        wire.send(b"{}")
        assert_job(wire.answer("DELETE"), 202)
    with gateway.wire() as wire:
        wire.send(head("DELETE", PATH, [("X-API-Key", keys.keys["all"]), ("Expect", "miracles")]))
        assert_some_problem(wire.answer(), 417)


def test_head_is_get_without_the_body(gateway, judge):
    for path in ("/whoami", "/livez", "/openapi.json"):
        got, only_head = gateway.ask("GET", path), gateway.ask("HEAD", path)
        assert only_head.status == got.status == 200 and only_head.body == b""
        assert only_head["Content-Type"] == got["Content-Type"]
        assert only_head["Content-Length"] == str(len(got.body))


def test_clients_that_leave_do_no_harm(start, judge, keys):
    gateway = start()
    judge.on("CancelMetadataTransferJob", aws.Slow(aws.cancelled_transfer("CANCELLING"), 0.3))
    for _ in range(20):
        with gateway.wire() as wire:
            wire.send(head("DELETE", PATH, [("X-API-Key", keys.keys["all"])]))
    assert gateway.ask("GET", "/whoami").status == 200
    gateway.signal()
    assert gateway.exit_code(10) == 0


# What is no route, or too large.

@pytest.mark.parametrize("path, allowed", [
    (PATH, {"DELETE", "GET", "HEAD"}), ("/projects/p/conversions/x", {"DELETE", "GET", "HEAD"}),
    ("/whoami", {"GET", "HEAD"}), ("/livez", {"GET", "HEAD"}), ("/openapi.yaml", {"GET", "HEAD"}),
])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_another_method_is_405_with_allow(gateway, judge, path, allowed, method):
    answer = gateway.ask(method, path)
    assert_problem(answer, "method-not-allowed")
    assert {name.strip() for name in answer["Allow"].split(",")} == allowed
    assert judge.calls() == []


@pytest.mark.parametrize("method", ["FOO", "get", "delete", "DELETEX", "TRACE", "PROPFIND"])
def test_a_method_that_nobody_knows_is_refused(gateway, judge, method):
    assert_some_problem(gateway.ask(method, PATH), 400, 405, 501)
    assert judge.calls() == []


@pytest.mark.parametrize("path", ["/nowhere", "/projects", "/transfer-jobs", "/projects/p", "/problems/no-such-code"])
def test_an_unknown_path_is_404(gateway, judge, path):
    assert_problem(gateway.ask("GET", path), "no-such-route")


LARGE = {
    "a body of 64 KiB and one": (head("DELETE", PATH, [("Content-Length", "65537")]) + b"x" * 65537, 413),
    "a body that says so": (head("DELETE", PATH, [("Content-Length", "10000000000")]), 413),
    "a body in chunks": (head("DELETE", PATH, [("Transfer-Encoding", "chunked")])
                         + b"4000\r\n" + b"x" * 0x4000 + b"\r\n" + (b"4000\r\n" + b"x" * 0x4000 + b"\r\n") * 5, 413),
    "a request line of 9 KiB": (head("GET", "/" + "a" * 9000, []), 414),
    "a request line without end": (b"GET /" + b"a" * 30000, 414),
    "a header of 17 KiB": (head("GET", "/whoami", [("X-Large", "a" * 17000)]), 431),
    "a header without end": (b"GET /whoami HTTP/1.1\r\nHost: x\r\nX-Large: " + b"a" * 40000, 431),
    "101 fields": (head("GET", "/whoami", [(f"X-{number}", "a") for number in range(101)]), 431),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_too_large_is_refused_as_a_problem(gateway, judge, keys, name):
    data, status = LARGE[name]
    codes = {413: "content-too-large", 414: "uri-too-long", 431: "headers-too-large"}
    data = data.replace(b"\r\nHost:", b"\r\n" + b"X-API-Key: " + keys.keys["all"].encode() + b"\r\nHost:", 1)
    with gateway.wire(timeout=10) as wire:
        wire.send(data)
        assert_problem(wire.answer(), codes[status], status)
    assert judge.calls() == []


def test_what_is_just_small_enough_passes(gateway, judge):
    judge.on("CancelMetadataTransferJob", aws.cancelled_transfer("CANCELLING"))
    assert gateway.ask("DELETE", PATH, body=b" " * 65536).status == 202
    fields = [("X-Large", "a" * 12000)] + [(f"X-{number}", "a") for number in range(90)]
    assert gateway.ask("GET", "/whoami", headers=fields).status == 200
    assert gateway.ask("GET", "/" + "a" * 8000).status == 404


def test_limits_are_those_of_the_configuration(start, judge):
    gateway = start(config={
        "server.maxBodyBytes": 10, "server.maxRequestLineBytes": 200, "server.maxHeaderBytes": 600,
        "server.maxHeaderFields": 8})
    assert_problem(gateway.ask("DELETE", PATH, body=b"x" * 11), "content-too-large")
    assert_problem(gateway.ask("GET", "/" + "a" * 300), "uri-too-long")
    assert_problem(gateway.ask("GET", "/whoami", headers=[("X", "a" * 700)]), "headers-too-large")
    assert_problem(gateway.ask("GET", "/whoami", headers=[(f"X-{n}", "a") for n in range(9)]), "headers-too-large")
    assert gateway.ask("GET", "/whoami").status == 200


def test_ipv6_is_served(start):
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    assert start(host="::1").ask("GET", "/whoami").status == 200


def test_a_server_that_refused_one_connection_serves_the_next(gateway):
    with gateway.wire() as wire:
        wire.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello, is this TLS?\r\n\r\n")
        try:
            assert_some_problem(wire.answer(), 400)
        except Closed:
            pass
    with Wire(gateway.port) as wire:
        wire.send(head("GET", "/livez", []))
        assert wire.answer().status == 200
