"""Metadata transfer jobs of IoT TwinMaker: DELETE cancels, GET reads, and both say all that AWS said."""

import time

import pytest

import aws_answers as aws
from expectations import assert_job, assert_preview, assert_problem, assert_upstream, same_instant
from http_client import curl
from paths import transfer_path

CANCEL, GET = "CancelMetadataTransferJob", "GetMetadataTransferJob"
PATH = transfer_path()
ARN = "arn:aws:iottwinmaker:eu-west-1:123456789012:metadata-transfer-job/transfer-job-1"


def test_a_cancel_that_aws_takes_is_202_with_the_job(gateway, judge):
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLING"))
    answer = gateway.ask("DELETE", PATH)
    [call] = judge.calls()
    assert (call.method, call.target) == ("PUT", "/metadata-transfer-jobs/transfer-job-1/cancel")
    assert call["content-length"] == "0"
    job = assert_job(
        answer, 202, id="transfer-job-1", kind="transfer", self=PATH, project=None, arn=ARN, state="cancelling",
        upstreamState="CANCELLING", progress=None, queuePosition=None, error=None, export=None, createdAt=None,
        upstream={"service": "iottwinmaker", "operation": CANCEL, "requestId": call.request_id},
    )
    assert same_instant(job["updatedAt"], 1767225600)


def test_curl_cancels_a_transfer_job(gateway, judge, keys):
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLING"))
    bearer = f"Authorization: bEaReR {keys.keys['all']}"
    assert_job(curl("-X", "DELETE", "-H", bearer, gateway.url + PATH), 202, state="cancelling")
    judge.on(GET, aws.got_transfer("CANCELLED"))
    assert_job(curl("-H", bearer, gateway.url + PATH), 200, state="cancelled")


@pytest.mark.parametrize("state, ours, code", [
    ("VALIDATING", "queued", 202), ("PENDING", "queued", 202), ("RUNNING", "running", 202),
    ("CANCELLING", "cancelling", 202), ("CANCELLED", "cancelled", 200),
])
def test_a_cancel_answers_by_the_state_that_aws_reports(gateway, judge, state, ours, code):
    judge.on(CANCEL, aws.cancelled_transfer(state))
    assert_job(gateway.ask("DELETE", PATH), code, state=ours, upstreamState=state)


def test_a_repeated_delete_is_never_an_error(gateway, judge):
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLING"), aws.modelled(CANCEL, "ConflictException"))
    judge.on(GET, aws.got_transfer("CANCELLING"), aws.got_transfer("CANCELLED"))
    assert [gateway.ask("DELETE", PATH).status for _ in range(4)] == [202, 202, 200, 200]


@pytest.mark.parametrize("state, code, ours", [
    ("CANCELLING", 202, "cancelling"), ("CANCELLED", 200, "cancelled"),
    ("COMPLETED", 409, "succeeded"), ("ERROR", 409, "failed"),
])
def test_a_conflict_is_decided_by_reading_the_job_again(gateway, judge, state, code, ours):
    judge.on(CANCEL, aws.modelled(CANCEL, "ConflictException"))
    judge.on(GET, aws.got_transfer(state))
    answer = gateway.ask("DELETE", PATH)
    assert [call.operation for call in judge.calls()] == [CANCEL, GET]
    if code != 409:
        assert_job(answer, code, state=ours)
        return
    problem = assert_problem(answer, "already-finished", job=True)
    assert problem["job"]["state"] == ours and problem["job"]["createdAt"]


def test_a_conflict_over_a_running_job_stays_a_conflict(gateway, judge):
    judge.on(CANCEL, aws.modelled(CANCEL, "ConflictException"))
    judge.on(GET, aws.got_transfer("RUNNING"))
    answer = gateway.ask("DELETE", PATH)
    assert_problem(answer, "conflict", job="job" in answer.json)


@pytest.mark.parametrize("method, operation", [("DELETE", CANCEL), ("GET", GET)])
@pytest.mark.parametrize("exception, status, code", [
    ("ResourceNotFoundException", 404, "job-not-found"),
    ("AccessDeniedException", 403, "upstream-denied"),
    ("ValidationException", 400, "invalid-request"),
])
def test_each_modelled_exception_has_its_answer(gateway, judge, method, operation, exception, status, code):
    judge.on(operation, aws.modelled(operation, exception))
    problem = assert_problem(gateway.ask(method, PATH), code)
    assert_upstream(problem, judge.calls()[0], exception, status)
    if code == "upstream-denied":
        assert f"iottwinmaker:{operation}" in problem["hint"]


@pytest.mark.parametrize("method, operation", [("DELETE", CANCEL), ("GET", GET)])
@pytest.mark.parametrize("exception, status, code", [
    ("ThrottlingException", 429, "upstream-throttled"), ("InternalServerException", 500, "upstream-error"),
])
def test_each_modelled_exception_that_may_pass_is_tried_three_times(
        start, judge, method, operation, exception, status, code):
    judge.on(operation, aws.modelled(operation, exception))
    problem = assert_problem(start().ask(method, PATH), code)
    assert len(judge.calls(operation)) == 3
    assert problem["retryable"] is True
    assert_upstream(problem, judge.calls()[-1], exception, status)


def test_a_read_asks_for_the_one_job(gateway, judge):
    judge.on(GET, aws.got_transfer("RUNNING"))
    answer = gateway.ask("GET", PATH)
    [call] = judge.calls()
    assert (call.method, call.target, call.body) == ("GET", "/metadata-transfer-jobs/transfer-job-1", b"")
    job = assert_job(answer, 200, state="running", done=False, arn=ARN,
                     upstream={"service": "iottwinmaker", "operation": GET, "requestId": call.request_id})
    assert same_instant(job["createdAt"], 1767222000) and same_instant(job["updatedAt"], 1767225600)


