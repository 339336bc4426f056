"""Pages of configured origins may call the gateway from a browser, those of others may not, and errors can be read."""

import pytest

import aws_answers as aws
from conftest import aws_environment
from expectations import assert_common, assert_job, assert_problem
from gateway_process import Gateway, command
from http_client import curl

APP = "https://app.example.com"
LOCAL = "http://localhost:3000"
PATH = "/transfer-jobs/transfer-job-1"
EXPOSED = {"Location", "Retry-After", "RateLimit", "RateLimit-Policy", "Preference-Applied", "X-Request-Id"}
SENT = {"Authorization", "X-API-Key", "X-Request-Id", "Prefer", "X-Audit-Reason", "Idempotency-Key", "traceparent",
        "Content-Type"}
ORIGINS = {"cors.origins": ["HTTPS://App.Example.com:443", LOCAL], "cors.maxAge": "5m"}


@pytest.fixture(scope="module")
def open_gateway(keys, court, tmp_path_factory):
    """A gateway that pages of two origins may call."""
    running = Gateway(tmp_path_factory.mktemp("cors"), keys, config=ORIGINS, env=aws_environment(court))
    yield running
    assert running.stop() is None, f"the gateway died: {running.errors.decode()}"


def members(value):
    return {member.strip() for member in value.split(",")}


def cors_fields(answer):
    return {name.lower() for name, _ in answer.fields if name.lower().startswith("access-control-")}


def preflight(gateway, path, *origins, method="DELETE", key=None, headers=()):
    fields = [("Origin", origin) for origin in origins]
    return gateway.ask(
        "OPTIONS", path, key=key, headers=[*fields, ("Access-Control-Request-Method", method), *headers])


def assert_readable(answer, origin):
    assert answer["Access-Control-Allow-Origin"] == origin, answer
    assert members(answer["Access-Control-Expose-Headers"]) == EXPOSED, answer
    assert answer["Vary"] == "Origin", answer
    assert cors_fields(answer) == {"access-control-allow-origin", "access-control-expose-headers"}


def test_a_page_asks_cancels_and_reads_the_answer(open_gateway, judge):
    judge.on("CancelMetadataTransferJob", aws.cancelled_transfer("CANCELLING"))
    asked = preflight(
        open_gateway, PATH, APP, headers=[("Access-Control-Request-Headers", "authorization,x-audit-reason")])
    assert asked.status == 204 and asked.body == b"", asked
    assert_common(asked)
    assert asked["Access-Control-Allow-Origin"] == APP
    assert members(asked["Access-Control-Allow-Methods"]) == {"DELETE", "GET", "HEAD"}
    assert members(asked["Access-Control-Allow-Headers"]) == SENT
    assert asked["Access-Control-Max-Age"] == "300"
    assert members(asked["Vary"]) == {"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"}
    assert asked["Content-Length"] is None and asked["Transfer-Encoding"] is None, "RFC 9110, section 8.6"
    assert judge.calls() == []
    answer = open_gateway.ask("DELETE", PATH, headers=[("Origin", APP), ("X-Audit-Reason", "wrong source")])
    assert_job(answer, 202)
    assert_readable(answer, APP)


def test_a_preflight_has_an_access_line_and_no_caller(open_gateway, judge):
    answer = preflight(open_gateway, PATH, LOCAL, headers=[("X-Request-Id", "cors-line")])
    assert answer.status == 204
    line = open_gateway.access_line("cors-line")
    assert (line["method"], line["route"], line["status"], line["caller"]) == (
        "OPTIONS", "/transfer-jobs/{id}", 204, None)


def test_a_connection_goes_on_after_a_preflight(open_gateway):
    fields = f"Host: x\r\nOrigin: {LOCAL}\r\n"
    with open_gateway.wire() as wire:
        wire.send(f"OPTIONS /whoami HTTP/1.1\r\n{fields}Access-Control-Request-Method: GET\r\n\r\n".encode())
        assert wire.answer("OPTIONS").status == 204
        wire.send(f"GET /livez HTTP/1.1\r\n{fields}\r\n".encode())
        assert_readable(wire.answer(), LOCAL)


def test_errors_can_be_read(open_gateway, judge):
    judge.on("GetMetadataTransferJob", aws.modelled("GetMetadataTransferJob", "ResourceNotFoundException"))
    page = [("Origin", LOCAL)]
    for answer, code in [
        (open_gateway.ask("GET", "/whoami", key=None, headers=page), "unauthenticated"),
        (open_gateway.ask("GET", "/nowhere", headers=page), "no-such-route"),
        (open_gateway.ask("POST", PATH, headers=page), "method-not-allowed"),
        (open_gateway.ask("OPTIONS", PATH, headers=page), "method-not-allowed"),
        (open_gateway.ask("DELETE", PATH, key="reader", headers=page), "insufficient-scope"),
        (open_gateway.ask("GET", PATH + "?token=x", headers=page), "invalid-request"),
        (open_gateway.ask("GET", PATH, headers=page), "job-not-found"),
    ]:
        assert_problem(answer, code)
        assert_readable(answer, LOCAL)


