"""What a key may use: targets, projects and transfer jobs by patterns; and cancels that an operator switches off."""

import concurrent.futures
import json
import signal

import pytest
import yaml

import aws_answers as aws
from aws_answers import PROJECT_ARN
from conftest import ALL_SCOPES
from expectations import assert_job, assert_preview, assert_problem
from gateway_process import KEY, command
from paths import conversion_path, transfer_path
from test_live_configuration import SOON, health, write
from test_signals_and_pipes import CANCEL, READ, looks, wait_until

OTHER_ARN = PROJECT_ARN[:-4] + "OTHR"
MESSAGE = "Quarter-end: no cancels before Monday – ask \"ops\"."


def ready(judge):
    """AWS takes and reads whatever it is asked for."""
    judge.on("CancelMetadataModelConversion", aws.cancelled_conversion("CANCELING"))
    judge.on("DescribeMetadataModelConversions", aws.described(aws.conversion("IN_PROGRESS")))
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLING"))
    judge.on(READ, aws.got_transfer("RUNNING"))
    return judge


def refused(gateway, path, key, words):
    """That each way to ask about a job is 403, with the words, and the problem of the last one."""
    for method, query in (("GET", ""), ("DELETE", ""), ("DELETE", "?dryRun=true")):
        answer = gateway.ask(method, path + query, key=key)
        problem = assert_problem(answer, "resource-not-allowed")
        assert words in problem["detail"] and answer["WWW-Authenticate"] is None, problem
        assert problem["retryable"] is False
    assert gateway.ask("HEAD", path, key=key).status == 403
    return problem


def passes(gateway, path, key):
    assert gateway.ask("GET", path, key=key).status == 200
    assert gateway.ask("DELETE", path + "?dryRun=true", key=key).status == 200
    assert_job(gateway.ask("DELETE", path, key=key), 202)


# Projects and transfer jobs.

def test_projects_and_transfer_jobs_outside_the_list_reach_nothing_and_those_in_it_pass(start, judge, own_keys):
    own_keys.create("seller", *ALL_SCOPES, more=[
        "--project", "sales-*,orders", "--deny-project", "*-secret", "--transfer-job", "transfer-*",
        "--deny-transfer-job", "transfer-secret?"])
    gateway = start(keys=own_keys)
    for project in ("crm", "sales-secret", "Sales-Secret", "SALES-eu", "order", "orders2", PROJECT_ARN):
        refused(gateway, conversion_path(project=project), "seller", f"`{project}`")
    for job in ("factory-1", "transfer-secret1", "TRANSFER-1", "transfer_1"):
        refused(gateway, transfer_path(job), "seller", f"`{job}`")
    assert judge.calls() == []
    ready(judge)
    for path in (conversion_path(project="sales-eu"), conversion_path(project="orders"), transfer_path()):
        passes(gateway, path, "seller")
    judge.on(READ, aws.got_transfer("RUNNING", job="transfer-secret"))
    assert gateway.ask("GET", transfer_path("transfer-secret"), key="seller").status == 200, "`?` is one character"


@pytest.mark.parametrize("encoded", ["%63rm", "c%72m", "%43RM", "CRM"])
def test_a_denial_cannot_be_written_round(start, judge, own_keys, encoded):
    own_keys.create("barred", *ALL_SCOPES, more=["--deny-project", "crm"])
    gateway = start(keys=own_keys)
    refused(gateway, f"/projects/{encoded}/conversions/r-1", "barred", "project")
    assert judge.calls() == []


def test_where_a_name_is_denied_an_arn_is_refused_for_nobody_can_tell_whose_it_is(start, judge, own_keys):
    own_keys.create("barred", *ALL_SCOPES, more=["--deny-project", "crm"])
    gateway = start(keys=own_keys)
    for project in (PROJECT_ARN, " orders", "orders ", "a:b"):
        problem = refused(gateway, conversion_path(project=project), "barred", "project")
        assert "by its name" in problem["hint"]
    assert judge.calls() == []
    ready(judge)
    passes(gateway, conversion_path(project="orders"), "barred")


