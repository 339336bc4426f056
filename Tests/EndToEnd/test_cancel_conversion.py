"""Conversions of DMS: DELETE cancels, GET reads, and both say all that AWS said."""

import threading
import time
import urllib.parse

import pytest

import aws_answers as aws
from expectations import assert_job, assert_preview, assert_problem, assert_upstream
from http_client import curl
from paths import conversion_path

CANCEL, DESCRIBE = "CancelMetadataModelConversion", "DescribeMetadataModelConversions"
PATH = conversion_path()
FILTERS = [{"Name": "request-id", "Values": ["conversion-1"]}]


def test_a_cancel_that_aws_takes_is_202_with_the_job(gateway, judge):
    judge.on(CANCEL, aws.cancelled_conversion("CANCELING"))
    answer = gateway.ask("DELETE", PATH)
    [call] = judge.calls()
    assert call.parameters == {"MigrationProjectIdentifier": aws.PROJECT_ARN, "RequestIdentifier": "conversion-1"}
    job = assert_job(
        answer, 202, id="conversion-1", kind="conversion", project=aws.PROJECT_ARN, state="cancelling",
        upstreamState="CANCELING", arn=None, progress=None, queuePosition=None, error=None, export=None,
        createdAt=None, updatedAt=None,
        upstream={"service": "dms", "operation": CANCEL, "requestId": call.request_id},
    )
    assert urllib.parse.unquote(job["self"]) == urllib.parse.unquote(PATH)


def test_curl_cancels_a_conversion(gateway, judge, keys):
    judge.on(CANCEL, aws.cancelled_conversion("CANCELING"))
    bearer = f"Authorization: Bearer {keys.keys['all']}"
    assert_job(curl("-X", "DELETE", "-H", bearer, gateway.url + PATH), 202, state="cancelling")
    judge.on(DESCRIBE, aws.described(aws.conversion("CANCELED")))
    assert_job(curl("-H", f"X-API-Key: {keys.keys['all']}", gateway.url + PATH), 200, state="cancelled")


def test_the_job_at_its_own_path_can_be_read(gateway, judge):
    judge.on(CANCEL, aws.cancelled_conversion("CANCELING"))
    judge.on(DESCRIBE, aws.described(aws.conversion("CANCELED")))
    cancelled = gateway.ask("DELETE", PATH)
    assert_job(gateway.ask("GET", cancelled.json["self"]), 200, id="conversion-1")
    assert_job(gateway.ask("GET", cancelled["Location"]), 200, id="conversion-1")


@pytest.mark.parametrize("status, state, code", [
    ("RECEIVED", "queued", 202), ("IN_PROGRESS", "running", 202), ("CANCELING", "cancelling", 202),
    ("CANCELLING", "cancelling", 202), ("CANCELED", "cancelled", 200), ("CANCELLED", "cancelled", 200),
])
def test_a_cancel_answers_by_the_state_that_aws_reports(gateway, judge, status, state, code):
    judge.on(CANCEL, aws.cancelled_conversion(status))
    assert_job(gateway.ask("DELETE", PATH), code, state=state, upstreamState=status)


def test_a_repeated_delete_is_never_an_error(gateway, judge):
    judge.on(CANCEL, aws.cancelled_conversion("CANCELING"), aws.modelled(CANCEL, "InvalidResourceStateFault"))
    judge.on(DESCRIBE, aws.described(aws.conversion("CANCELING")), aws.described(aws.conversion("CANCELED")))
    assert [gateway.ask("DELETE", PATH).status for _ in range(4)] == [202, 202, 200, 200]


@pytest.mark.parametrize("status, code, state", [
    ("CANCELING", 202, "cancelling"), ("CANCELED", 200, "cancelled"),
    ("SUCCESS", 409, "succeeded"), ("FAILED", 409, "failed"),
])
def test_a_wrong_state_fault_is_decided_by_reading_the_job_again(gateway, judge, status, code, state):
    judge.on(CANCEL, aws.modelled(CANCEL, "InvalidResourceStateFault"))
    judge.on(DESCRIBE, aws.described(aws.conversion(status)))
    answer = gateway.ask("DELETE", PATH)
    assert [call.operation for call in judge.calls()] == [CANCEL, DESCRIBE]
    assert judge.calls(DESCRIBE)[0].parameters["Filters"] == FILTERS
    if code != 409:
        assert_job(answer, code, state=state)
        return
    problem = assert_problem(answer, "already-finished", job=True)
    assert problem["job"]["state"] == state and problem["job"]["upstreamState"] == status
    assert problem["retryable"] is False


