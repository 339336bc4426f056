"""What the gateway makes of an AWS that refuses, throttles, fails, hangs or talks nonsense.

Each test has a gateway of its own: retry quotas and breakers remember earlier failures.
"""

import json
import socket
import time

import pytest

import aws_answers as aws
import conftest
from aws_judge import Judge
from expectations import assert_job, assert_problem, assert_upstream
from paths import conversion_path, transfer_path

OPERATIONS = {
    "CancelMetadataModelConversion": ("DELETE", conversion_path(), "dms:CancelMetadataModelConversion"),
    "DescribeMetadataModelConversions": ("GET", conversion_path(), "dms:ListMetadataModelConversions"),
    "CancelMetadataTransferJob": ("DELETE", transfer_path(), "iottwinmaker:CancelMetadataTransferJob"),
    "GetMetadataTransferJob": ("GET", transfer_path(), "iottwinmaker:GetMetadataTransferJob"),
}
CANCELS = ["CancelMetadataModelConversion", "CancelMetadataTransferJob"]
GOOD = {
    "CancelMetadataModelConversion": aws.cancelled_conversion("CANCELING"),
    "DescribeMetadataModelConversions": aws.described(aws.conversion("SUCCESS")),
    "CancelMetadataTransferJob": aws.cancelled_transfer("CANCELLING"),
    "GetMetadataTransferJob": aws.got_transfer("RUNNING"),
}


def ask(gateway, operation, **options):
    method, path, _ = OPERATIONS[operation]
    return gateway.ask(method, path, **options)


def refuse_the_look(judge, operation):
    """After a lost answer to a cancel the job is looked at; refused, the loss is what there is to tell."""
    look = {"CancelMetadataModelConversion": "DescribeMetadataModelConversions",
            "CancelMetadataTransferJob": "GetMetadataTransferJob"}.get(operation)
    if look:
        judge.on(look, aws.denial(look))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_missing_permission_is_502_and_the_hint_names_the_action(start, judge, operation):
    judge.on(operation, aws.denial(operation))
    problem = assert_problem(ask(start(), operation), "upstream-denied")
    assert OPERATIONS[operation][2] in problem["hint"]
    assert problem["retryable"] is False
    assert len(judge.calls()) == 1, "a denial is not tried again"
    status = 403 if operation.endswith("TransferJob") else 400
    assert_upstream(problem, judge.calls()[0], "AccessDeniedException", status)


@pytest.mark.parametrize("operation", CANCELS)
@pytest.mark.parametrize("code", [
    "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch", "ExpiredTokenException",
    "IncompleteSignature", "IncompleteSignatureException", "MissingAuthenticationTokenException",
    "InvalidClientTokenId",
])
def test_credentials_that_aws_does_not_take_are_502_never_401_or_403(start, judge, operation, code):
    judge.on(operation, aws.refusal(operation, code, "The security token included in the request is invalid."))
    problem = assert_problem(ask(start(), operation), "upstream-denied")
    assert problem["upstream"]["errorCode"] == code
    assert len(judge.calls()) <= 2


def whole(reply, **changes):
    return aws.Reply(reply.status, changes.pop("body", reply.body), reply.headers, **changes)