def test_where_an_arn_is_denied_a_name_is_refused_and_other_arns_pass(start, judge, own_keys):
    own_keys.create("barred", *ALL_SCOPES, more=["--deny-project", "arn:*" + OTHER_ARN[-12:]])
    gateway = start(keys=own_keys)
    assert "by its ARN" in refused(gateway, conversion_path(project="orders"), "barred", "`orders`")["hint"]
    for project in (OTHER_ARN, OTHER_ARN[:-12] + OTHER_ARN[-12:].lower()):
        refused(gateway, conversion_path(project=project), "barred", "project")
    assert judge.calls() == []
    ready(judge)
    passes(gateway, conversion_path(), "barred")


@pytest.mark.parametrize("other, code", [
    (PROJECT_ARN.replace("arn:aws:", "arn:aws-cn:"), "job-not-found"),
    (PROJECT_ARN.replace("arn:aws:", "arn:awsx:"), "job-not-found"),
    *((PROJECT_ARN + end, "resource-not-allowed") for end in (":", ":1", "*", " x", "\u0301")),
])
def test_a_denied_arn_has_no_other_spelling_that_reaches_aws(start, judge, own_keys, other, code):
    own_keys.create("barred", *ALL_SCOPES, more=["--deny-project", PROJECT_ARN])
    gateway = start(keys=own_keys)
    refused(gateway, conversion_path(), "barred", "project")
    for method in ("GET", "DELETE"):
        assert_problem(gateway.ask(method, conversion_path(project=other), key="barred"), code)
    assert judge.calls() == []


def test_the_scope_is_told_before_the_list(start, judge, own_keys):
    own_keys.create("reader", "conversions:read", "transfer-jobs:read", more=["--transfer-job", "none"])
    gateway = start(keys=own_keys)
    problem = assert_problem(gateway.ask("DELETE", transfer_path(), key="reader"), "insufficient-scope")
    assert "transfer-jobs:cancel" in problem["detail"]
    assert_problem(gateway.ask("GET", transfer_path(), key="reader"), "resource-not-allowed")
    assert judge.calls() == []


def test_a_change_of_the_list_holds_soon(start, judge, own_keys):
    own_keys.create("all", *ALL_SCOPES)
    own_keys.create("changing", *ALL_SCOPES)
    gateway = start(keys=own_keys)
    ready(judge)
    assert gateway.ask("GET", transfer_path(), key="changing").status == 200
    records = yaml.safe_load(own_keys.path.read_text())
    records["keys"][1]["deny"] = {"transferJobs": ["transfer-*"]}
    for record in records["keys"]:
        record["createdAt"] = record["createdAt"].strftime("%Y-%m-%dT%H:%M:%SZ")
    own_keys.path.write_text(yaml.safe_dump(records), encoding="utf-8")
    wait_until(lambda: gateway.ask("GET", transfer_path(), key="changing").status == 403, SOON)
    assert gateway.ask("GET", transfer_path()).status == 200


# Targets.

def test_patterns_of_targets_are_kept_and_a_denial_goes_first(start, judge, own_keys):
    own_keys.create("european", *ALL_SCOPES, targets=["prod-*"], more=["--deny-target", "PROD-us"])
    targets = {name: {"region": "eu-west-1"} for name in ("prod-eu", "prod-us", "test")}
    gateway = start(keys=own_keys, config={"targets": targets})
    for name in ("prod-us", "test"):
        problem = assert_problem(
            gateway.ask("DELETE", transfer_path() + "?target=" + name, key="european"), "resource-not-allowed")
        assert f"`{name}`" in problem["detail"]
    assert judge.calls() == []
    ready(judge)
    assert_job(gateway.ask("DELETE", transfer_path(), key="european"), 202, target="prod-eu")
    assert gateway.ask("GET", "/whoami", key="european").json["targets"] == ["prod-eu"]


def test_a_pattern_that_fits_no_target_is_refused_at_the_start(own_keys, tmp_path):
    own_keys.create("stranger", *ALL_SCOPES, targets=["default", "staging-*"], more=["--deny-target", "prod"])
    run = command("check", "--keys", own_keys.path, "--region", "eu-west-1", home=tmp_path)
    assert run.returncode == 78
    for pattern in ("staging-*", "prod"):
        assert f"`{pattern}`" in run.err and own_keys.id("stranger") in run.err
    assert "`default` that" not in run.err