def test_a_wrong_state_fault_for_a_running_job_is_a_conflict(gateway, judge):
    judge.on(CANCEL, aws.modelled(CANCEL, "InvalidResourceStateFault"))
    judge.on(DESCRIBE, aws.described(aws.conversion("IN_PROGRESS")))
    answer = gateway.ask("DELETE", PATH)
    assert_problem(answer, "conflict", job="job" in answer.json)


def test_an_unknown_conversion_is_404(gateway, judge):
    judge.on(CANCEL, aws.modelled(CANCEL, "ResourceNotFoundFault"))
    problem = assert_problem(gateway.ask("DELETE", PATH), "job-not-found")
    assert problem["retryable"] is False
    assert_upstream(problem, judge.calls()[0], "ResourceNotFoundFault", 400)


def test_aws_denying_us_is_502_and_names_the_missing_action(gateway, judge):
    judge.on(CANCEL, aws.modelled(CANCEL, "AccessDeniedFault"))
    problem = assert_problem(gateway.ask("DELETE", PATH), "upstream-denied")
    assert "dms:CancelMetadataModelConversion" in problem["hint"]
    assert_upstream(problem, judge.calls()[0], "AccessDeniedFault", 400)


def test_a_read_asks_for_the_one_request(gateway, judge):
    judge.on(DESCRIBE, aws.described(aws.conversion("IN_PROGRESS")))
    answer = gateway.ask("GET", PATH)
    [call] = judge.calls()
    assert call.parameters["MigrationProjectIdentifier"] == aws.PROJECT_ARN
    assert call.parameters["Filters"] == FILTERS
    upstream = {"service": "dms", "operation": DESCRIBE, "requestId": call.request_id}
    assert_job(answer, 200, state="running", done=False, upstream=upstream)


@pytest.mark.parametrize("reply", [aws.described(), aws.modelled(DESCRIBE, "ResourceNotFoundFault")],
                         ids=["an empty list", "ResourceNotFoundFault"])
def test_reading_what_is_not_there_is_404(gateway, judge, reply):
    judge.on(DESCRIBE, reply)
    assert_problem(gateway.ask("GET", PATH), "job-not-found")


def test_the_right_request_is_picked_from_several(gateway, judge):
    judge.on(DESCRIBE, aws.described(aws.conversion("FAILED", "conversion-10"), aws.conversion("SUCCESS")))
    assert_job(gateway.ask("GET", PATH), 200, id="conversion-1", state="succeeded")


def test_an_empty_page_with_a_marker_is_not_the_end(gateway, judge):
    judge.on(DESCRIBE, aws.success(DESCRIBE, {"Requests": [], "Marker": "page-2"}),
             aws.described(aws.conversion("SUCCESS")))
    assert_job(gateway.ask("GET", PATH), 200, state="succeeded")
    assert [call.parameters.get("Marker") for call in judge.calls()] == [None, "page-2"]


def test_every_member_of_aws_s_answer_arrives(gateway, judge):
    whole = aws.conversion(
        "FAILED",
        Error={"defaultErrorDetails": {"Message": "Table ORDERS has no key."}},
        ExportSqlDetails={"S3ObjectKey": "exports/orders.sql", "ObjectURL": "https://b.s3.amazonaws.com/orders.sql"},
        Progress={
            "ProgressPercent": 41.5, "TotalObjects": 240, "ProgressStep": "CONVERTING",
            "ProcessedObject": {"Name": "ORDERS", "Type": "table", "EndpointType": "SOURCE"},
        },
    )
    judge.on(DESCRIBE, aws.described(whole))
    assert_job(
        gateway.ask("GET", PATH), 200, state="failed", upstreamState="FAILED", done=True,
        error={"code": None, "message": "Table ORDERS has no key."},
        export={"s3Key": "exports/orders.sql", "url": "https://b.s3.amazonaws.com/orders.sql"},
        progress={
            "percent": 41.5, "total": 240, "succeeded": None, "skipped": None, "failed": None, "step": "CONVERTING",
            "object": {"name": "ORDERS", "type": "table", "endpoint": "SOURCE"},
        },
    )


@pytest.mark.parametrize("number, value", [("1E2", 100), ("0", 0), ("33.333", 33.333), ("5.0e-1", 0.5)])
def test_numbers_are_read_in_every_json_spelling(gateway, judge, number, value):
    judge.on(DESCRIBE, aws.described(aws.conversion(Progress={"ProgressPercent": f"@{number}@"})))
    assert gateway.ask("GET", PATH).json["progress"]["percent"] == value


