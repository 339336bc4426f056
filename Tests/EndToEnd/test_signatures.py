"""Every request is signed as botocore signs it: long-term keys and session tokens, HTTP and HTTPS.

The judge recomputes each signature and compares each request with boto3's; its fixture fails the
test over any violation, so a test here need only make the calls.
"""

import datetime
import socket
import threading

import pytest

import aws_answers as aws
import conftest
from aws_judge import Judge
from certificates import Authority
from expectations import assert_problem
from http_client import at_once
from paths import conversion_path, transfer_path
from record import RECORD


def resolves(host):
    try:
        return bool(socket.getaddrinfo(host, None))
    except OSError:
        return False


CALLS = [
    ("DELETE", conversion_path(), "CancelMetadataModelConversion", aws.cancelled_conversion("CANCELING")),
    ("DELETE", conversion_path(project="Entrepôt é"), "CancelMetadataModelConversion",
     aws.cancelled_conversion("CANCELING")),
    ("GET", conversion_path(), "DescribeMetadataModelConversions", aws.described(aws.conversion("SUCCESS"))),
    ("DELETE", transfer_path(), "CancelMetadataTransferJob", aws.cancelled_transfer("CANCELLING")),
    ("DELETE", transfer_path("_x0-y9"), "CancelMetadataTransferJob", aws.cancelled_transfer("CANCELLING")),
    ("GET", transfer_path(), "GetMetadataTransferJob", aws.got_transfer("RUNNING")),
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"), "Tests' own CA")


@pytest.fixture
def secure_judge(authority):
    """Makes judges that speak TLS: `secure_judge("IP:127.0.0.1")`."""
    judges = []

    def make(alternatives="IP:127.0.0.1,DNS:localhost", issuer=authority):
        judges.append(Judge(conftest.KNOWN, issuer.issue(f"aws-{len(judges)}", alternatives)))
        return judges[-1]

    yield make
    for judge in judges:
        judge.close()
    assert [violation for judge in judges for violation in judge.violations] == []


def make_all_calls(gateway, judge):
    for method, path, operation, reply in CALLS:
        judge.on(operation, reply)
        answer = gateway.ask(method, path)
        assert answer.status in (200, 202), answer
    assert len(judge.calls()) == len(CALLS)
    assert judge.violations == []
    return judge.calls()


@pytest.mark.parametrize("session", [False, True], ids=["long-term key", "session token"])
def test_requests_over_http_are_boto3_s_own(start, judge, session):
    for call in make_all_calls(start(session=session), judge):
        assert ("x-amz-security-token" in call.signed) == session


@pytest.mark.parametrize("session", [False, True], ids=["long-term key", "session token"])
@pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("localhost", marks=pytest.mark.skipif(
    not resolves("localhost"), reason="this machine has no name localhost"))])
def test_requests_over_https_are_boto3_s_own(start, secure_judge, authority, session, host):
    judge = secure_judge()
    judge.url = f"https://{host}:{judge.port}"
    gateway = start(judge=judge, session=session, env={"AWS_CA_BUNDLE": authority.certificate})
    for call in make_all_calls(gateway, judge):
        assert call.secure and call["host"] == f"{host}:{judge.port}"


def test_the_configured_ca_bundle_comes_before_the_environment_s(start, secure_judge, authority, tmp_path):
    judge = secure_judge()
    stranger = Authority(tmp_path / "stranger", "Stranger")
    gateway = start(judge=judge, config={"aws.caBundle": authority.certificate},
                    env={"AWS_CA_BUNDLE": stranger.certificate})
    make_all_calls(gateway, judge)


def assert_no_way_through(answer):
    assert answer.status in (502, 503), answer
    assert_problem(answer, answer.json["code"])
    assert answer.json["code"] in ("upstream-unavailable", "upstream-error"), answer


def test_an_aws_of_an_unknown_authority_gets_no_request(start, secure_judge, authority, tmp_path):
    stranger = Authority(tmp_path / "stranger", "Stranger")
    judge = secure_judge(issuer=stranger)
    trusting_others = start(judge=judge, env={"AWS_CA_BUNDLE": authority.certificate})
    trusting_the_system = start(judge=judge)
    for gateway in (trusting_others, trusting_the_system):
        assert_no_way_through(gateway.ask("DELETE", transfer_path()))
        assert_no_way_through(gateway.ask("DELETE", conversion_path()))
    assert judge.calls() == [] and judge.failed_handshakes > 0


def test_an_aws_of_another_name_gets_no_request(start, secure_judge, authority):
    judge = secure_judge("DNS:dms.eu-west-1.amazonaws.com,IP:127.0.0.9")
    gateway = start(judge=judge, env={"AWS_CA_BUNDLE": authority.certificate})
    assert_no_way_through(gateway.ask("DELETE", transfer_path()))
    assert judge.calls() == []


