"""Several accounts and regions behind one gateway: which of them a request means, and as whom it is called."""

import re
import shutil
import subprocess
import time
import urllib.parse

import pytest

import aws_answers as aws
from conftest import ALL_SCOPES
from credential_world import BASE
from expectations import assert_job, assert_problem
from gateway_process import command
from key_ring import KeyRing
from paths import conversion_path, transfer_path
from traffic import Line

EU, US = "111111111111", "222222222222"
CANCELS = {"CancelMetadataModelConversion": aws.cancelled_conversion("CANCELING"),
           "CancelMetadataTransferJob": aws.cancelled_transfer("CANCELLING")}
READS = {"DescribeMetadataModelConversions": aws.described(aws.conversion("CANCELING")),
         "GetMetadataTransferJob": aws.got_transfer("CANCELLING")}


def project(region, account, name="ABCDEFGHIJ"):
    return f"arn:aws:dms:{region}:{account}:migration-project:{name}"


def role(account, name="jobgate"):
    return f"arn:aws:iam::{account}:role/{name}"


def ready(judge):
    for operation, reply in {**CANCELS, **READS}.items():
        judge.on(operation, reply)
    return judge


class Estate:
    """Two targets with a judge each: `prod-eu` in eu-west-1 and `prod-us` in us-east-1."""

    def __init__(self, start, judges, keys):
        base = {BASE[0]: (BASE[1], None)}
        self.eu = ready(judges(KeyRing(base)))
        self.us = ready(judges(KeyRing(base), region="us-east-1"))
        self.targets = {
            "prod-eu": {"region": "eu-west-1", "account": EU, "endpoint": self.eu.url},
            "prod-us": {"region": "us-east-1", "account": US, "endpoint": self.us.url},
        }
        self._start, self._keys = start, keys

    def open(self, changes=None, **env):
        """A gateway of these targets; `changes` puts others in or, with None, takes one out."""
        targets = {name: target for name, target in {**self.targets, **(changes or {})}.items() if target}
        return self._start(
            judge=self.eu, keys=self._keys, config={"targets": targets},
            env={"AWS_ACCESS_KEY_ID": BASE[0], "AWS_SECRET_ACCESS_KEY": BASE[1], "AWS_ENDPOINT_URL": None, **env})

    @property
    def calls(self):
        """How many calls have come: (eu, us)."""
        return len(self.eu.calls()), len(self.us.calls())


@pytest.fixture
def estate(start, judges, own_keys):
    own_keys.create("all", *ALL_SCOPES)
    return Estate(start, judges, own_keys)


# Which target a request means.

def test_an_arn_chooses_the_target_by_its_region_and_account(estate):
    gateway = estate.open()
    job = assert_job(gateway.ask("GET", conversion_path(project=project("us-east-1", US))), 200,
                     target="prod-us", region="us-east-1")
    assert project("us-east-1", US) in urllib.parse.unquote(job["self"]) and estate.calls == (0, 1)
    assert_job(gateway.ask("GET", conversion_path(project=project("eu-west-1", EU))), 200, target="prod-eu")
    assert estate.calls == (1, 1)


def test_an_arn_chooses_between_two_accounts_of_one_region(estate):
    other = {"region": "eu-west-1", "account": US, "endpoint": estate.us.url}
    estate.us.region = "eu-west-1"
    gateway = estate.open({"prod-us": None, "other-eu": other})
    assert_job(gateway.ask("DELETE", conversion_path(project=project("eu-west-1", US))), 202, target="other-eu")
    assert estate.calls == (0, 1)


def test_the_account_of_a_role_goes_for_the_target_s(estate, world):
    changed = {"region": "us-east-1", "roleArn": role(US), "endpoint": estate.us.url,
               "securityTokenEndpoint": world.tokens.url}
    world.tokens.region, world.tokens.ring = "us-east-1", estate.us.credentials
    gateway = estate.open({"prod-us": changed})
    assert_problem(gateway.ask("GET", conversion_path(project=project("us-east-1", EU))), "job-not-found")
    assert_job(gateway.ask("GET", conversion_path(project=project("us-east-1", US))), 200,
               target="prod-us", region="us-east-1")


@pytest.mark.parametrize("region, account", [("eu-central-1", EU), ("us-east-1", EU), ("eu-west-1", "999999999999")])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_arn_of_no_target_is_404(estate, method, region, account):
    assert_problem(estate.open().ask(method, conversion_path(project=project(region, account))), "job-not-found")
    assert estate.calls == (0, 0)


@pytest.mark.parametrize("path, calls", [(transfer_path(), (0, 1)), (conversion_path(project="orders"), (0, 1))])
def test_a_name_chooses_the_target(estate, path, calls):
    gateway = estate.open()
    assert_job(gateway.ask("DELETE", path + "?target=prod-us"), 202, target="prod-us", region="us-east-1")
    assert estate.calls == calls


def test_an_arn_of_another_target_than_the_named_one_is_404(estate):
    path = conversion_path(project=project("us-east-1", US)) + "?target=prod-eu"
    assert_problem(estate.open().ask("DELETE", path), "job-not-found")
    assert estate.calls == (0, 0)