@pytest.mark.parametrize("status, state", [("PAUSED_BY_AWS", "unknown"), (None, "unknown"), ("SUCCESS", "succeeded")])
def test_an_unknown_state_never_fails_a_call(gateway, judge, status, state):
    judge.on(DESCRIBE, aws.described({
        key: value for key, value in aws.conversion(status).items() if value is not None}))
    assert_job(gateway.ask("GET", PATH), 200, state=state, upstreamState=status)


def test_an_unknown_union_member_and_extra_fields_never_fail_a_call(gateway, judge):
    novel = aws.conversion("FAILED", Error={"somethingNew": {"Reason": "x"}}, StartedBy={"deep": [1, None, "x"]})
    judge.on(DESCRIBE, aws.described(novel, novel=True))
    assert_job(gateway.ask("GET", PATH), 200, state="failed", error={"code": "somethingNew", "message": None})


def test_a_project_asked_by_name_keeps_its_name_or_becomes_what_aws_names_it(gateway, judge):
    judge.on(DESCRIBE, aws.described(aws.conversion("SUCCESS")))
    job = assert_job(gateway.ask("GET", conversion_path(project="orders")), 200, project=aws.PROJECT_ARN)
    assert job["self"].startswith("/projects/")
    unnamed = {"Status": "SUCCESS", "RequestIdentifier": "conversion-1"}
    judge.on(DESCRIBE, aws.described(unnamed))
    assert_job(gateway.ask("GET", conversion_path(project="orders")), 200, project="orders")


def test_text_of_every_script_arrives_unharmed(gateway, judge):
    message = 'Fehler „ä“ \U0001f4a5 "quoted" \\ \u2028 \t </script>'
    judge.on(DESCRIBE, aws.described(aws.conversion("FAILED", Error={"defaultErrorDetails": {"Message": message}})))
    assert gateway.ask("GET", PATH).json["error"]["message"] == message


def test_prefer_wait_on_delete_holds_until_the_job_is_cancelled(gateway, judge):
    judge.on(CANCEL, aws.cancelled_conversion("CANCELING"))
    judge.on(DESCRIBE, aws.described(aws.conversion("CANCELING")), aws.described(aws.conversion("CANCELED")))
    answer = gateway.ask("DELETE", PATH, headers={"Prefer": "wait=30"})
    assert_job(answer, 200, state="cancelled")
    assert answer["Preference-Applied"].replace(" ", "") == "wait=30"


@pytest.mark.parametrize("status, state", [("SUCCESS", "succeeded"), ("FAILED", "failed")])
def test_a_job_that_ends_otherwise_ends_the_wait(gateway, judge, status, state):
    judge.on(CANCEL, aws.cancelled_conversion("CANCELING"))
    judge.on(DESCRIBE, aws.described(aws.conversion(status)))
    began = time.monotonic()
    assert_job(gateway.ask("DELETE", PATH, headers={"Prefer": "wait=30"}), 200, state=state)
    assert time.monotonic() - began < 10


def test_a_wait_that_sees_no_end_answers_in_time(gateway, judge):
    judge.on(CANCEL, aws.cancelled_conversion("CANCELING"))
    judge.on(DESCRIBE, aws.described(aws.conversion("CANCELING")))
    began = time.monotonic()
    answer = gateway.ask("DELETE", PATH, headers={"Prefer": "wait=2"})
    assert 1.5 < time.monotonic() - began < 6
    assert_job(answer, 202, state="cancelling")
    assert answer["Preference-Applied"].replace(" ", "") == "wait=2"


def test_a_wait_for_a_wrong_id_ends_at_once(gateway, judge):
    judge.on(CANCEL, aws.modelled(CANCEL, "ResourceNotFoundFault"))
    judge.on(DESCRIBE, aws.modelled(DESCRIBE, "ResourceNotFoundFault"))
    began = time.monotonic()
    assert_problem(gateway.ask("DELETE", PATH, headers={"Prefer": "wait=30"}), "job-not-found")
    assert_problem(gateway.ask("GET", PATH, headers={"Prefer": "wait=30"}), "job-not-found")
    assert time.monotonic() - began < 5


