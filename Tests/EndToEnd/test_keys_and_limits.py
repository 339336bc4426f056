"""Who may call, what for, and how often."""

import datetime
import hashlib
import json
import re
import stat
import time

import pytest
import yaml

import aws_answers as aws
from conftest import ALL_SCOPES
from expectations import assert_job, assert_problem
from gateway_process import KEY, command
from http_client import ask, at_once
from paths import conversion_path, transfer_path
from record import RECORD

CONVERSION, TRANSFER = conversion_path(), transfer_path()


def assert_challenge(answer, error=None):
    """WWW-Authenticate as RFC 6750, section 3 says."""
    challenge = answer["WWW-Authenticate"]
    assert challenge and challenge.lower().startswith("bearer"), answer
    if error:
        assert f'error="{error}"' in challenge, challenge
    else:
        assert "error=" not in challenge, "without credentials no error code is given"


# Keys.

@pytest.mark.parametrize("path", [CONVERSION, TRANSFER, "/whoami"])
def test_without_a_key_it_is_401(gateway, judge, path):
    answer = gateway.ask("GET", path, key=None)
    assert_problem(answer, "unauthenticated")
    assert_challenge(answer)
    assert judge.calls() == []


def wrong_keys(key):
    name, ident, secret = key.split("_", 2)
    flipped = ("A" if secret[0] != "A" else "B") + secret[1:]
    return {
        "another secret": f"{name}_{ident}_{flipped}",
        "another id": f"{name}_zzzzzzzz_{secret}",
        "cut short": key[:-1],
        "one character more": key + "A",
        "upper case": key.upper(),
        "the id alone": ident,
        "something else": "hunter2",
        "a digest": hashlib.sha256(key.encode()).hexdigest(),
        "four thousand characters": "jg_" + "a" * 4000,
    }


def test_a_wrong_key_is_401_and_reaches_nothing(gateway, judge, keys):
    for name, key in wrong_keys(keys.keys["all"]).items():
        for headers in ([("Authorization", f"Bearer {key}")], [("X-API-Key", key)]):
            answer = gateway.ask("DELETE", TRANSFER, key=None, headers=headers)
            assert answer.status == 401, f"{name}: {answer}"
            assert_problem(answer, "invalid-credential")
            assert_challenge(answer, "invalid_token")
    assert judge.calls() == []


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Digest x", "bearer,x", ""])
def test_an_authorization_that_is_no_bearer_key_is_401(gateway, judge, value):
    answer = gateway.ask("GET", "/whoami", key=None, headers=[("Authorization", value)])
    assert answer.status == 401, answer
    assert_problem(answer, answer.json["code"])
    assert answer.json["code"] in ("unauthenticated", "invalid-credential")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_may_be_written_in_any_case(gateway, judge, keys, scheme):
    authorization = [("Authorization", f"{scheme} {keys.keys['all']}")]
    assert gateway.ask("GET", "/whoami", key=None, headers=authorization).status == 200


def test_x_api_key_is_as_good(gateway, judge, keys):
    judge.on("CancelMetadataTransferJob", aws.cancelled_transfer("CANCELLING"))
    answer = gateway.ask("DELETE", TRANSFER, key=None, headers=[("x-api-key", keys.keys["all"])])
    assert_job(answer, 202)


def test_an_expired_and_a_revoked_key_are_401_and_the_others_pass(start, judge, own_keys):
    own_keys.create("all", *ALL_SCOPES)
    own_keys.create("short", *ALL_SCOPES, expires="2s")
    own_keys.create("revoked", *ALL_SCOPES)
    own_keys.revoke("revoked")
    gateway = start(keys=own_keys)
    assert gateway.ask("GET", "/whoami").status == 200
    deadline = time.monotonic() + 10
    while gateway.ask("GET", "/whoami", key="short").status == 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    for name in ("short", "revoked"):
        answer = gateway.ask("DELETE", TRANSFER, key=name)
        assert_problem(answer, "invalid-credential")
        assert_challenge(answer, "invalid_token")
    assert judge.calls() == []