def test_static_credentials_of_a_profile_sign_too(start, judge, tmp_path):
    credentials = tmp_path / "credentials"
    credentials.write_text(
        f"[default]\naws_access_key_id = AKIDNOTTHISONE\naws_secret_access_key = no\n\n"
        f"[gate]\naws_access_key_id={conftest.SESSION[0]}\naws_secret_access_key = {conftest.SESSION[1]}\n"
        f"aws_session_token = {conftest.SESSION[2]}\n")
    config = tmp_path / "config"
    config.write_text("[profile gate]\nregion = eu-west-1\n")
    gateway = start(env={
        "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_REGION": None, "AWS_PROFILE": "gate",
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials), "AWS_CONFIG_FILE": str(config),
    })
    for call in make_all_calls(gateway, judge):
        assert "x-amz-security-token" in call.signed


def test_an_endpoint_of_one_service_comes_before_that_of_all(start, judge):
    other = Judge(conftest.KNOWN)
    try:
        gateway = start(env={
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE": judge.url,
            "AWS_ENDPOINT_URL_IOTTWINMAKER": other.url,
        })
        judge.on(CALLS[0][2], CALLS[0][3])
        other.on(CALLS[3][2], CALLS[3][3])
        assert gateway.ask("DELETE", conversion_path()).status == 202
        assert gateway.ask("DELETE", transfer_path()).status == 202
        assert (len(judge.calls()), len(other.calls())) == (1, 1)
        assert other.violations == []
    finally:
        other.close()


def test_a_path_in_the_endpoint_is_kept_and_signed(start, judge):
    """botocore appends the operation's path to the override's; the judge then finds no such operation."""
    judge.url += "/prefix"
    try:
        gateway = start()
    finally:
        judge.url = judge.url.removesuffix("/prefix")
    gateway.ask("DELETE", transfer_path())
    assert judge.calls()[0].target == "/prefix/metadata-transfer-jobs/transfer-job-1/cancel"
    assert judge.forgive("no operation has")


@pytest.mark.parametrize("minutes", [10, -10])
def test_a_clock_that_is_wrong_is_corrected_once_by_the_date_of_the_answer(start, judge, minutes):
    judge.clock_offset = datetime.timedelta(minutes=minutes)
    judge.on(CALLS[3][2], CALLS[3][3])
    gateway = start()
    assert gateway.ask("DELETE", transfer_path()).status == 202
    assert len(judge.calls()) == 2
    assert judge.forgive("Signature not yet current or expired")
    assert gateway.ask("DELETE", transfer_path()).status == 202
    assert len(judge.calls()) == 3, "the offset is kept"


@pytest.mark.parametrize("hours", [1, -1])
@pytest.mark.parametrize("code", ["InvalidSignatureException", "RequestTimeTooSkewed"])
@pytest.mark.parametrize("path, operation, reply", [CALLS[2][1:], CALLS[5][1:]], ids=["conversion", "transfer job"])
def test_calls_at_the_same_time_all_survive_a_clock_that_is_wrong(start, judge, hours, code, path, operation, reply):
    """All are signed before the first refusal comes, so each of them learns what another one has learnt already."""
    judge.clock_offset, judge.skew_code = datetime.timedelta(hours=hours), code
    judge.refusals_gate = threading.Event()
    judge.on(operation, reply)
    gateway = start()
    opener = threading.Thread(target=lambda: (judge.wait_for(8), judge.refusals_gate.set()))
    opener.start()
    answers = at_once(8, lambda: gateway.ask("GET", path))
    opener.join(25)
    assert [answer.status for answer in answers] == [200] * 8, answers
    assert len(judge.calls()) == 16, "one refusal and one success for each"
    assert len(judge.forgive("Signature not yet current or expired")) == 8
    assert gateway.ask("GET", path).status == 200
    assert len(judge.calls()) == 17, "the offset is kept"


@pytest.mark.parametrize("method, path, operation", [
    ("DELETE", conversion_path(), "CancelMetadataModelConversion"),
    ("DELETE", transfer_path(), "CancelMetadataTransferJob"),
])
def test_a_wrong_secret_is_502_and_nothing_of_the_signature_comes_back(start, judge, method, path, operation):
    """AWS's refusal quotes the canonical request, session token included: none of it may go further."""
    unknown = RECORD.secret("secret access key", "another+secret/that/aws/does/not/know/000004")
    gateway = start(session=True, env={"AWS_SECRET_ACCESS_KEY": unknown})
    judge.on(operation, aws.Hangup())
    answer = gateway.ask(method, path)
    problem = assert_problem(answer, "upstream-denied")
    assert judge.forgive("The request signature we calculated does not match")
    assert problem["upstream"]["errorCode"] == "InvalidSignatureException"
    assert conftest.SESSION[2].encode() not in answer.body