def test_every_member_of_aws_s_answer_arrives(gateway, judge):
    judge.on(GET, aws.got_transfer(
        "ERROR", status={"error": {"code": "PROCESSING_ERROR", "message": "Row 7 is odd."}, "queuedPosition": 3},
        progress={"totalCount": 200, "succeededCount": 120, "skippedCount": 20, "failedCount": 10},
        description="nightly", reportUrl="https://bucket.s3.amazonaws.com/report",
    ))
    assert_job(
        gateway.ask("GET", PATH), 200, state="failed", upstreamState="ERROR", done=True, queuePosition=3,
        error={"code": "PROCESSING_ERROR", "message": "Row 7 is odd."},
        progress={"percent": 75, "total": 200, "succeeded": 120, "skipped": 20, "failed": 10, "step": None,
                  "object": None},
    )


def test_a_total_of_nothing_has_no_percentage(gateway, judge):
    nothing = {"totalCount": 0, "succeededCount": 0, "skippedCount": 0, "failedCount": 0}
    judge.on(GET, aws.got_transfer("RUNNING", progress=nothing))
    progress = assert_job(gateway.ask("GET", PATH), 200)["progress"]
    assert (progress["percent"], progress["total"]) == (None, 0)


@pytest.mark.parametrize("number, value", [
    ("1767225600", 1767225600), ("1767225600.75", 1767225600.75), ("1.7E9", 1.7e9), ("1.767225600e+9", 1767225600),
    ("0", 0), ("17672256E2", 1767225600), ("951782400", 951782400),
])
def test_epoch_seconds_are_read_in_every_json_spelling(gateway, judge, number, value):
    times = {"updateDateTime": f"@{number}@", "creationDateTime": f"@{number}@"}
    judge.on(GET, aws.got_transfer("RUNNING", **times))
    job = assert_job(gateway.ask("GET", PATH), 200)
    assert same_instant(job["updatedAt"], value), job["updatedAt"]
    assert same_instant(job["createdAt"], value), job["createdAt"]


def test_an_unknown_state_an_unknown_error_code_and_extra_fields_never_fail_a_call(gateway, judge):
    judge.on(GET, aws.got_transfer(
        "HIBERNATING", novel=True, status={"error": {"code": "MOON_PHASE", "message": "waning"}}, flavour={"a": [1]}))
    assert_job(gateway.ask("GET", PATH), 200, state="unknown", upstreamState="HIBERNATING", done=False,
               error={"code": "MOON_PHASE", "message": "waning"})


def test_the_other_services_spelling_of_cancelled_is_understood(gateway, judge):
    judge.on(GET, aws.got_transfer("CANCELED", novel=True))
    assert_job(gateway.ask("GET", PATH), 200, state="cancelled", upstreamState="CANCELED")


def test_prefer_wait_on_delete_holds_until_the_job_is_cancelled(gateway, judge):
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLING"))
    judge.on(GET, aws.got_transfer("CANCELLING"), aws.got_transfer("CANCELLED"))
    answer = gateway.ask("DELETE", PATH, headers={"Prefer": "wait=30"})
    assert_job(answer, 200, state="cancelled")
    assert answer["Preference-Applied"].replace(" ", "") == "wait=30"


@pytest.mark.parametrize("state, ours", [("COMPLETED", "succeeded"), ("ERROR", "failed")])
def test_a_job_that_ends_otherwise_ends_the_wait(gateway, judge, state, ours):
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLING"))
    judge.on(GET, aws.got_transfer(state))
    began = time.monotonic()
    assert_job(gateway.ask("DELETE", PATH, headers={"Prefer": "wait=30"}), 200, state=ours)
    assert time.monotonic() - began < 10


def test_a_wait_that_sees_no_end_answers_in_time(gateway, judge):
    judge.on(GET, aws.got_transfer("RUNNING"))
    began = time.monotonic()
    assert_job(gateway.ask("GET", PATH, headers={"Prefer": "wait=1"}), 200, state="running")
    assert 0.7 < time.monotonic() - began < 5


@pytest.mark.parametrize("prefer", ["wait=soon", "wait=-1", "handling=lenient", "wait", "", "return=minimal; x=y"])
def test_a_preference_that_is_not_understood_is_ignored(gateway, judge, prefer):
    judge.on(GET, aws.got_transfer("RUNNING"))
    answer = gateway.ask("GET", PATH, headers={"Prefer": prefer})
    assert_job(answer, 200)
    assert answer["Preference-Applied"] is None


def test_a_dry_run_reads_and_cancels_nothing(gateway, judge):
    judge.on(GET, aws.got_transfer("RUNNING"))
    assert_preview(gateway.ask("DELETE", PATH + "?dryRun=true"), "would-cancel")
    assert [call.operation for call in judge.calls()] == [GET]


def test_head_of_a_job_is_get_without_its_body(gateway, judge):
    judge.on(GET, aws.got_transfer("RUNNING"))
    answer = gateway.ask("HEAD", PATH)
    assert answer.status == 200 and answer.body == b"" and int(answer["Content-Length"]) > 0


def test_the_job_at_its_own_path_can_be_read(gateway, judge):
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLING"))
    judge.on(GET, aws.got_transfer("CANCELLED"))
    location = gateway.ask("DELETE", PATH)["Location"]
    assert_job(gateway.ask("GET", location), 200, state="cancelled", self=PATH)


def test_a_lost_answer_to_a_cancel_is_resolved_by_reading(gateway, judge):
    judge.on(CANCEL, aws.Hangup(), aws.modelled(CANCEL, "ConflictException"))
    judge.on(GET, aws.got_transfer("CANCELLED"))
    assert_job(gateway.ask("DELETE", PATH), 200, state="cancelled")
