"""The program against boto3 in the same environment: the same region, endpoints and credentials, or both refuse.

Known differences, each on purpose, are written down here and nowhere else:
- botocore does not read AWS_REGION, every other SDK of AWS does; cases say AWS_DEFAULT_REGION.
- botocore puts `api.` before an overridden TwinMaker host (api.127.0.0.1); the program does not.
- botocore makes up a TwinMaker host for regions that have none; the program says null.
- botocore takes an empty AWS_DEFAULT_REGION for a region; to the program, as to AWS's other SDKs, it is not set.
- botocore fails at the call, the program at its start.
- botocore calls an overridden URL though FIPS is asked for; the program refuses the pair (`REFUSED`).
"""

import json
import urllib.parse

import botocore.session
import pytest

import boto3_oracle
from aws_judge import Judge
from credential_world import EXPLICIT_PROFILES, PROVIDERS
from endpoint_cases import CASES
from gateway_process import command
from paths import conversion_path, transfer_path
from test_credentials import lead_on

REFUSED = {"FIPS with a URL for all", "FIPS with a URL for DMS"}
FAKE = {"AWS_ACCESS_KEY_ID": "AKIDDIFFERENTIAL", "AWS_SECRET_ACCESS_KEY": "differential"}


@pytest.fixture(scope="module")
def surroundings(keys, tmp_path_factory):
    """Case name → environment; the files of the cases are written."""
    folder = tmp_path_factory.mktemp("cases")
    found = {}
    for number, (name, variables, config) in enumerate(CASES):
        path = folder / f"config-{number}"
        if config:
            path.write_text(config, encoding="utf-8")
        found[name] = {**FAKE, "AWS_CONFIG_FILE": str(path), "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
                       "AWS_EC2_METADATA_DISABLED": "true", **variables}
    assert len(found) == len(CASES) >= 60
    return found


@pytest.fixture(scope="module")
def theirs(surroundings):
    """What botocore makes of each case."""
    questions = [{"ask": "endpoints", "environment": environment} for environment in surroundings.values()]
    return dict(zip(surroundings, boto3_oracle.ask(questions, timeout=240)))


@pytest.fixture(scope="module")
def twinmaker_regions():
    session = botocore.session.Session()
    return {region for partition in session.get_available_partitions()
            for region in session.get_available_regions("iottwinmaker", partition)}


@pytest.mark.parametrize("name", [name for name, _, _ in CASES])
def test_region_and_endpoints_are_boto3_s(surroundings, theirs, twinmaker_regions, keys, tmp_path, name):
    environment, expected = surroundings[name], theirs[name]
    run = command("check", "--json", "--keys", keys.path, home=tmp_path, env=environment)
    report = json.loads(run.out)
    refused = {service: answer for service, answer in expected.items()
               if isinstance(answer, dict) and service != "region"}
    if refused or not expected["region"] or name in REFUSED:
        assert run.returncode == 78 and report["problems"], (report, refused)
        return
    assert run.returncode == 0, (report, expected)
    target, = report["targets"]
    assert target["region"] == expected["region"]
    twinmaker = urllib.parse.urlsplit(expected["iottwinmaker"])
    if "iottwinmaker" not in twinmaker.netloc:
        wanted = f"{twinmaker.scheme}://{twinmaker.netloc.removeprefix('api.')}"
    elif expected["region"] not in twinmaker_regions:
        wanted = None
    else:
        wanted = expected["iottwinmaker"]
    endpoints = {service: url and url.rstrip("/") for service, url in target["endpoints"].items()}
    assert endpoints == {"dms": expected["dms"], "sts": expected["sts"], "iottwinmaker": wanted}


def test_aws_region_comes_before_the_default_region(keys, tmp_path):
    """As in AWS's other SDKs."""
    run = command("check", "--json", "--keys", keys.path, home=tmp_path,
                  env={**FAKE, "AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "eu-west-1"})
    assert json.loads(run.out)["targets"][0]["region"] == "us-west-2"


def test_an_empty_variable_is_one_that_is_not_set(keys, tmp_path):
    config = tmp_path / "config"
    config.write_text("[default]\nregion = eu-central-1\n")
    run = command("check", "--json", "--keys", keys.path, home=tmp_path,
                  env={**FAKE, "AWS_DEFAULT_REGION": "", "AWS_CONFIG_FILE": str(config)})
    assert json.loads(run.out)["targets"][0]["region"] == "eu-central-1"


PAIRS = [
    ("environment", "container"), ("environment", "SSO"), ("environment", "role of a source profile"),
    ("web identity", "static profile"), ("web identity", "container"), ("web identity", "process"),
    ("static profile", "container"), ("SSO", "instance"), ("process", "instance"), ("container", "instance"),
]


def together(world, providers):
    """The environment that leads to several providers at once."""
    return {name: value for provider in providers for name, value in world.environment(provider).items()
            if value is not None}


@pytest.mark.parametrize("providers", [(name,) for name in PROVIDERS] + PAIRS, ids=" and ".join)
def test_the_judge_takes_what_the_program_signs_for_boto3_s_own_credentials(start, world, providers):
    """The judge knows one key alone: the one that boto3 found in the same environment."""
    world.tokens.steady = True
    environment = together(world, providers)
    profile = EXPLICIT_PROFILES.get(providers[0])
    answer, = boto3_oracle.ask(
        [{"ask": "credentials", "environment": environment, "profile": profile}], home=world.folder)
    assert answer and "refused" not in answer, answer
    judge = lead_on(Judge({answer["key"]: (answer["secret"], answer["token"])}))
    try:
        nothing = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))
        gateway = start(judge=judge, config={"aws.profile": profile}, env={**nothing, **environment})
        assert gateway.ask("GET", transfer_path()).status == 200, judge.violations
        assert gateway.ask("GET", conversion_path()).status == 200, judge.violations
        assert judge.violations == []
        assert {call.key for call in judge.calls()} == {answer["key"]}
    finally:
        judge.close()