def malformed(operation):
    good = GOOD[operation]
    html = b"<html><body><h1>It works!</h1></body></html>"
    return {
        "HTML": aws.Reply(200, html, [("Content-Type", "text/html")]),
        "HTML that says it is JSON": whole(good, body=html),
        "an empty body": whole(good, body=b""),
        "white space": whole(good, body=b" \r\n "),
        "truncated JSON": whole(good, body=good.body[:-7]),
        "an array": whole(good, body=b"[" + good.body + b"]"),
        "a string": whole(good, body=json.dumps("ok").encode()),
        "null": whole(good, body=b"null"),
        "JSON and more": whole(good, body=good.body + b"{}"),
        "invalid UTF-8": whole(good, body=good.body.replace(b"1", b"\xff", 1)),
        "2 MiB": whole(good, body=good.body[:-1] + b', "x": "' + b"y" * (2 << 20) + b'"}'),
        "204": aws.Reply(204),
        "deep nesting": whole(good, body=good.body[:-1] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        "a member of another type": whole(
            good, body=b'{"Request": "x", "Requests": {}, "status": "x", "metadataTransferJobId": 5}'),
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_success_that_is_not_the_model_s_json_is_502(start, judge, operation):
    refuse_the_look(judge, operation)
    gateway = start()
    for name, reply in malformed(operation).items():
        judge.on(operation, reply)
        answer = ask(gateway, operation)
        assert answer.status == 502, f"{name}: {answer}"
        problem = assert_problem(answer, "upstream-invalid-response")
        assert b"It works" not in answer.body, name
        assert name == "2 MiB" or problem["upstream"]["httpStatus"] == reply.status, name
    judge.on(operation, GOOD[operation])
    assert ask(gateway, operation).status in (200, 202), "the gateway goes on"


@pytest.mark.parametrize("operation", ["CancelMetadataTransferJob", "GetMetadataTransferJob"])
def test_a_transfer_job_without_its_required_members_is_502(start, judge, operation):
    refuse_the_look(judge, operation)
    judge.on(operation, whole(GOOD[operation], body=b"{}"))
    assert_problem(ask(start(), operation), "upstream-invalid-response")


@pytest.mark.parametrize("operation", CANCELS)
def test_an_answer_shorter_than_it_said_is_never_a_success(start, judge, operation):
    good = GOOD[operation]
    refuse_the_look(judge, operation)
    judge.on(operation, whole(good, length=len(good.body) + 100, close=True))
    answer = ask(start(), operation)
    assert answer.status in (502, 503), answer
    assert_problem(answer, answer.json["code"])


@pytest.mark.parametrize("operation", CANCELS)
def test_bytes_beyond_the_length_do_not_answer_the_next_request(start, judge, operation):
    good = GOOD[operation]
    poison = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    judge.on(operation, whole(good, body=good.body + poison, length=len(good.body)), good)
    gateway = start()
    assert [ask(gateway, operation).status for _ in range(3)] == [202, 202, 202]


@pytest.mark.parametrize("operation", CANCELS)
def test_an_answer_that_is_no_http_is_never_a_success(start, judge, operation):
    class Noise:
        def deliver(self, exchange):
            exchange.send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
            return False

    refuse_the_look(judge, operation)
    judge.on(operation, Noise())
    answer = ask(start(), operation)
    assert answer.status in (502, 503), answer
    assert_problem(answer, answer.json["code"])


@pytest.mark.parametrize("operation", CANCELS)
def test_a_redirect_is_not_followed(start, judge, operation):
    elsewhere = Judge(conftest.KNOWN)
    try:
        for status in (301, 302, 307, 308):
            judge.on(operation, aws.Reply(status, b"", [("Location", elsewhere.url + "/")]))
            answer = ask(start(), operation)
            assert answer.status == 502, answer
            assert_problem(answer, answer.json["code"])
        assert elsewhere.calls() == []
    finally:
        elsewhere.close()


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_5xx_is_tried_three_times_and_then_502(start, judge, operation, status):
    judge.on(operation, aws.Reply(status, b"<html>out of order</html>", [("Content-Type", "text/html")]))
    problem = assert_problem(ask(start(), operation), "upstream-error")
    assert len(judge.calls()) == 3
    assert problem["retryable"] is True
    assert problem["upstream"]["httpStatus"] == status
    assert problem["upstream"]["requestId"] == judge.calls()[-1].request_id


@pytest.mark.parametrize("operation", CANCELS)
@pytest.mark.parametrize("first", [
    aws.Reply(503, b""), aws.Reply(500, b"{"), aws.Hangup(), aws.Hangup(reset=True),
    aws.Reply(400, b'{"__type": "RequestTimeoutException"}', [("x-amzn-ErrorType", "RequestTimeoutException")]),
], ids=["503", "500", "hang-up", "reset", "RequestTimeoutException"])
def test_what_fails_once_is_tried_again_with_a_new_signature(start, judge, operation, first):
    judge.on(operation, first, GOOD[operation])
    assert_job(ask(start(), operation), 202)
    attempts = judge.calls()
    assert [call["amz-sdk-request"].split(";")[0] for call in attempts] == ["attempt=1", "attempt=2"]
    assert attempts[0]["amz-sdk-invocation-id"] == attempts[1]["amz-sdk-invocation-id"]


def test_aws_s_own_wish_to_wait_is_honoured(start, judge):
    operation = "CancelMetadataTransferJob"
    judge.on(operation, aws.Reply(503, b"", [("x-amz-retry-after", "1200")]), GOOD[operation])
    assert_job(ask(start(), operation), 202)
    first, second = judge.calls()
    assert 1.1 < (second.at - first.at).total_seconds() < 3


def test_the_number_of_attempts_is_configurable(start, judge):
    judge.on("CancelMetadataTransferJob", aws.Reply(500))
    assert_problem(ask(start(config={"aws.maxAttempts": 1}), "CancelMetadataTransferJob"), "upstream-error")
    assert len(judge.calls()) == 1
    assert_problem(ask(start(env={"AWS_MAX_ATTEMPTS": "2"}), "CancelMetadataTransferJob"), "upstream-error")
    assert len(judge.calls()) == 3


@pytest.mark.parametrize("operation, code", [
    ("CancelMetadataModelConversion", "ThrottlingException"),
    ("CancelMetadataModelConversion", "RequestLimitExceeded"),
    ("DescribeMetadataModelConversions", "Throttling"),
    ("CancelMetadataTransferJob", "TooManyRequestsException"),
])
def test_throttling_is_503_with_retry_after_whatever_status_it_came_with(start, judge, operation, code):
    judge.on(operation, aws.refusal(operation, code, "Rate exceeded", status=400))
    problem = assert_problem(ask(start(), operation), "upstream-throttled")
    assert len(judge.calls()) == 3
    assert_upstream(problem, judge.calls()[-1], code, 400)


def test_throttling_that_passes_is_no_error(start, judge):
    operation = "CancelMetadataTransferJob"
    judge.on(operation, aws.modelled(operation, "ThrottlingException"), GOOD[operation])
    assert_job(ask(start(), operation), 202)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_aws_that_hangs_is_504_in_time(start, judge, operation):
    refuse_the_look(judge, operation)
    judge.on(operation, aws.Hang())
    gateway = start(config={"aws.timeout": "1500ms"})
    began = time.monotonic()
    problem = assert_problem(ask(gateway, operation), "upstream-timeout")
    assert 1 < time.monotonic() - began < 6
    assert problem["retryable"] is True


def test_an_aws_that_drips_its_answer_is_504_in_time(start, judge):
    class Drip:
        def deliver(self, exchange):
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n" + b" " * 400:
                exchange.send(bytes([byte]))
                time.sleep(0.05)
            return False

    refuse_the_look(judge, "CancelMetadataTransferJob")
    judge.on("CancelMetadataTransferJob", Drip())
    began = time.monotonic()
    answer = ask(start(config={"aws.timeout": "1500ms"}), "CancelMetadataTransferJob")
    assert_problem(answer, "upstream-timeout")
    assert time.monotonic() - began < 6


def test_a_slow_answer_within_the_time_is_an_answer(start, judge):
    judge.on("CancelMetadataTransferJob", aws.Slow(GOOD["CancelMetadataTransferJob"], 1.5))
    assert_job(ask(start(config={"aws.timeout": "10s"}), "CancelMetadataTransferJob"), 202)


@pytest.mark.parametrize("operation", CANCELS)
def test_an_aws_that_refuses_the_connection_is_502_or_503(start, operation):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    answer = ask(start(env={"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}), operation)
    assert answer.status in (502, 503), answer
    problem = assert_problem(answer, answer.json["code"])
    assert str(port) not in answer.body.decode() and "127.0.0.1" not in problem["detail"]


def test_no_credentials_at_all_are_503(start, judge):
    answer = ask(start(env={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}), "CancelMetadataTransferJob")
    assert_problem(answer, "upstream-unavailable")
    assert judge.calls() == []


@pytest.mark.parametrize("operation", CANCELS)
def test_an_error_that_no_model_knows_is_an_upstream_error(start, judge, operation):
    judge.on(operation, aws.refusal(operation, "SomethingQuiteNewException", status=400))
    answer = ask(start(), operation)
    assert answer.status == 502, answer
    assert assert_problem(answer, answer.json["code"])["upstream"]["errorCode"] == "SomethingQuiteNewException"


@pytest.mark.parametrize("operation", CANCELS)
@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"[]", b'{"__type": 7}', b"x" * (2 << 20)],
                         ids=["empty", "cut short", "HTML", "array", "odd type", "2 MiB"])
def test_a_4xx_without_a_code_is_502(start, judge, operation, body):
    judge.on(operation, aws.Reply(400, body, [("Content-Type", "application/json")]))
    answer = ask(start(), operation)
    assert answer.status == 502, answer
    assert_problem(answer, answer.json["code"])