def test_a_key_may_expire_at_a_date(own_keys):
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=30)
    own_keys.create("dated", "conversions:read", expires=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert soon.strftime("%Y-%m-%dT%H:%M:%S") in own_keys.path.read_text()


@pytest.mark.parametrize("method, path, key, scope", [
    ("DELETE", CONVERSION, "reader", "conversions:cancel"),
    ("DELETE", TRANSFER, "reader", "transfer-jobs:cancel"),
    ("GET", CONVERSION, "canceller", "conversions:read"),
    ("GET", TRANSFER, "canceller", "transfer-jobs:read"),
    ("DELETE", TRANSFER, "canceller", "transfer-jobs:cancel"),
])
def test_without_the_scope_it_is_403_and_the_scope_is_named(gateway, judge, method, path, key, scope):
    answer = gateway.ask(method, path, key=key)
    problem = assert_problem(answer, "insufficient-scope")
    assert scope in problem["detail"] + problem.get("hint", "")
    assert_challenge(answer, "insufficient_scope")
    assert judge.calls() == []


def test_a_dry_run_needs_the_scope_too(gateway, judge):
    assert_problem(gateway.ask("DELETE", TRANSFER + "?dryRun=true", key="reader"), "insufficient-scope")
    assert judge.calls() == []


@pytest.mark.parametrize("name", ["access_token", "api_key", "apikey", "key", "token", "authorization", "x-api-key"])
def test_a_credential_in_the_query_is_400_even_when_it_is_right(gateway, judge, keys, name):
    for target in (f"/whoami?{name}={keys.keys['all']}", f"{TRANSFER}?dryRun=true&{name}={keys.keys['all']}"):
        for key in (None, "all"):
            assert_problem(gateway.ask("GET", target, key=key), "invalid-request")
    assert judge.calls() == []


def test_whoami_tells_the_caller_and_never_the_key(gateway, judge, keys):
    answer = gateway.ask("GET", "/whoami", key="reader")
    assert answer.status == 200
    assert answer.json == {
        "id": keys.keys["reader"].split("_")[1], "name": "reader",
        "authentication": {"method": "api-key", "keyId": keys.id("reader"), "issuer": None},
        "scopes": ["conversions:read", "transfer-jobs:read"],
        "targets": ["default"],
        "allowList": {name: {"allow": None, "deny": []} for name in ("targets", "projects", "transferJobs")},
        "readOnly": [],
        "limit": {"name": "default", "quota": 100000, "windowSeconds": 60, "burst": 100000},
    }


def test_two_credentials_are_400(gateway, judge, keys):
    key = keys.keys["all"]
    for fields in ([("Authorization", f"Bearer {key}"), ("X-API-Key", key)], [("X-API-Key", key), ("X-API-Key", key)],
                   [("Authorization", f"Bearer {key}"), ("Authorization", "Bearer x")]):
        assert_problem(gateway.ask("DELETE", TRANSFER, key=None, headers=fields), "invalid-request")
    assert judge.calls() == []


# The key file.

def test_the_key_file_is_private_and_holds_no_key(own_keys):
    key = own_keys.create("one", "conversions:cancel", "conversions:read", expires="90d")
    assert stat.S_IMODE(own_keys.path.stat().st_mode) == 0o600
    text = own_keys.path.read_text()
    assert hashlib.sha256(key.encode()).hexdigest() in text
    assert key not in text and key.split("_", 2)[2] not in text
    assert [path.name for path in own_keys.path.parent.iterdir() if "own-keys" in path.name] == ["own-keys.yaml"], \
        "nothing is left beside the file"
    RECORD.say("key file", own_keys.path.read_bytes())


def test_a_second_key_leaves_the_first_and_each_is_new(own_keys):
    created = {own_keys.create(f"key-{number}", "conversions:read") for number in range(3)}
    assert len(created) == 3
    text = own_keys.path.read_text()
    assert all(key.split("_")[1] in text for key in created)


def test_keys_list_shows_names_and_scopes_and_never_a_key(own_keys):
    key = own_keys.create("one", "transfer-jobs:read")
    own_keys.create("two", "conversions:read")
    own_keys.revoke("two")
    for arguments in ([], ["--json"]):
        run = command("keys", "list", "--file", own_keys.path, *arguments, home=own_keys.home)
        assert run.returncode == 0, run.err
        assert "one" in run.out and "two" in run.out and "transfer-jobs:read" in run.out
        assert key.split("_")[1] in run.out
        assert not KEY.search(run.out) and hashlib.sha256(key.encode()).hexdigest() not in run.out
    assert [(entry["name"], entry["scopes"]) for entry in json.loads(run.out)] == [
        ("one", ["transfer-jobs:read"]), ("two", ["conversions:read"])]


def test_a_key_with_an_unknown_scope_is_not_made(own_keys):
    run = command("keys", "create", "--file", own_keys.path, "--name", "x", "--scope", "conversions:destroy",
                  home=own_keys.home)
    assert run.returncode != 0 and "conversions:destroy" in run.err + run.out
    assert not KEY.search(run.out) and not own_keys.path.exists()


def test_revoking_an_unknown_key_fails(own_keys):
    own_keys.create("one", "conversions:read")
    run = command("keys", "revoke", "--file", own_keys.path, "zzzzzzzz", home=own_keys.home)
    assert run.returncode != 0 and "zzzzzzzz" in run.err + run.out


# Targets.

def create_for(own_keys, *targets):
    """Runs `keys create` with these values of --target."""
    return command("keys", "create", "--file", own_keys.path, "--name", "x", "--scope", "conversions:read",
                   *(f"--target={target}" for target in targets), home=own_keys.home)


def listed(own_keys, *arguments):
    run = command("keys", "list", "--file", own_keys.path, *arguments, home=own_keys.home)
    assert run.returncode == 0, run.err
    return run.out


def test_an_allow_list_is_in_the_file_and_in_both_lists(own_keys):
    own_keys.create("anywhere", "conversions:read")
    own_keys.create("confined", "conversions:read", targets=["prod-us", "prod-eu"])
    records = yaml.safe_load(own_keys.path.read_text())["keys"]
    assert ["targets" in record for record in records] == [False, True]
    assert records[1]["targets"] == ["prod-eu", "prod-us"]
    assert [entry.get("targets") for entry in json.loads(listed(own_keys, "--json"))] == [None, ["prod-eu", "prod-us"]]
    first, second = listed(own_keys).splitlines()
    assert "targets all" in first and "targets prod-eu,prod-us" in second


def test_revoking_a_key_keeps_every_allow_list(own_keys):
    own_keys.create("confined", "conversions:read", targets=["prod-eu"])
    own_keys.create("other", "conversions:read", targets=["prod-us"])
    own_keys.revoke("other")
    assert [entry["targets"] for entry in json.loads(listed(own_keys, "--json"))] == [["prod-eu"], ["prod-us"]]


@pytest.mark.parametrize("targets", [[""], ["prod-eu", ""], ["prod-eu,"], ["prod eu"], ["a.b"], ["a" * 65], ["../a"]])
def test_a_key_for_what_is_no_name_of_a_target_is_not_made(own_keys, targets):
    run = create_for(own_keys, *targets)
    assert run.returncode != 0 and "--target" in run.err
    assert not KEY.search(run.out) and not own_keys.path.exists()


def test_a_key_that_may_not_use_the_target_is_403_without_a_challenge_and_reaches_nothing(start, judge, own_keys):
    own_keys.create("all", *ALL_SCOPES)
    gateway = start(keys=own_keys)
    # Made while the gateway runs: the check at the start refuses a target that is not configured.
    own_keys.create("elsewhere", *ALL_SCOPES, targets=["elsewhere"])
    deadline = time.monotonic() + 10
    while gateway.ask("GET", "/whoami", key="elsewhere").status == 401 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert gateway.ask("GET", "/whoami", key="elsewhere").json["targets"] == []
    for method, path in (("GET", CONVERSION), ("DELETE", CONVERSION), ("GET", TRANSFER), ("DELETE", TRANSFER),
                         ("DELETE", TRANSFER + "?dryRun=true"), ("DELETE", TRANSFER + "?target=default")):
        answer = gateway.ask(method, path, key="elsewhere")
        problem = assert_problem(answer, "resource-not-allowed")
        assert "default" in problem["detail"] and answer["WWW-Authenticate"] is None
    assert judge.calls() == []


# Limits.

def rate_limit(answer):
    """(name, remaining, seconds) of the RateLimit field."""
    match = re.fullmatch(r'"([a-z0-9-]+)";r=(\d+);t=(\d+)', answer["RateLimit"] or "")
    assert match, answer
    return match[1], int(match[2]), int(match[3])


def test_a_burst_gives_exactly_its_number_of_passes_and_then_429(start, judge, own_keys):
    own_keys.create("all", *ALL_SCOPES, limit="tight")
    own_keys.create("other", *ALL_SCOPES)
    gateway = start(keys=own_keys, config={"limits": ["default=60/60s", "tight=10/60s:5"]})
    judge.on("GetMetadataTransferJob", aws.got_transfer("RUNNING"))
    answers = at_once(16, lambda: gateway.ask("GET", TRANSFER))
    passed = [answer for answer in answers if answer.status == 200]
    limited = [answer for answer in answers if answer.status == 429]
    assert (len(passed), len(limited)) == (5, 11)
    assert len(judge.calls()) == 5
    for answer in answers:
        assert answer["RateLimit-Policy"] == '"tight";q=10;w=60', answer
        assert rate_limit(answer)[0] == "tight"
        assert not [name for name, _ in answer.fields if name.lower().startswith("x-ratelimit")]
    for answer in limited:
        problem = assert_problem(answer, "rate-limited")
        assert rate_limit(answer)[1] == 0
        assert problem["retryAfterSeconds"] >= rate_limit(answer)[2], "never before t"
    assert sorted(rate_limit(answer)[1] for answer in passed) == [0, 1, 2, 3, 4]
    assert gateway.ask("GET", "/whoami", key="other").status == 200, "each caller has a quota of its own"
    last = gateway.ask("GET", "/whoami")
    assert last.status == 429
    time.sleep(int(last["Retry-After"]))
    assert gateway.ask("GET", "/whoami").status == 200, "after Retry-After a request passes"


def test_no_answer_asks_to_come_back_before_the_quota_allows_it(start, judge, own_keys):
    own_keys.create("throttled", *ALL_SCOPES)
    own_keys.create("polling", *ALL_SCOPES)
    gateway = start(keys=own_keys, config={"limits": ["default=1/120s"]})
    operation = "CancelMetadataTransferJob"
    judge.on(operation, aws.modelled(operation, "ThrottlingException"))
    throttled = gateway.ask("DELETE", TRANSFER, key="throttled")
    problem = assert_problem(throttled, "upstream-throttled")
    judge.on(operation, aws.cancelled_transfer("CANCELLING"))
    polling = gateway.ask("DELETE", TRANSFER, key="polling")
    assert_job(polling, 202)
    for answer in (throttled, polling):
        name, remaining, seconds = rate_limit(answer)
        assert remaining == 0 and 115 <= seconds <= 120
        assert int(answer["Retry-After"]) >= seconds, "never before t"
    assert problem["retryAfterSeconds"] == int(throttled["Retry-After"])


def test_the_default_limit_is_sixty_a_minute(start, own_keys):
    own_keys.create("all", *ALL_SCOPES)
    gateway = start(keys=own_keys, config={"limits": None})
    began = time.monotonic()
    answer = gateway.ask("GET", "/whoami")
    assert answer["RateLimit-Policy"] == '"default";q=60;w=60'
    name, remaining, seconds = rate_limit(answer)
    assert (name, remaining) == ("default", 59) and 0 <= seconds <= 60
    statuses = [answer.status for answer in at_once(70, lambda: gateway.ask("GET", "/whoami"))]
    # The first request took one of sixty; one a second comes back.
    assert 59 <= statuses.count(200) <= 60 + time.monotonic() - began and set(statuses) == {200, 429}


def test_every_answer_to_a_known_caller_tells_the_limit(gateway, judge):
    judge.on("CancelMetadataTransferJob", aws.modelled("CancelMetadataTransferJob", "ResourceNotFoundException"))
    for method, target, key in [("GET", "/nowhere", "all"), ("DELETE", TRANSFER, "all"), ("DELETE", TRANSFER, "reader"),
                                ("POST", TRANSFER, "all"), ("DELETE", "/transfer-jobs/-", "all")]:
        answer = gateway.ask(method, target, key=key)
        assert answer.status >= 400 and rate_limit(answer)[0] == "default", answer
    assert gateway.ask("GET", "/whoami", key=None)["RateLimit"] is None


def test_what_is_public_needs_no_key(gateway, judge):
    for path in ("/livez", "/readyz", "/openapi.yaml", "/openapi.json", "/problems/rate-limited"):
        assert ask(gateway.port, "GET", path).status == 200, path
