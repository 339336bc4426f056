"""Requests whose ends two parsers could see in two places: refused, and what hides behind never runs."""

import pytest

from expectations import assert_common, media_type

HIDDEN = b"DELETE /transfer-jobs/hidden-job-1 HTTP/1.1\r\nHost: 127.0.0.1\r\n%K\r\n\r\n"
START = b"DELETE /transfer-jobs/outer-job-1 HTTP/1.1\r\n"
HOST = b"Host: 127.0.0.1\r\n%K\r\n"


def request(fields, body=b"", start=START, host=HOST):
    return start + host + fields + b"\r\n" + body


CHUNKED_END = b"0\r\n\r\n"
TABLE = {
    "length and chunks": request(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", CHUNKED_END),
    "chunks and length": request(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", CHUNKED_END),
    "chunks and no length": request(b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", CHUNKED_END),
    "two lengths": request(b"Content-Length: 0\r\nContent-Length: 44\r\n"),
    "one length twice": request(b"Content-Length: 0\r\nContent-Length: 0\r\n"),
    "a list of lengths": request(b"Content-Length: 0, 0\r\n"),
    "a length with a sign": request(b"Content-Length: +0\r\n"),
    "a negative length": request(b"Content-Length: -1\r\n"),
    "a length in hex": request(b"Content-Length: 0x0\r\n"),
    "a length of words": request(b"Content-Length: none\r\n"),
    "an empty length": request(b"Content-Length: \r\n"),
    "a length beyond 64 bits": request(b"Content-Length: 18446744073709551616\r\n"),
    "a length with white space before its colon": request(b"Content-Length : 0\r\n"),
    "a length with a space inside": request(b"Content-Length: 0 0\r\n"),
    "a coding with white space before its colon": request(b"Transfer-Encoding : chunked\r\n", CHUNKED_END),
    "a coding with a tab before its colon": request(b"Transfer-Encoding\t: chunked\r\n", CHUNKED_END),
    "an unknown coding": request(b"Transfer-Encoding: xchunked\r\n", CHUNKED_END),
    "a known coding and identity": request(b"Transfer-Encoding: chunked, identity\r\n", CHUNKED_END),
    "identity": request(b"Transfer-Encoding: identity\r\n", CHUNKED_END),
    "gzip and chunked": request(b"Transfer-Encoding: gzip, chunked\r\n", CHUNKED_END),
    "chunked twice": request(b"Transfer-Encoding: chunked, chunked\r\n", CHUNKED_END),
    "two codings": request(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", CHUNKED_END),
    "a quoted coding": request(b'Transfer-Encoding: "chunked"\r\n', CHUNKED_END),
    "a coding after a vertical tab": request(b"Transfer-Encoding:\x0bchunked\r\n", CHUNKED_END),
    "a coding in HTTP/1.0": request(b"Transfer-Encoding: chunked\r\n", CHUNKED_END, START.replace(b"1.1", b"1.0")),
    "a folded coding": request(b"Transfer-Encoding:\r\n chunked\r\n", CHUNKED_END),
    "a folded length": request(b"Content-Length:\r\n 0\r\n"),
    "a folded field": request(b"X-Folded: a\r\n b\r\n"),
    "a field that begins with white space": START + b" X: y\r\n" + HOST + b"\r\n",
    "bare LF throughout": request(b"").replace(b"\r\n", b"\n"),
    "bare LF after one field": request(b"X: a\nContent-Length: 0\r\n"),
    "bare LF at the end": START + HOST[:-2] + b"\n\n",
    "bare CR in a field": request(b"X: a\rContent-Length: 44\r\n"),
    "bare CR for an end": request(b"X: a\r\rContent-Length: 44\r\n"),
    "NUL in a field": request(b"X: a\0b\r\n"),
    "NUL in a name": request(b"X\0: b\r\n"),
    "a field without a colon": request(b"nonsense\r\n"),
    "a field without a name": request(b": value\r\n"),
    "a name with a space": request(b"X Y: z\r\n"),
    "a chunk of odd length": request(b"Transfer-Encoding: chunked\r\n", b"0x0\r\n\r\n"),
    "a negative chunk": request(b"Transfer-Encoding: chunked\r\n", b"-1\r\n\r\n"),
    "a chunk of many digits": request(b"Transfer-Encoding: chunked\r\n", b"F0000000000000000\r\n\r\n"),
    "a chunk that ends in LF": request(b"Transfer-Encoding: chunked\r\n", b"1\r\na\n0\r\n\r\n"),
    "a chunk line that ends in LF": request(b"Transfer-Encoding: chunked\r\n", b"0\n\r\n"),
    "a chunk longer than it says": request(b"Transfer-Encoding: chunked\r\n", b"1\r\nab\r\n0\r\n\r\n"),
    "no Host": request(b"", host=b"%K\r\n"),
    "two Hosts": request(b"Host: 127.0.0.1\r\n"),
    "two different Hosts": request(b"Host: evil.example\r\n"),
    "a Host of two": request(b"", host=b"Host: 127.0.0.1, evil.example\r\n%K\r\n"),
    "a Host with a path": request(b"", host=b"Host: 127.0.0.1/x\r\n%K\r\n"),
    "a Host with a user": request(b"", host=b"Host: user@127.0.0.1\r\n%K\r\n"),
    "a Host with white space": request(b"", host=b"Host: 127.0.0.1 x\r\n%K\r\n"),
    "another host's absolute target": request(
        b"", start=b"DELETE http://evil.example/transfer-jobs/outer-job-1 HTTP/1.1\r\n"),
    "an authority for a target": request(b"", start=b"CONNECT evil.example:443 HTTP/1.1\r\n"),
    "a target without a slash": request(b"", start=b"DELETE transfer-jobs/outer-job-1 HTTP/1.1\r\n"),
    "two spaces in the request line": request(b"", start=b"DELETE  /transfer-jobs/outer-job-1 HTTP/1.1\r\n"),
    "a tab in the request line": request(b"", start=b"DELETE\t/transfer-jobs/outer-job-1\tHTTP/1.1\r\n"),
    "no version": request(b"", start=b"DELETE /transfer-jobs/outer-job-1\r\n"),
    "version 2.0": request(b"", start=START.replace(b"1.1", b"2.0")),
    "version 9.9": request(b"", start=START.replace(b"1.1", b"9.9")),
    "another protocol": request(b"", start=START.replace(b"HTTP/1.1", b"HTTPS/1.1")),
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method with a space before it": b" " + request(b""),
    "a method of odd characters": request(b"", start=START.replace(b"DELETE", b"DEL\xc3\x89TE")),
}


@pytest.mark.parametrize("name", TABLE)
def test_an_ambiguous_request_is_refused_and_the_connection_closed(gateway, judge, keys, name):
    key = b"X-API-Key: " + keys.keys["all"].encode()
    with gateway.wire(timeout=8) as wire:
        wire.send((TABLE[name] + HIDDEN + HIDDEN).replace(b"%K", key))
        answers = wire.answers("DELETE")
    assert judge.calls() == [], "neither the outer nor the hidden request reaches AWS"
    assert len(answers) == 1, answers
    [answer] = answers
    assert answer.status in (400, 404, 405, 413, 501, 505), answer
    assert_common(answer)
    assert media_type(answer) == "application/problem+json"
    assert (answer["Connection"] or "").lower() == "close"


@pytest.mark.parametrize("fields, body", [
    (b"Transfer-Encoding: chunked\r\n", b"5\r\nabcde\r\n0\r\n\r\n"),
    (b"Transfer-Encoding: Chunked\r\n", b"1;ext=x\r\na\r\n0\r\nTrailer: x\r\n\r\n"),
    (b"Content-Length: 5\r\n", b"abcde"),
    (b"Content-Length: 00\r\n", b""),
], ids=["chunks", "extension and trailer", "length", "length with zeros"])
def test_the_body_of_a_sound_request_is_not_taken_for_the_next_one(gateway, judge, keys, fields, body):
    key = b"X-API-Key: " + keys.keys["all"].encode()
    first = request(fields, body, b"GET /livez HTTP/1.1\r\n")
    last = b"GET /whoami HTTP/1.1\r\nHost: x\r\n%K\r\nConnection: close\r\n\r\n"
    with gateway.wire(timeout=8) as wire:
        wire.send((first + last).replace(b"%K", key))
        assert [answer.status for answer in wire.answers()] == [200, 200]
    assert judge.calls() == []


def test_an_absolute_target_of_this_very_host_is_served(gateway):
    with gateway.wire() as wire:
        authority = f"127.0.0.1:{gateway.port}".encode()
        wire.send(b"GET http://" + authority + b"/livez HTTP/1.1\r\nHost: " + authority + b"\r\n\r\n")
        assert wire.answer().status == 200