@pytest.mark.parametrize("path", [transfer_path(), conversion_path(project="orders")])
def test_without_a_name_the_request_is_400_with_the_list(estate, path):
    problem = assert_problem(estate.open().ask("GET", path), "invalid-request")
    said = problem["detail"] + problem["hint"]
    assert "prod-eu" in said and "prod-us" in said and "target" in said
    assert estate.calls == (0, 0)


def test_without_a_name_the_target_called_default_is_meant(estate):
    gateway = estate.open({"prod-us": None, "default": estate.targets["prod-us"]})
    assert_job(gateway.ask("GET", transfer_path()), 200, target="default", region="us-east-1")
    assert estate.calls == (0, 1)


@pytest.mark.parametrize("name", ["default", "prod-EU", "prod-e", "prod-eu%20"])
def test_an_unknown_name_is_404(estate, name):
    answer = estate.open().ask("DELETE", transfer_path() + "?target=" + name)
    assert answer.status in (400, 404) if "%" in name else answer.status == 404, answer
    assert estate.calls == (0, 0)


@pytest.mark.parametrize("names", ["prod-eu,prod-us"])
def test_the_environment_and_the_flags_name_targets_too(start, estate, own_keys, names):
    gateway = start(judge=estate.eu, keys=own_keys, env={
        "AWS_ACCESS_KEY_ID": BASE[0], "AWS_SECRET_ACCESS_KEY": BASE[1], "AWS_ENDPOINT_URL": None,
        "JOBGATE_TARGETS": names, "JOBGATE_TARGETS_PROD_EU_REGION": "eu-west-1",
        "JOBGATE_TARGETS_PROD_EU_ENDPOINT": estate.eu.url, "JOBGATE_TARGETS_PROD_US_ENDPOINT": estate.us.url,
    }, arguments=["--set", "targets.prod-us.region=us-east-1"])
    assert gateway.ask("GET", transfer_path() + "?target=prod-us").status == 200
    assert estate.calls == (0, 1)


# Who may use which.

def test_a_key_s_list_of_targets_is_kept(estate, own_keys):
    own_keys.create("eu only", *ALL_SCOPES, targets=["prod-eu"])
    gateway = estate.open()
    for path in (transfer_path() + "?target=prod-us", conversion_path(project=project("us-east-1", US))):
        problem = assert_problem(gateway.ask("DELETE", path, key="eu only"), "resource-not-allowed", 403)
        assert problem["retryable"] is False
    assert estate.calls == (0, 0)
    job = assert_job(gateway.ask("DELETE", transfer_path(), key="eu only"), 202, target="prod-eu")
    assert job["id"] == "transfer-job-1" and estate.calls == (1, 0)
    assert gateway.ask("GET", "/whoami", key="eu only").json["targets"] == ["prod-eu"]
    assert sorted(gateway.ask("GET", "/whoami").json["targets"]) == ["prod-eu", "prod-us"]


def test_a_key_of_an_unknown_target_is_refused_at_the_start(estate, own_keys, tmp_path):
    own_keys.create("stranger", *ALL_SCOPES, targets=["prod-eu", "staging"])
    with pytest.raises(AssertionError, match="exit 78"):
        estate.open()
    run = command("check", "--keys", own_keys.path, home=tmp_path, env={
        "JOBGATE_TARGETS": "prod-eu", "JOBGATE_TARGETS_PROD_EU_REGION": "eu-west-1"})
    assert run.returncode == 78 and "staging" in run.err and own_keys.id("stranger") in run.err


# The way there and back.

@pytest.mark.parametrize("path", [transfer_path("t-1_x"), conversion_path(project="Entrepôt é")])
def test_self_and_location_lead_back_to_the_same_job(estate, path):
    gateway = estate.open()
    answer = gateway.ask("DELETE", path + "?target=prod-us")
    job = assert_job(answer, 202, target="prod-us", region="us-east-1")
    assert urllib.parse.parse_qs(answer["Location"].partition("?")[2]) == {"target": ["prod-us"]}
    again = assert_job(gateway.ask("GET", answer["Location"]), 200, target="prod-us", region="us-east-1")
    assert again["self"] == job["self"] and estate.calls == (0, 2)
    assert_job(gateway.ask("DELETE", job["self"]), 202, target="prod-us", region="us-east-1")


def test_an_access_line_names_the_target(estate):
    gateway = estate.open()
    answer = gateway.ask("GET", transfer_path() + "?target=prod-us")
    assert gateway.access_line(answer["X-Request-Id"])["target"] == "prod-us"


def test_one_target_alone_leaves_paths_as_they_were(estate):
    gateway = estate.open({"prod-us": None})
    answer = gateway.ask("DELETE", transfer_path())
    assert_job(answer, 202, target="prod-eu")
    assert "target" not in answer["Location"]


# As whom.

@pytest.fixture
def roles(estate, world):
    """The estate with one target alone, whose role the gateway's identity takes on at the world's STS."""
    world.tokens.ring = estate.eu.credentials
    estate.targets = {"prod-eu": {
        "region": "eu-west-1", "roleArn": role(EU), "externalId": "tests-9", "endpoint": estate.eu.url,
        "securityTokenEndpoint": world.tokens.url,
    }}
    return estate


