"""The judge is judged first: real boto3 must find nothing to complain about, and it nothing in boto3."""

import datetime
import http.client
import urllib.parse

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

import aws_answers as aws
from aws_judge import Judge
from aws_model import DMS, REGION, TWINMAKER
from certificates import Authority

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQD+/Token=="
KNOWN = {"AKIDLONGTERM": (SECRET, None), "ASIDSESSION": (SECRET, TOKEN)}
JOB = "transfer-job-1"

OPERATIONS = {
    "CancelMetadataModelConversion": (
        {"MigrationProjectIdentifier": aws.PROJECT_ARN, "RequestIdentifier": "conversion-1"},
        aws.cancelled_conversion("CANCELING"),
    ),
    "DescribeMetadataModelConversions": (
        {"MigrationProjectIdentifier": "Entrepôt é", "Filters": [{"Name": "request-id", "Values": ["conversion-1"]}]},
        aws.described(aws.conversion()),
    ),
    "CancelMetadataTransferJob": ({"metadataTransferJobId": JOB}, aws.cancelled_transfer("CANCELLING")),
    "GetMetadataTransferJob": ({"metadataTransferJobId": JOB}, aws.got_transfer()),
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("judge-ca"), "Judge's CA")


@pytest.fixture(scope="module", params=["http", "https"])
def court(request, authority):
    certificate = authority.issue("aws", "IP:127.0.0.1,DNS:localhost") if request.param == "https" else None
    judge = Judge(KNOWN, certificate)
    yield judge
    judge.close()


@pytest.fixture
def judge(court):
    court.reset()
    return court


def client(judge, authority, service, key="AKIDLONGTERM", token=None, secret=SECRET, region=REGION):
    return boto3.client(
        service, region_name=region, endpoint_url=judge.url, verify=authority.certificate, aws_access_key_id=key,
        aws_secret_access_key=secret, aws_session_token=token,
        config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}, proxies={}),
    )


def call(client, operation, parameters):
    from botocore import xform_name

    return getattr(client, xform_name(operation))(**parameters)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("key, token", [("AKIDLONGTERM", None), ("ASIDSESSION", TOKEN)])
def test_boto3_is_found_faultless(judge, authority, operation, key, token):
    parameters, reply = OPERATIONS[operation]
    judge.on(operation, reply)
    service = aws.service_of(operation).name
    answer = call(client(judge, authority, service, key, token), operation, parameters)
    assert judge.violations == []
    [seen] = judge.calls(operation)
    assert seen.parameters == parameters
    assert ("x-amz-security-token" in seen.signed) == bool(token)
    assert answer["ResponseMetadata"]["RequestId"] == seen.request_id


@pytest.mark.parametrize("operation, exception", [
    (name, shape.name)
    for name in OPERATIONS
    for shape in aws.service_of(name).model.operation_model(name).error_shapes
])
def test_boto3_reads_each_modelled_exception(judge, authority, operation, exception):
    judge.on(operation, aws.modelled(operation, exception, "no such thing"))
    caller = client(judge, authority, aws.service_of(operation).name)
    with pytest.raises(getattr(caller.exceptions, exception)) as raised:
        call(caller, operation, OPERATIONS[operation][0])
    assert raised.value.response["Error"]["Code"] == exception
    assert raised.value.response["Error"]["Message"] == "no such thing"


@pytest.mark.parametrize("name, change", [
    ("the secret", {"secret": "another secret"}),
    ("the session token", {"key": "ASIDSESSION", "token": "another token"}),
    ("a missing session token", {"key": "ASIDSESSION"}),
    ("the access key", {"key": "AKIDUNKNOWN"}),
    ("the region", {"region": "us-east-1"}),
])
def test_wrong_credentials_are_refused(judge, authority, name, change):
    operation = "CancelMetadataTransferJob"
    judge.on(operation, OPERATIONS[operation][1])
    with pytest.raises(ClientError) as raised:
        call(client(judge, authority, "iottwinmaker", **change), operation, OPERATIONS[operation][0])
    assert raised.value.response["Error"]["Code"] in ("InvalidSignatureException", "UnrecognizedClientException")
    assert judge.violations, name


def signed(judge, operation, *, before=lambda request: None, parameters=None):
    """A request as botocore signs it, changed before the signing."""
    service = aws.service_of(operation)
    sent = service.boto3_request(operation, parameters or OPERATIONS[operation][0])
    path = urllib.parse.urlsplit(sent.url).path
    request = AWSRequest(method=sent.method, url=judge.url + path, data=sent.body or b"")
    for name in ("Content-Type", "X-Amz-Target"):
        if name in sent.headers:
            request.headers[name] = aws_text(sent.headers[name])
    before(request)
    SigV4Auth(Credentials("AKIDLONGTERM", SECRET), service.signing_name, REGION).add_auth(request)
    return request


def aws_text(value):
    return value.decode() if isinstance(value, bytes) else value