# Who the caller is.

def test_whoami_tells_the_lists_and_how_the_caller_came_in(start, own_keys):
    own_keys.create("seller", "conversions:read", "audit:read", targets=["def*"], more=[
        "--project", "sales-*", "--project", "orders", "--deny-project", "*-secret", "--deny-transfer-job", "x*"])
    answer = start(keys=own_keys).ask("GET", "/whoami", key="seller")
    assert answer.status == 200 and answer["Cache-Control"] == "no-store"
    document = answer.json
    assert document["authentication"] == {"method": "api-key", "keyId": own_keys.id("seller"), "issuer": None}
    assert document["scopes"] == ["audit:read", "conversions:read"]
    assert document["targets"] == ["default"] and document["readOnly"] == []
    assert document["allowList"] == {
        "targets": {"allow": ["def*"], "deny": []},
        "projects": {"allow": ["orders", "sales-*"], "deny": ["*-secret"]},
        "transferJobs": {"allow": None, "deny": ["x*"]},
    }


# Making keys.

OPTIONS = {"--target": "prod-*", "--project": "sales-*", "--transfer-job": "t-?", "--deny-target": "prod-us",
           "--deny-project": "sales-secret", "--deny-transfer-job": "t-9"}


def test_the_lists_are_in_the_file_and_in_both_lists(own_keys):
    own_keys.create("open", "conversions:read")
    own_keys.create("closed", "conversions:read", more=[part for pair in OPTIONS.items() for part in pair])
    first, second = yaml.safe_load(own_keys.path.read_text())["keys"]
    assert not {"targets", "projects", "transferJobs", "deny"} & set(first)
    assert (second["targets"], second["projects"], second["transferJobs"]) == (["prod-*"], ["sales-*"], ["t-?"])
    denied = {"targets": ["prod-us"], "projects": ["sales-secret"], "transferJobs": ["t-9"]}
    assert second["deny"] == denied
    run = command("keys", "list", "--file", own_keys.path, home=own_keys.home)
    open_row, closed_row = run.out.splitlines()
    assert "targets all" in open_row and "projects" not in open_row
    for words in ("targets prod-*", "not targets prod-us", "projects sales-*", "not projects sales-secret",
                  "transfer-jobs t-?", "not transfer-jobs t-9"):
        assert f"  {words}  " in closed_row, closed_row
    run = command("keys", "list", "--file", own_keys.path, "--json", home=own_keys.home)
    entries = json.loads(run.out)
    assert not {"targets", "projects", "transferJobs", "deny"} & set(entries[0])
    assert (entries[1]["projects"], entries[1]["transferJobs"], entries[1]["deny"]) == (["sales-*"], ["t-?"], denied)
    own_keys.revoke("open")
    assert yaml.safe_load(own_keys.path.read_text())["keys"][1]["deny"] == denied


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("value", ["", "a,", "a/b", " a", "a\u200bb", "a" * 256])
def test_a_key_with_a_pattern_that_is_none_is_not_made(own_keys, option, value):
    run = command("keys", "create", "--file", own_keys.path, "--name", "x", "--scope", "conversions:read",
                  f"{option}={value}", home=own_keys.home)
    assert run.returncode != 0 and option in run.err
    assert not KEY.search(run.out) and not own_keys.path.exists()


def test_a_key_that_is_denied_names_and_arns_is_not_made_for_it_could_use_no_project(own_keys):
    run = command("keys", "create", "--file", own_keys.path, "--name", "x", "--scope", "conversions:read",
                  "--deny-project", "crm", "--deny-project", "arn:*:CRMID", home=own_keys.home)
    assert run.returncode != 0 and "--deny-project" in run.err and "ARN" in run.err
    assert not own_keys.path.exists()


# Read-only mode.

