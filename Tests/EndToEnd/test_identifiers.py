"""Identifiers: what is well formed reaches AWS as it was meant, what is not never leaves the gateway."""

import re

import pytest

import aws_answers as aws
from expectations import assert_problem
from http_client import curl
from paths import conversion_path

CANCEL, CANCEL_TRANSFER = "CancelMetadataModelConversion", "CancelMetadataTransferJob"
ARN = "arn:aws:dms:eu-west-1:123456789012:migration-project:ABC"
ENCODED = "arn%3Aaws%3Adms%3Aeu-west-1%3A123456789012%3Amigration-project%3AABC"


@pytest.fixture
def aws_takes_all(judge):
    judge.on(CANCEL, aws.cancelled_conversion("CANCELING"))
    judge.on(CANCEL_TRANSFER, aws.cancelled_transfer("CANCELLING"))
    return judge


@pytest.mark.parametrize("segment, meant", [
    (ENCODED, ARN),
    (ARN, ARN),
    (ENCODED.replace("%3A", "%3a"), ARN),
    (ENCODED.replace("%3A", ":", 3), ARN),
    ("orders", "orders"),
    ("%6Frders", "orders"),
    ("two%20words", "two words"),
    ("a+b", "a+b"),
    ("%2541", "%41"),
    ("%252e%252e", "%2e%2e"),
    ("%25zz", "%zz"),
    ("a..b", "a..b"),
    ("...", "..."),
    ("caf%C3%A9", "café"),
    ("%F0%9F%92%A5", "\U0001f4a5"),
    ("a%3Fb%3Dc%26d%23e", "a?b=c&d#e"),
    ("a;b=c,d@e!$&'()*", "a;b=c,d@e!$&'()*"),
    ("a~b_c-d.e", "a~b_c-d.e"),
    ("p" * 255, "p" * 255),
], ids=lambda value: value[:40].encode("ascii", "backslashreplace").decode())
def test_a_project_reaches_aws_as_the_caller_meant_it(gateway, aws_takes_all, segment, meant):
    answer = gateway.ask("DELETE", f"/projects/{segment}/conversions/x")
    assert answer.status == 202, answer
    [call] = aws_takes_all.calls()
    assert call.parameters == {"MigrationProjectIdentifier": meant, "RequestIdentifier": "x"}


@pytest.mark.parametrize("method", ["DELETE", "GET"])
def test_an_arn_of_another_region_is_404_and_reaches_nothing(gateway, judge, method):
    path = f"/projects/{ARN.replace('eu-west-1', 'us-east-1')}/conversions/x"
    assert_problem(gateway.ask(method, path), "job-not-found")
    assert judge.calls() == []


def test_curl_sends_the_arn_of_the_contract(gateway, aws_takes_all, keys):
    for segment in (ENCODED, ARN):
        answer = curl("-X", "DELETE", "-H", f"X-API-Key: {keys.keys['all']}",
                      f"{gateway.url}/projects/{segment}/conversions/x")
        assert answer.status == 202, answer
        assert aws_takes_all.calls()[-1].parameters["MigrationProjectIdentifier"] == ARN


@pytest.mark.parametrize("segment, meant", [
    ("x", "x"), ("a.b:c", "a.b:c"), ("%7E%21%7Bz%7D", "~!{z}"), ("r" * 255, "r" * 255), ("..x", "..x"),
    ("%2541", "%41"), ("a+b", "a+b"),
], ids=lambda value: value[:30])
def test_a_request_identifier_reaches_aws_as_the_caller_meant_it(gateway, aws_takes_all, segment, meant):
    answer = gateway.ask("DELETE", f"/projects/orders/conversions/{segment}")
    assert answer.status == 202, answer
    assert aws_takes_all.calls()[0].parameters["RequestIdentifier"] == meant


@pytest.mark.parametrize("segment", ["ab", "a1", "_0", "transfer-job-1", "a--b", "%61b", "j" * 128])
def test_a_transfer_job_reaches_aws_as_the_caller_meant_it(gateway, aws_takes_all, segment):
    answer = gateway.ask("DELETE", f"/transfer-jobs/{segment}")
    assert answer.status == 202, answer
    meant = segment.replace("%61", "a")
    assert aws_takes_all.calls()[0].target == f"/metadata-transfer-jobs/{meant}/cancel"


BAD_EVERYWHERE = [
    "a%2Fb", "a%2fb", "%2F", "..", "%2e%2e", "%2E.", ".%2e", "%00", "a%00b", "%zz", "%", "%4", "a%4", "%g1", "%%41",
    "%0d%0aX-Injected:%201", "a%0Db", "a%0Ab", "%09", "%1b", "%7f", "a%C2%85b",
    "%ff", "%c3%28", "%c0%af", "%e2%82", "%ed%a0%80", "%f4%90%80%80", "%80",
]


