"""Credentials from every provider sign what the judge accepts, are fetched once, and are found again after trouble."""

import datetime
import re
import time

import pytest
from moto.server import ThreadedMotoServer
from moto.sts.models import sts_backends

import aws_answers as aws
from credential_world import BASE, EXPLICIT_PROFILES, ISSUING, NO_KEYS, PROVIDERS, ROLE
from expectations import assert_problem
from http_client import at_once
from paths import conversion_path, transfer_path
from record import RECORD

CALLS = [
    ("DELETE", conversion_path(), "CancelMetadataModelConversion", aws.cancelled_conversion("CANCELING"), 202),
    ("GET", conversion_path(), "DescribeMetadataModelConversions", aws.described(aws.conversion("SUCCESS")), 200),
    ("DELETE", transfer_path(), "CancelMetadataTransferJob", aws.cancelled_transfer("CANCELLING"), 202),
    ("GET", transfer_path(), "GetMetadataTransferJob", aws.got_transfer("RUNNING"), 200),
]


def lead_on(judge):
    for _, _, operation, reply, _ in CALLS:
        judge.on(operation, reply)
    return judge


@pytest.fixture
def launch(start, judges, world):
    """Starts a gateway whose credentials come from a provider of the world: (gateway, judge)."""
    def launch(provider, config=None, **env):
        judge = lead_on(judges(world.ring))
        config = {"aws.profile": EXPLICIT_PROFILES.get(provider), **(config or {})}
        return start(judge=judge, config=config, env={**world.environment(provider), **env}), judge

    return launch


def make_all_calls(gateway):
    for method, path, _, _, status in CALLS:
        answer = gateway.ask(method, path)
        assert answer.status == status, answer


def fetches(world):
    """How often credentials were asked for, wherever that was."""
    return sum(world.tokens.count(name) for name in set(ISSUING.values())) + world.metadata.fetches


@pytest.mark.parametrize("provider", PROVIDERS)
def test_requests_are_signed_with_the_credentials_of_each_provider(launch, world, provider):
    gateway, judge = launch(provider)
    make_all_calls(gateway)
    assert [call.operation for call in judge.calls()] == [call[2] for call in CALLS]
    expected = world.ring.issued[-1].key if world.ring.issued else BASE[0]
    assert {call.key for call in judge.calls()} == {expected}
    assert [asked.name for asked in world.tokens.calls] == ([ISSUING[provider]] if provider in ISSUING else [])
    assert world.metadata.fetches == (provider in ("container", "instance", "SSO", "role of the container",
                                                   "role of the instance"))


def test_what_a_profile_says_of_a_role_reaches_sts(launch, world):
    gateway, _ = launch("role of a source profile")
    assert gateway.ask("GET", transfer_path()).status == 200
    form = world.tokens.calls[0].form
    assert (form["RoleArn"], form["ExternalId"]) == (ROLE, "tests-1")