@pytest.fixture
def live(start, own_keys):
    """Starts a gateway with an admin listener: `live(**config)`."""
    own_keys.create("all", *ALL_SCOPES)
    own_keys.create("reader", "conversions:read", "transfer-jobs:read")
    own_keys.create("elsewhere", *ALL_SCOPES, more=["--transfer-job", "none", "--project", "none"])

    def live(**config):
        gateway = start(keys=own_keys, config={"admin.port": 0, **config})
        line = gateway.wait_line(lambda line: line if '"admin listening"' in line else None, what="the admin listener")
        gateway.admin = f"http://127.0.0.1:{json.loads(line)['port']}"
        return gateway

    return live


def change(gateway, **config):
    write(gateway, **config)
    gateway.signal(signal.SIGHUP)


def switched(gateway):
    """What the log says of the switch, in order."""
    words = "cancels are switched "
    return [entry["message"].removeprefix(words) for entry in gateway.log if entry["message"].startswith(words)]


def assert_read_only(answer, message=MESSAGE):
    problem = assert_problem(answer, "read-only")
    assert problem["detail"] == message and problem["title"] == "The gateway is read-only"
    assert answer["Retry-After"] == "60"
    return problem


ON = {"readOnly.enabled": True, "readOnly.message": MESSAGE}


def test_a_read_only_gateway_refuses_cancels_with_the_operator_s_message_and_reads_on(live, judge):
    gateway = live(**ON)
    for path in (conversion_path(), transfer_path()):
        assert_read_only(gateway.ask("DELETE", path))
        assert_read_only(gateway.ask("DELETE", path, headers=[("Prefer", "wait=30")]))
        assert_read_only(gateway.ask("DELETE", path + "?dryRun=false"))
    assert judge.calls() == []
    ready(judge)
    for path in (conversion_path(), transfer_path()):
        assert_job(gateway.ask("GET", path), 200)
        assert_preview(gateway.ask("DELETE", path + "?dryRun=true"), "read-only")
    assert not any("Cancel" in call.operation for call in judge.calls())
    report = health(gateway)
    assert report["status"] == "ok" and report["readOnly"] == MESSAGE
    assert [target["readOnly"] for target in report["targets"]] == [MESSAGE]
    assert gateway.ask("GET", "/whoami").json["readOnly"] == [{"target": "default", "message": MESSAGE}]
    assert any(entry["level"] == "warning" and entry.get("read_only") == MESSAGE for entry in gateway.log)


def test_what_is_the_caller_s_own_fault_is_told_before_the_mode(live, judge):
    gateway = live(**ON)
    path = transfer_path()
    assert_problem(gateway.ask("DELETE", path, key=None), "unauthenticated")
    assert_problem(gateway.ask("DELETE", path, key="reader"), "insufficient-scope")
    for job in (path, conversion_path(project="orders")):
        assert_problem(gateway.ask("DELETE", job, key="elsewhere"), "resource-not-allowed")
    assert_problem(gateway.ask("DELETE", path + "?target=other"), "job-not-found")
    assert_problem(gateway.ask("DELETE", "/transfer-jobs/-"), "invalid-request")
    assert judge.calls() == []


@pytest.mark.parametrize("asked", [True, False], ids=["SIGHUP", "a look"])
def test_the_switch_is_taken_up_by_a_running_gateway_and_taken_back(live, judge, asked):
    gateway = live()
    ready(judge)
    assert_job(gateway.ask("DELETE", transfer_path()), 202)

    def switch(**config):
        (change if asked else write)(gateway, **config)

    switch(**ON)
    wait_until(lambda: gateway.ask("DELETE", transfer_path()).status == 503, SOON)
    count = len(judge.calls())
    assert_read_only(gateway.ask("DELETE", transfer_path()))
    assert len(judge.calls()) == count
    assert gateway.ask("GET", transfer_path()).status == 200
    switch(**{**ON, "readOnly.message": "Another."})
    wait_until(lambda: gateway.ask("DELETE", transfer_path()).json["detail"] == "Another.", SOON)
    switch(**{**ON, "readOnly.enabled": False})
    wait_until(lambda: gateway.ask("DELETE", transfer_path()).status == 202, SOON)
    assert health(gateway)["readOnly"] is None
    # A line of the log may come a moment after the change.
    wait_until(lambda: switched(gateway) == ["off", "off", "on again"], SOON)