@pytest.mark.parametrize("method", ["DELETE", "GET"])
@pytest.mark.parametrize("segment", BAD_EVERYWHERE)
def test_an_ill_formed_identifier_is_400_and_reaches_nothing(gateway, judge, method, segment):
    for path in (f"/projects/{segment}/conversions/x", f"/projects/orders/conversions/{segment}",
                 f"/transfer-jobs/{segment}"):
        assert_problem(gateway.ask(method, path), "invalid-request")
    assert judge.calls() == []


@pytest.mark.parametrize("path", [
    "/projects/" + "p" * 256 + "/conversions/x",
    "/projects/" + "%70" * 256 + "/conversions/x",
    "/projects/orders/conversions/" + "r" * 256,
    "/projects/orders/conversions/%20",
    "/projects/orders/conversions/two%20words",
    "/projects/orders/conversions/caf%C3%A9",
    "/transfer-jobs/" + "j" * 129,
    "/transfer-jobs/a",
    "/transfer-jobs/-ab",
    "/transfer-jobs/ab-",
    "/transfer-jobs/ab_",
    "/transfer-jobs/a.b",
    "/transfer-jobs/a:b",
    "/transfer-jobs/a%20b",
    "/transfer-jobs/%C3%A9%C3%A9",
    "/transfer-jobs/ab%0A",
    "/transfer-jobs/a*b",
], ids=lambda path: re.sub(r"(.)\1{9,}", r"\1…", path))
def test_an_identifier_beyond_the_contract_is_400_and_reaches_nothing(gateway, judge, path):
    assert_problem(gateway.ask("DELETE", path), "invalid-request")
    assert_problem(gateway.ask("GET", path), "invalid-request")
    assert judge.calls() == []


@pytest.mark.parametrize("path", [
    "/projects/orders/conversions/", "/projects//conversions/x", "/transfer-jobs/", "//transfer-jobs/ab",
    "/transfer-jobs//ab", "/transfer-jobs/ab/", "/transfer-jobs/ab/cancel", "/projects/orders/conversions/x/y",
    "/projects/a/b/conversions/x", "/./transfer-jobs/ab", "/x/../transfer-jobs/ab", "/projects/../transfer-jobs/ab",
    "/%2e%2e/transfer-jobs/ab", "/transfer%2Djobs%2Fab", "/Transfer-Jobs/ab", "/transfer-jobs;x=1/ab",
    "/projects/orders/conversions/../../../transfer-jobs/ab",
])
def test_another_shape_of_path_is_400_or_404_and_reaches_nothing(gateway, judge, path):
    answer = gateway.ask("DELETE", path)
    assert answer.status in (400, 404), answer
    assert_problem(answer, "invalid-request" if answer.status == 400 else "no-such-route")
    assert judge.calls() == []


RAW = [
    b"/transfer-jobs/a\rb", b"/transfer-jobs/a\nb", b"/transfer-jobs/ab\r\nX-Injected: 1\r\nX: ",
    b"/transfer-jobs/a\0b",
    b"/transfer-jobs/a\x7fb", b"/transfer-jobs/a\x1bb", b"/transfer-jobs/a b", b"/transfer-jobs/a\tb",
    b"/transfer-jobs/\xff\xfe", b"/projects/caf\xe9/conversions/x", b"/projects/o/conversions/a\rb",
    b"/projects/o/conversions/a\n", b"/projects/\0/conversions/x",
]


@pytest.mark.parametrize("target", RAW, ids=repr)
def test_raw_bytes_that_no_target_may_hold_are_400_and_reach_nothing(gateway, judge, keys, target):
    key = keys.keys["all"].encode()
    with gateway.wire(timeout=10) as wire:
        wire.send(b"DELETE " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + key
                  + b"\r\nConnection: close\r\n\r\n")
        answers = wire.answers("DELETE")
    assert judge.calls() == []
    assert answers, "a refusal is answered"
    assert_problem(answers[0], "invalid-request")
    assert len(answers) == 1


def test_the_answer_to_a_bad_identifier_does_not_carry_it_into_the_headers(gateway, judge):
    answer = gateway.ask("DELETE", "/transfer-jobs/ab%0d%0aSet-Cookie:%20x=1")
    assert_problem(answer, "invalid-request")
    assert answer["Set-Cookie"] is None
    assert judge.calls() == []