def send(judge, authority, request):
    """Sends it as it stands."""
    if judge.url.startswith("https"):
        import ssl

        context = ssl.create_default_context(cafile=authority.certificate)
        connection = http.client.HTTPSConnection("127.0.0.1", judge.port, context=context, timeout=10)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", judge.port, timeout=10)
    split = urllib.parse.urlsplit(request.url)
    connection.request(request.method, split.path, body=request.body, headers=dict(request.headers.items()))
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_request_signed_by_hand_is_accepted(judge, authority):
    for operation, (_, reply) in OPERATIONS.items():
        judge.on(operation, reply)
        assert send(judge, authority, signed(judge, operation)) == 200
    assert judge.violations == []


def _body(request):
    request.data = request.body.replace(b"conversion-1", b"conversion-2")


def _path(request):
    request.url = request.url.replace(JOB, "transfer-job-2")


def _header(name, value):
    def change(request):
        del request.headers[name]
        request.headers[name] = value

    return change


def _bit(request):
    last = request.headers["Authorization"][-1]
    _header("Authorization", request.headers["Authorization"][:-1] + ("0" if last != "0" else "1"))(request)


@pytest.mark.parametrize("operation, tamper", [
    ("CancelMetadataModelConversion", _body),
    ("CancelMetadataModelConversion", _header("Content-Type", "application/x-amz-json-1.0")),
    ("CancelMetadataModelConversion", _header("X-Amz-Target", "AmazonDMSv20160101.DescribeMetadataModelConversions")),
    ("CancelMetadataTransferJob", _path),
    ("CancelMetadataTransferJob", _bit),
    ("CancelMetadataTransferJob", lambda request: setattr(request, "method", "POST")),
    ("CancelMetadataTransferJob", _header("X-Amz-Security-Token", "surplus")),
    ("CancelMetadataTransferJob", _header("X-Amz-Unsigned", "surplus")),
], ids=["body", "content-type", "target", "path", "signature", "method", "token", "unsigned"])
def test_a_tampered_request_is_refused(judge, authority, operation, tamper):
    judge.on(operation, OPERATIONS[operation][1])
    request = signed(judge, operation)
    tamper(request)
    assert send(judge, authority, request) >= 400
    assert judge.violations


def test_a_request_of_another_hour_is_refused(judge, authority):
    judge.on("CancelMetadataTransferJob", OPERATIONS["CancelMetadataTransferJob"][1])
    judge.clock_offset = datetime.timedelta(minutes=6)
    assert send(judge, authority, signed(judge, "CancelMetadataTransferJob")) == 403
    judge.clock_offset = datetime.timedelta(minutes=4)
    assert send(judge, authority, signed(judge, "CancelMetadataTransferJob")) == 200


@pytest.mark.parametrize("operation, before, text", [
    ("CancelMetadataModelConversion", lambda r: setattr(r, "data", b"{}"), "Missing required parameter"),
    ("CancelMetadataModelConversion", _header("Content-Type", "application/json"), "content-type is"),
    ("CancelMetadataTransferJob", lambda r: setattr(r, "data", b"{}"), "body is"),
    ("CancelMetadataTransferJob", lambda r: setattr(r, "url", r.url.replace("-job-1", "-%6Aob-1")), "target is"),
    ("CancelMetadataTransferJob", lambda r: setattr(r, "url", r.url.replace("-job-1", "-job-")), "does not match"),
    ("CancelMetadataTransferJob", lambda r: setattr(r, "method", "DELETE"), "no operation has"),
], ids=["shape", "content-type", "surplus body", "spelling", "pattern", "method"])
def test_a_well_signed_request_that_boto3_would_not_send_is_a_violation(judge, authority, operation, before, text):
    judge.on(operation, OPERATIONS[operation][1])
    send(judge, authority, signed(judge, operation, before=before))
    assert any(text in violation for violation in judge.violations), judge.violations


def test_a_call_that_no_test_expects_is_a_violation(judge, authority):
    send(judge, authority, signed(judge, "GetMetadataTransferJob"))
    assert judge.forgive("did not expect")
    assert judge.violations == []


def test_answers_that_aws_could_not_give_are_refused_in_the_writing(judge):
    with pytest.raises(AssertionError):
        aws.success("CancelMetadataModelConversion", {"Request": {"Status": 5}})
    with pytest.raises(AssertionError):
        aws.got_transfer("CANCELED")
    with pytest.raises(KeyError):
        aws.modelled("CancelMetadataModelConversion", "ConflictException")
    aws.described(aws.conversion(Error={"somethingNew": {"Reason": "x"}}), novel=True)


def test_both_services_are_those_of_the_pinned_botocore():
    import botocore

    assert botocore.__version__ == "1.43.11"
    assert DMS.model.metadata["targetPrefix"] == "AmazonDMSv20160101"
    assert TWINMAKER.signing_name == "iottwinmaker"