def test_a_wrong_switch_leaves_the_mode_as_it_was(live, judge):
    gateway = live(**ON)
    change(gateway, **{**ON, "readOnly.enabled": "perhaps"})
    wait_until(lambda: health(gateway)["configuration"]["state"] == "rejected", SOON)
    report = health(gateway)
    assert report["status"] == "warn" and "readOnly.enabled" in report["configuration"]["problems"][0]
    assert_read_only(gateway.ask("DELETE", transfer_path()))
    assert judge.calls() == []


def test_one_target_alone_can_be_read_only_and_is_switched_while_the_gateway_runs(live, judge):
    ready(judge)

    def targets(**eu):
        return {"targets": {"prod-eu": {"region": "eu-west-1", **eu}, "default": {"region": "eu-west-1"}}}

    gateway = live(**targets())
    eu = transfer_path() + "?target=prod-eu"
    assert_job(gateway.ask("DELETE", eu), 202, target="prod-eu")
    change(gateway, **targets(readOnly=True, readOnlyMessage=MESSAGE))
    wait_until(lambda: gateway.ask("DELETE", eu).status == 503, SOON)
    assert_read_only(gateway.ask("DELETE", eu))
    assert gateway.ask("GET", eu).status == 200
    assert_job(gateway.ask("DELETE", transfer_path()), 202, target="default")
    assert gateway.ask("GET", "/whoami").json["readOnly"] == [{"target": "prod-eu", "message": MESSAGE}]
    report = health(gateway)
    assert report["readOnly"] is None
    assert {target["name"]: target["readOnly"] for target in report["targets"]} == {"prod-eu": MESSAGE, "default": None}
    assert not [entry for entry in gateway.log if "next start" in entry["message"]]
    change(gateway, **targets(readOnly=False, readOnlyMessage=MESSAGE))
    wait_until(lambda: gateway.ask("DELETE", eu).status == 202, SOON)


def test_a_cancel_under_way_keeps_the_policy_that_it_began_with(live, judge):
    gateway = live()
    ready(judge)
    judge.on(READ, aws.got_transfer("CANCELLING"))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(gateway.ask, "DELETE", transfer_path(), headers=[("Prefer", "wait=8")])
        wait_until(lambda: looks(judge, "transfer-job-1") >= 1)
        change(gateway, **ON)
        wait_until(lambda: gateway.ask("DELETE", transfer_path()).status == 503, SOON)
        assert_job(waiting.result(60), 202)


def test_the_environment_and_the_flags_switch_it_too(start, judge, own_keys):
    own_keys.create("all", *ALL_SCOPES)
    gateway = start(keys=own_keys, env={"JOBGATE_READ_ONLY_ENABLED": "true"},
                    arguments=["--set", f"readOnly.message={MESSAGE}"])
    assert_read_only(gateway.ask("DELETE", transfer_path()))
    untold = start(keys=own_keys, config={"readOnly.enabled": True})
    assert "read-only" in assert_problem(untold.ask("DELETE", transfer_path()), "read-only")["detail"]
    assert judge.calls() == []


@pytest.mark.parametrize("yaml_text, words", [
    ("readOnly: {enabled: perhaps}", "`readOnly.enabled`"), ("readOnly: {message: x}", "`readOnly.enabled`"),
    ("readOnly: {enabled: true, message: \"a\\nb\"}", "`readOnly.message`"),
    ("targets: {one: {readOnly: 1}}", "`targets.one.readOnly`"),
    ("targets: {one: {readOnlyMessage: x}}", "`targets.one.readOnly`"),
])
def test_a_wrong_setting_is_named_with_its_place(own_keys, tmp_path, yaml_text, words):
    own_keys.create("all", *ALL_SCOPES)
    config = tmp_path / "wrong.yaml"
    config.write_text(yaml_text + "\n", encoding="utf-8")
    run = command("check", "--config", config, "--keys", own_keys.path, "--region", "eu-west-1", home=tmp_path)
    assert run.returncode == 78 and "wrong.yaml:1" in run.err and words in run.err, run.err