def test_a_read_waits_too(gateway, judge):
    judge.on(DESCRIBE, aws.described(aws.conversion("IN_PROGRESS")), aws.described(aws.conversion("SUCCESS")))
    answer = gateway.ask("GET", PATH, headers={"Prefer": "wait=30"})
    assert_job(answer, 200, state="succeeded")
    assert answer["Preference-Applied"].startswith("wait")
    unasked = gateway.ask("GET", PATH)
    assert unasked["Preference-Applied"] is None


def test_respond_async_is_honoured(gateway, judge):
    judge.on(CANCEL, aws.cancelled_conversion("CANCELING"))
    answer = gateway.ask("DELETE", PATH, headers={"Prefer": "respond-async"})
    assert_job(answer, 202, state="cancelling")
    assert answer["Preference-Applied"] == "respond-async"


@pytest.mark.parametrize("status, outcome", [
    ("IN_PROGRESS", "would-cancel"), ("RECEIVED", "would-cancel"), ("CANCELING", "already-cancelling"),
    ("CANCELED", "already-cancelled"), ("SUCCESS", "already-finished"), ("FAILED", "already-finished"),
])
def test_a_dry_run_says_what_would_happen_and_cancels_nothing(gateway, judge, status, outcome):
    judge.on(DESCRIBE, aws.described(aws.conversion(status)))
    preview = assert_preview(gateway.ask("DELETE", PATH + "?dryRun=true"), outcome)
    assert preview["job"]["upstreamState"] == status
    assert [call.operation for call in judge.calls()] == [DESCRIBE]


def test_a_dry_run_that_is_none_cancels_and_one_of_nothing_is_404(gateway, judge):
    judge.on(DESCRIBE, aws.described())
    assert_problem(gateway.ask("DELETE", PATH + "?dryRun=true"), "job-not-found")
    judge.on(CANCEL, aws.cancelled_conversion("CANCELING"))
    assert_job(gateway.ask("DELETE", PATH + "?dryRun=false"), 202)


@pytest.mark.parametrize("query", ["dryRun=maybe", "dryRun", "force=true", "dryRun=true&dryRun=false", "dryrun=true"])
def test_a_query_that_no_one_promised_is_400(gateway, judge, query):
    assert_problem(gateway.ask("DELETE", f"{PATH}?{query}"), "invalid-request")
    assert judge.calls() == []


def test_the_target_default_exists_and_no_other(gateway, judge):
    judge.on(DESCRIBE, aws.described(aws.conversion("SUCCESS")))
    assert_job(gateway.ask("GET", PATH + "?target=default"), 200)
    calls = len(judge.calls())
    assert_problem(gateway.ask("GET", PATH + "?target=other"), "job-not-found")
    assert_problem(gateway.ask("DELETE", PATH + "?target=other"), "job-not-found")
    assert len(judge.calls()) == calls


def test_a_request_id_goes_in_and_comes_out(gateway, judge):
    judge.on(DESCRIBE, aws.described(aws.conversion("SUCCESS")))
    assert gateway.ask("GET", PATH, headers={"X-Request-Id": "my.request_1-A"})["X-Request-Id"] == "my.request_1-A"
    for odd in ("white space", "x" * 129, "semi;colon"):
        assert gateway.ask("GET", PATH, headers={"X-Request-Id": odd})["X-Request-Id"] != odd
    made = {gateway.ask("GET", PATH)["X-Request-Id"] for _ in range(5)}
    assert len(made) == 5


def test_a_lost_answer_to_a_cancel_is_resolved_by_reading(gateway, judge):
    judge.on(CANCEL, aws.Hangup(), aws.modelled(CANCEL, "InvalidResourceStateFault"))
    judge.on(DESCRIBE, aws.described(aws.conversion("CANCELING")))
    assert_job(gateway.ask("DELETE", PATH), 202, state="cancelling")


def test_cancels_at_the_same_time_do_not_mix(gateway, judge):
    names = [f"conversion-{number}" for number in range(24)]
    gate = threading.Event()
    judge.on(CANCEL, aws.modelled(CANCEL, "InvalidResourceStateFault"))
    judge.on(DESCRIBE, aws.Held(aws.described(*(aws.conversion("CANCELED", name) for name in names)), gate))
    answers = {}

    def cancel(name):
        answers[name] = gateway.ask("DELETE", conversion_path(name))

    threads = [threading.Thread(target=cancel, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    judge.wait_for(len(names) + 1)
    gate.set()
    for thread in threads:
        thread.join(30)
    for name in names:
        assert_job(answers[name], 200, id=name, state="cancelled")