def test_a_spent_limit_can_be_read_and_preflights_do_not_spend_it(start, judge):
    gateway = start(config={**ORIGINS, "limits": ["default=2/60s"]})
    for _ in range(5):
        assert preflight(gateway, "/whoami", APP, method="GET", key="all").status == 204
    page = [("Origin", APP)]
    assert [gateway.ask("GET", "/whoami", headers=page).status for _ in range(2)] == [200, 200]
    refused = gateway.ask("GET", "/whoami", headers=page)
    assert_problem(refused, "rate-limited")
    assert_readable(refused, APP)


@pytest.mark.parametrize("origins", [
    ["https://evil.example"], ["http://app.example.com"], [APP + ":443"], [APP + "/"], [APP + ".evil.example"],
    ["null"], ["*"], [APP, APP], [APP, "https://evil.example"], [f"{APP}, {LOCAL}"],
])
def test_pages_of_other_origins_get_no_leave(open_gateway, judge, origins):
    asked = preflight(open_gateway, PATH, *origins)
    assert asked.status == 204 and cors_fields(asked) == set(), asked
    assert "Origin" in members(asked["Vary"])
    answer = open_gateway.ask("GET", "/whoami", headers=[("Origin", origin) for origin in origins])
    assert answer.status == 200 and cors_fields(answer) == set(), answer
    assert answer["Vary"] == "Origin"
    assert judge.calls() == []


def test_a_request_without_an_origin_is_answered_with_vary_alone(open_gateway):
    answer = open_gateway.ask("GET", "/livez", key=None)
    assert answer.status == 200 and cors_fields(answer) == set() and answer["Vary"] == "Origin"


def test_the_path_decides_what_a_preflight_is_told(open_gateway):
    for path, methods in {
        "/whoami": {"GET", "HEAD"}, "/projects/p/conversions/c-1": {"DELETE", "GET", "HEAD"},
        "/nowhere": {"DELETE", "GET", "HEAD"}, "/transfer-jobs/a%2Fb": {"DELETE", "GET", "HEAD"},
    }.items():
        answer = preflight(open_gateway, path, APP)
        assert answer.status == 204 and members(answer["Access-Control-Allow-Methods"]) == methods, path


def test_a_page_of_another_network_is_never_let_into_a_private_one(open_gateway):
    answer = preflight(open_gateway, PATH, APP, headers=[("Access-Control-Request-Private-Network", "true")])
    assert answer.status == 204 and answer["Access-Control-Allow-Private-Network"] is None


def test_without_configured_origins_there_is_no_trace_of_cors(gateway):
    asked = preflight(gateway, "/whoami", APP)
    assert_problem(asked, "unauthenticated")
    answer = gateway.ask("GET", "/whoami", headers=[("Origin", APP)])
    assert answer.status == 200
    for each in (asked, answer):
        assert cors_fields(each) == set() and each["Vary"] is None


def test_origins_of_the_environment_and_of_a_flag(start):
    gateway = start(env={"JOBGATE_CORS_ORIGINS": f"{APP}, {LOCAL}", "JOBGATE_CORS_MAX_AGE": "1h"})
    for origin in (APP, LOCAL):
        assert preflight(gateway, "/whoami", origin)["Access-Control-Max-Age"] == "3600"
    gateway = start(arguments=["--set", "cors.origins=http://[0:0::1]:3000"], config=ORIGINS)
    assert preflight(gateway, "/whoami", "http://[::1]:3000")["Access-Control-Allow-Origin"] == "http://[::1]:3000"
    assert cors_fields(preflight(gateway, "/whoami", APP)) == set()


@pytest.mark.parametrize("origin", ["*", "null", APP + "/", "app.example.com"])
def test_what_is_no_origin_is_refused_at_the_start(keys, tmp_path, origin):
    run = command(
        "check", "--keys", keys.path, "--region", "eu-west-1", "--set", f"cors.origins={origin}", home=tmp_path)
    assert run.returncode == 78
    assert "flags: `cors.origins` is a list of origins such as" in run.err + run.out
    assert f"not `{origin}`" in run.err + run.out


def test_curl_sees_what_a_browser_would(open_gateway):
    answer = curl("-X", "OPTIONS", "-H", f"Origin: {APP}", "-H", "Access-Control-Request-Method: DELETE",
                  open_gateway.url + PATH)
    assert answer.status == 204 and answer["Access-Control-Allow-Origin"] == APP