def test_the_role_s_session_is_named_after_the_caller(roles, world, own_keys):
    own_keys.create("another", *ALL_SCOPES)
    gateway = roles.open()
    for key in ("all", "another", "all"):
        assert gateway.ask("DELETE", transfer_path(), key=key).status == 202
    wanted = [f"jobgate-{own_keys.id(key)}" for key in ("all", "another")]
    assert world.tokens.session_names == wanted, "one session for each caller, kept"
    assert {(asked.form["RoleArn"], asked.form["ExternalId"]) for asked in world.tokens.calls} == {
        (role(EU), "tests-9")}
    principals = {issued.key: issued.principal for issued in roles.eu.credentials.issued}
    assert [principals[call.key] for call in roles.eu.calls()] == [
        f"{role(EU)}/{wanted[index]}" for index in (0, 1, 0)]


def test_at_most_so_many_sessions_are_kept_and_the_least_used_goes(roles, world, own_keys, start):
    for name in ("b", "c"):
        own_keys.create(name, *ALL_SCOPES)
    gateway = start(
        judge=roles.eu, keys=own_keys, config={"targets": roles.targets, "aws.maxSessions": 2},
        env={"AWS_ACCESS_KEY_ID": BASE[0], "AWS_SECRET_ACCESS_KEY": BASE[1], "AWS_ENDPOINT_URL": None})
    for key in ("all", "b", "all", "c", "all", "b"):
        assert gateway.ask("GET", transfer_path(), key=key).status == 200
    order = {f"jobgate-{own_keys.id(key)}": key for key in ("all", "b", "c")}
    assert [order[name] for name in world.tokens.session_names] == ["all", "b", "c", "b"]


def test_a_role_that_does_not_trust_the_gateway_is_said_in_the_log_and_nothing_of_it_in_the_answer(roles, world):
    message = f"User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole on resource: {role(EU)}"
    world.tokens.refused[role(EU)] = ("AccessDenied", message, 403)
    gateway = roles.open()
    answer = gateway.ask("DELETE", transfer_path())
    problem = assert_problem(answer, answer.json["code"])
    assert problem["code"] in ("upstream-unavailable", "upstream-denied"), problem
    assert role(EU) not in answer.body.decode()
    line = str(gateway.access_line(answer["X-Request-Id"]))
    assert "AccessDenied" in line and re.search("AssumeRole", line), line
    world.tokens.refused.clear()


def test_targets_without_a_role_share_the_gateway_s_identity(estate):
    gateway = estate.open()
    for name in ("prod-eu", "prod-us"):
        assert gateway.ask("GET", transfer_path() + f"?target={name}").status == 200
    assert {call.key for call in estate.eu.calls() + estate.us.calls()} == {BASE[0]}


# A region without TwinMaker.

def test_a_region_without_twinmaker_is_said_at_the_start_and_its_routes_are_404(start, judges):
    judge = ready(judges(region="us-west-1"))
    gateway = start(judge=judge, env={
        "AWS_REGION": "us-west-1", "AWS_ENDPOINT_URL": None, "AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE": judge.url})
    warnings = [entry for entry in gateway.log if entry["level"] == "warning"]
    assert any("TwinMaker" in str(entry) and "us-west-1" in str(entry) for entry in warnings), gateway.log
    for method in ("GET", "DELETE"):
        problem = assert_problem(gateway.ask(method, transfer_path()), "job-not-found")
        assert "us-west-1" in problem["detail"] + problem.get("hint", "")
    assert judge.calls() == []
    assert gateway.ask("GET", conversion_path(project=project("us-west-1", EU))).status == 200


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_region_without_twinmaker_asks_no_name_server_for_it(start, judges, tmp_path):
    judge = ready(judges(region="us-west-1"))
    gateway = start(judge=judge, env={
        "AWS_REGION": "us-west-1", "AWS_ENDPOINT_URL": None, "AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE": judge.url})
    trace = tmp_path / "trace"
    tracer = subprocess.Popen(
        ["strace", "-f", "-q", "-e", "trace=openat,connect", "-o", str(trace), "-p", str(gateway.process.pid)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        # The call to DMS is what shows that the tracer sees anything.
        while f"htons({judge.port})" not in (trace.read_text() if trace.exists() else ""):
            if tracer.poll() is not None or time.monotonic() > deadline:
                pytest.skip("this process may not be traced")
            Line(gateway, "GET", conversion_path(project=project("us-west-1", EU))).ask()
            judge.cut()
            time.sleep(0.1)
        assert_problem(gateway.ask("GET", transfer_path()), "job-not-found")
        time.sleep(0.3)
    finally:
        tracer.terminate()
        tracer.wait(10)
    connected = set(re.findall(r"connect\(.*?htons\((\d+)\)", trace.read_text()))
    assert connected == {str(judge.port)}, connected
    assert "resolv.conf" not in trace.read_text() and "/etc/hosts" not in trace.read_text()
