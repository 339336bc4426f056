"""The peers are fit to judge by: botocore gets its credentials from each, and what is wrong they refuse."""

import datetime
import socket
import urllib.error
import urllib.request

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

import boto3_oracle
from aws_model import REGION
from credential_world import BASE, EXPLICIT_PROFILES, ISSUING, PROVIDERS, ROLE


@pytest.mark.parametrize("provider", PROVIDERS)
def test_botocore_finds_the_credentials_of_each_provider(world, provider):
    question = {"ask": "credentials", "environment": world.environment(provider),
                "profile": EXPLICIT_PROFILES.get(provider)}
    answer, = boto3_oracle.ask([question], home=world.folder)
    assert answer and "refused" not in answer, answer
    assert world.ring[answer["key"]][:2] == (answer["secret"], answer["token"]), answer
    asked = [asked.name for asked in world.tokens.calls]
    assert asked == ([ISSUING[provider]] if provider in ISSUING else [])


def sts(peer, key=BASE[0], secret=BASE[1], token=None):
    return boto3.client(
        "sts", region_name=REGION, endpoint_url=peer.url, aws_access_key_id=key, aws_secret_access_key=secret,
        aws_session_token=token, config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=2))


def refusal(call):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call()
    return error.value.response["Error"]["Code"]


def test_issued_credentials_say_who_they_are_until_they_expire(world):
    world.tokens.lifetime = 60
    answer = sts(world.tokens).assume_role(RoleArn=ROLE, RoleSessionName="jobgate-tests")
    keys = answer["Credentials"]
    client = sts(world.tokens, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    arn = "arn:aws:sts::123456789012:assumed-role/jobgate-tests/jobgate-tests"
    assert client.get_caller_identity()["Arn"] == arn == answer["AssumedRoleUser"]["Arn"]
    world.tokens.clock_offset += keys["Expiration"] - world.tokens.now
    assert refusal(client.get_caller_identity) == "ExpiredToken"


def test_a_wrong_secret_an_unknown_key_and_another_clock_are_refused(world):
    assert refusal(sts(world.tokens, secret="wrong").get_caller_identity) == "SignatureDoesNotMatch"
    assert refusal(sts(world.tokens, key="AKIDNOBODY").get_caller_identity) == "InvalidClientTokenId"
    world.tokens.clock_offset = datetime.timedelta(minutes=10)
    assert refusal(sts(world.tokens).get_caller_identity) == "SignatureDoesNotMatch"


def test_a_session_name_that_sts_would_not_take_is_a_violation(world):
    code = refusal(lambda: sts(world.tokens).assume_role(RoleArn=ROLE, RoleSessionName="with spaces"))
    assert code == "ValidationError"
    assert world.tokens.violations.pop() == "RoleSessionName is 'with spaces'"


def status(url, method="GET", headers=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers or {})) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_imds_of_the_first_version_is_refused(world):
    assert status(world.metadata.url + "/latest/meta-data/iam/security-credentials/") == 401
    assert world.metadata.violations.pop() == "IMDSv1 is asked, or with another token"
    assert status(world.metadata.url + "/latest/api/token", "PUT") == 400
    assert "TTL None" in world.metadata.violations.pop()


def is_cut(connection):
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_peer_that_is_down_refuses_connections_and_comes_back_on_its_port(world):
    peer = world.metadata
    idle = socket.create_connection(("127.0.0.1", peer.port))
    for _ in range(2):
        peer.down()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", peer.port))
        assert is_cut(idle), "open connections are cut"
        peer.recover()
        assert status(peer.url + "/nothing") == 404
    peer.violations.clear()
    idle.close()


def test_a_peer_in_trouble_fails_or_hangs(world):
    world.tokens.fail(500)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sts(world.tokens).get_caller_identity()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    world.tokens.hang()
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        sts(world.tokens).get_caller_identity()
    world.tokens.recover()
    assert sts(world.tokens).get_caller_identity()["Account"] == "123456789012"