def test_moto_takes_the_gateway_on_in_a_role(start, judges, world, program):
    """moto's STS is of other hands than our peer; the judge knows the keys by asking moto for what it issued."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        account = sts_backends["123456789012"]["aws"]

        class Issued(dict):
            def __missing__(self, key):
                role = next(role for role in account.assumed_roles if role.access_key_id == key)
                RECORD.secret("issued secret access key", role.secret_access_key)
                return role.secret_access_key, RECORD.secret("issued session token", role.session_token)

            def __contains__(self, key):
                return any(role.access_key_id == key for role in account.assumed_roles)

        judge = lead_on(judges(Issued()))
        gateway = start(judge=judge, env={**world.environment("role of a source profile"),
                                          "AWS_ENDPOINT_URL_STS": f"http://{host}:{port}"})
        make_all_calls(gateway)
        role, = account.assumed_roles
        assert (role.role_arn, role.external_id) == (ROLE, "tests-1")
        assert {call.key for call in judge.calls()} == {role.access_key_id}
    finally:
        server.stop()
        sts_backends.reset()


@pytest.mark.parametrize("provider", ["role of a source profile", "web identity", "container", "instance", "SSO"])
def test_a_hundred_first_requests_at_once_fetch_once(launch, world, provider):
    # None of the requests can have an answer before all of them have come.
    world.tokens.delay = world.metadata.delay = 0.5
    gateway, judge = launch(provider, AWS_METADATA_SERVICE_TIMEOUT="5")
    answers = at_once(100, lambda: gateway.ask("GET", transfer_path()))
    assert [answer.status for answer in answers] == [200] * 100
    assert fetches(world) == 1, (world.tokens.calls, world.metadata.calls)
    assert len({call.key for call in judge.calls()}) == 1


@pytest.mark.parametrize("provider", ["web identity", "container"])
def test_a_token_file_is_read_anew_at_each_fetch(launch, world, provider):
    world.tokens.lifetime = world.metadata.lifetime = 10
    gateway, judge = launch(provider)
    change = world.set_web_token if provider == "web identity" else world.set_container_token
    assert gateway.ask("GET", transfer_path()).status == 200
    change("another-token-of-the-tests-3")
    deadline = time.monotonic() + 15
    while fetches(world) < 2 and time.monotonic() < deadline:
        assert gateway.ask("GET", transfer_path()).status == 200
        time.sleep(0.2)
    time.sleep(0.5)
    assert gateway.ask("GET", transfer_path()).status == 200
    assert len({call.key for call in judge.calls()}) > 1, "new credentials came of the new token"


@pytest.mark.parametrize("provider", ["role of a source profile", "web identity", "container", "instance"])
@pytest.mark.parametrize("trouble", ["down", "fail"])
def test_without_credentials_it_is_503_with_a_reason_in_the_log_and_passes_by_itself(launch, world, provider, trouble):
    peer = world.tokens if provider in ISSUING else world.metadata
    # Before the start: the gateway looks for credentials as soon as it runs.
    getattr(peer, trouble)()
    gateway, judge = launch(provider)
    for _ in range(2):
        answer = gateway.ask("DELETE", transfer_path())
        problem = assert_problem(answer, "upstream-unavailable")
        assert str(peer.port) not in answer.body.decode() and "127.0.0.1" not in problem["detail"]
    assert judge.calls() == []
    cause = gateway.access_line(answer["X-Request-Id"])["cause"]
    assert re.search(REASONS[provider], cause), f"the log says why: {cause}"
    peer.recover()
    began = time.monotonic()
    while gateway.ask("DELETE", transfer_path()).status != 202:
        assert time.monotonic() - began < 8, "it recovers within seconds"
        time.sleep(0.25)


# What the reason must name: the place that did not give credentials.
REASONS = {"role of a source profile": "AssumeRole|STS", "web identity": "AssumeRoleWithWebIdentity|STS",
           "container": "127.0.0.1|AWS_CONTAINER_CREDENTIALS_FULL_URI", "instance": "127.0.0.1|IMDS|metadata"}


def test_credentials_that_aws_calls_expired_are_fetched_anew_within_the_request(launch, world):
    gateway, judge = launch("instance")
    assert gateway.ask("GET", transfer_path()).status == 200
    first, = world.ring.issued
    world.ring[first.key] = (first.secret, first.token, first.expiry - datetime.timedelta(hours=2))
    world.metadata.forget()
    assert gateway.ask("DELETE", transfer_path()).status == 202
    assert judge.calls()[-1].key == world.ring.issued[-1].key != first.key
    assert len(judge.forgive("ExpiredTokenException")) == 1
    assert gateway.ask("GET", transfer_path()).status == 200


def test_nothing_at_all_is_503_and_the_log_names_every_provider(start, judge, world):
    gateway = start(env={**NO_KEYS, "AWS_REGION": "eu-west-1"})
    answer = gateway.ask("GET", transfer_path())
    assert_problem(answer, "upstream-unavailable")
    line = gateway.access_line(answer["X-Request-Id"])["cause"]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS",
                 "AWS_EC2_METADATA_DISABLED"):
        assert name in line, line


@pytest.mark.parametrize("minutes", [10, -10])
def test_an_aws_whose_clock_is_ten_minutes_off_is_corrected_in_the_first_call(launch, world, minutes):
    """AWS's clock goes for the signatures of both services and of STS, and for the expiry of what STS gives."""
    offset = datetime.timedelta(minutes=minutes)
    world.tokens.lifetime, world.tokens.clock_offset = 300, offset
    gateway, judge = launch("role of a source profile")
    judge.clock_offset = offset
    assert gateway.ask("DELETE", transfer_path()).status == 202
    assert gateway.ask("GET", conversion_path()).status == 200
    assert [asked.name for asked in world.tokens.calls] == ["AssumeRole"] * 2, "one refusal, one success"
    judge.forgive("Signature not yet current or expired")
    assert len(judge.calls()) <= 4
    before = len(judge.calls())
    assert gateway.ask("GET", conversion_path()).status == 200
    assert len(judge.calls()) == before + 1, "the offset is kept"
