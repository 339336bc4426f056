"""What the contract promises of a Job, of a problem and of every answer, asserted member by member."""

import datetime
import re
import urllib.parse

JOB_MEMBERS = {
    "id", "kind", "self", "target", "region", "project", "arn", "state", "upstreamState", "done", "progress",
    "queuePosition", "error", "export", "createdAt", "updatedAt", "observedAt", "upstream",
}
PROGRESS_MEMBERS = {"percent", "total", "succeeded", "skipped", "failed", "step", "object"}
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "instance", "code", "requestId", "retryable"}
OPTIONAL_PROBLEM_MEMBERS = {"retryAfterSeconds", "upstream", "hint", "job"}
UPSTREAM_MEMBERS = {"service", "operation", "errorCode", "requestId", "httpStatus"}
STATES = {"queued", "running", "cancelling", "cancelled", "succeeded", "failed", "unknown"}
FINAL = {"succeeded", "failed", "cancelled"}

CODES = {
    "invalid-request": 400, "unauthenticated": 401, "invalid-credential": 401, "insufficient-scope": 403,
    "resource-not-allowed": 403,
    "no-such-route": 404, "job-not-found": 404, "method-not-allowed": 405,
    "already-finished": 409, "conflict": 409, "content-too-large": 413, "uri-too-long": 414,
    "headers-too-large": 431, "rate-limited": 429, "internal-error": 500, "upstream-denied": 502,
    "upstream-invalid-response": 502, "upstream-error": 502, "upstream-throttled": 503,
    "upstream-unavailable": 503, "read-only": 503, "audit-unavailable": 503, "overloaded": 503, "draining": 503,
    "upstream-timeout": 504,
    "request-timeout": 408, "expectation-failed": 417, "not-implemented": 501, "version-not-supported": 505,
}


def instant(text):
    """An RFC 3339 time in UTC as the contract writes it."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text), text
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def same_instant(text, epoch):
    """Whether a time of ours is an epoch second of AWS's, to the second."""
    return text is not None and abs(instant(text).timestamp() - epoch) < 1


def assert_common(answer):
    """What holds for every answer."""
    assert answer["X-Content-Type-Options"] == "nosniff", answer
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", answer["X-Request-Id"] or ""), answer
    assert answer["Date"], answer


def assert_job_document(job, *, target="default", region="eu-west-1", **expected):
    """A whole Job of a target, with the expected members."""
    assert set(job) == JOB_MEMBERS, set(job) ^ JOB_MEMBERS
    assert job["state"] in STATES
    assert job["done"] is (job["state"] in FINAL)
    assert (job["target"], job["region"]) == (target, region)
    assert abs((instant(job["observedAt"]) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) < 60
    assert set(job["upstream"]) == {"service", "operation", "requestId"}, job["upstream"]
    if job["progress"] is not None:
        assert set(job["progress"]) == PROGRESS_MEMBERS, job["progress"]
        if job["progress"]["object"] is not None:
            assert set(job["progress"]["object"]) == {"name", "type", "endpoint"}
    assert job["error"] is None or set(job["error"]) == {"code", "message"}
    assert job["export"] is None or set(job["export"]) == {"s3Key", "url"}
    for member in ("createdAt", "updatedAt"):
        assert job[member] is None or instant(job[member])
    for member, value in expected.items():
        assert job[member] == value, f"{member} is {job[member]!r}, not {value!r}"
    return job


def assert_job(answer, status, **expected):
    """An answer that is a Job."""
    assert answer.status == status, answer
    assert_common(answer)
    assert media_type(answer) == "application/json", answer
    assert answer["Cache-Control"] == "no-store", answer
    job = assert_job_document(answer.json, **expected)
    if status == 202:
        assert urllib.parse.unquote(answer["Location"]) == urllib.parse.unquote(job["self"]), answer
        assert re.fullmatch(r"[1-9]\d*", answer["Retry-After"] or ""), answer
    return job


def assert_preview(answer, outcome):
    """An answer to `dryRun=true`."""
    assert answer.status == 200, answer
    assert_common(answer)
    assert media_type(answer) == "application/json" and answer["Cache-Control"] == "no-store", answer
    preview = answer.json
    assert set(preview) == {"dryRun", "outcome", "job"} and preview["dryRun"] is True, preview
    assert preview["outcome"] == outcome, preview
    assert_job_document(preview["job"])
    return preview


def media_type(answer):
    return (answer["Content-Type"] or "").split(";")[0].strip()


def assert_problem(answer, code, status=None, *, job=False):
    """An answer that is a problem of this code, with all of its members and no others."""
    assert answer.status == (status or CODES[code]), answer
    assert_common(answer)
    assert media_type(answer) == "application/problem+json", answer
    problem = answer.json
    assert PROBLEM_MEMBERS <= set(problem), PROBLEM_MEMBERS - set(problem)
    assert set(problem) <= PROBLEM_MEMBERS | OPTIONAL_PROBLEM_MEMBERS, set(problem)
    assert problem["code"] == code, problem
    assert problem["type"] == f"/problems/{code}", problem
    assert problem["status"] == answer.status
    assert problem["requestId"] == answer["X-Request-Id"]
    assert isinstance(problem["retryable"], bool)
    for member in ("title", "detail", "instance"):
        assert isinstance(problem[member], str) and problem[member], f"{member}: {problem}"
    if answer.status in (429, 503):
        assert re.fullmatch(r"[1-9]\d*", answer["Retry-After"] or ""), answer
        assert problem["retryable"] is True
    if answer["Retry-After"]:
        assert problem["retryAfterSeconds"] == int(answer["Retry-After"]), answer
    else:
        assert "retryAfterSeconds" not in problem, problem
    if "upstream" in problem:
        assert set(problem["upstream"]) <= UPSTREAM_MEMBERS, problem["upstream"]
    assert ("job" in problem) == job, problem
    if job:
        assert_job_document(problem["job"])
    return problem


def assert_upstream(problem, request, code, http_status):
    """The member `upstream` of a problem tells what AWS answered."""
    assert problem["upstream"] == {
        "service": request.service.name, "operation": request.operation, "errorCode": code,
        "requestId": request.request_id, "httpStatus": http_status,
    }, problem
