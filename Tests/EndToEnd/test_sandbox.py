"""`jobgate sandbox`: its printed lines work as they stand, and real boto3 takes its AWS for AWS."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.parse

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from expectations import assert_job_document
from gateway_process import Sandbox, command
from http_client import ask
from record import RECORD

PROJECT = "arn:aws:dms:eu-west-1:123456789012:migration-project:SANDBOXORDERS"
PAIRS = [(source, destination) for source in ("s3", "iotsitewise", "iottwinmaker")
         for destination in ("s3", "iottwinmaker") if source != destination]


@pytest.fixture
def sandbox(program, tmp_path):
    running = Sandbox(tmp_path)
    yield running
    assert running.stop() is None, f"the sandbox died: {running.errors.decode()}"


def client(sandbox, service, **changes):
    exports = sandbox.exports
    identity = {"aws_access_key_id": exports["AWS_ACCESS_KEY_ID"],
                "aws_secret_access_key": exports["AWS_SECRET_ACCESS_KEY"],
                "aws_session_token": exports.get("AWS_SESSION_TOKEN"), "region_name": exports["AWS_REGION"], **changes}
    return boto3.client(service, endpoint_url=exports["AWS_ENDPOINT_URL"], **identity, config=Config(
        inject_host_prefix=False, retries={"total_max_attempts": 1}, proxies={}))


def dms(sandbox, **changes):
    return client(sandbox, "dms", **changes)


def twinmaker(sandbox, **changes):
    return client(sandbox, "iottwinmaker", **changes)


def sts(sandbox, **changes):
    return client(sandbox, "sts", **changes)


def error_code(call, **parameters):
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    assert raised.value.response["ResponseMetadata"]["RequestId"]
    return raised.value.response["Error"]["Code"]


def conversions(sandbox, *statuses):
    found = dms(sandbox).describe_metadata_model_conversions(MigrationProjectIdentifier=PROJECT)["Requests"]
    return [request for request in found if not statuses or request["Status"] in statuses]


def transfers(sandbox, *states):
    found = []
    for source, destination in PAIRS:
        listed = twinmaker(sandbox).list_metadata_transfer_jobs(sourceType=source, destinationType=destination)
        found += listed["metadataTransferJobSummaries"]
    return [job for job in found if not states or job["status"]["state"] in states]


def until(call, accept, seconds=60):
    """Calls until the result is accepted."""
    deadline = time.monotonic() + seconds
    while not accept(result := call()):
        assert time.monotonic() < deadline, f"after {seconds} s still {result}"
        time.sleep(0.3)
    return result


def shell(line, sandbox):
    """Runs a printed line as it stands; (status, body) of the answer."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(os.getcwd()), **sandbox.exports}
    run = subprocess.run(["bash", "-c", line], capture_output=True, env=environment, timeout=60, check=False)
    assert run.returncode == 0, f"{line}: {run.stderr.decode()}"
    RECORD.say("curl line", run.stdout)
    return run.stdout.decode()


def json_of(output):
    """The JSON in a curl line's output, which may carry headers or a status too."""
    return json.loads(output[output.index("{") : output.rindex("}") + 1])


def target_of(line):
    """The path that a printed curl line calls."""
    match = re.search(r"(?:https?://[^/\s'\"]+|\$\{?JOBGATE_URL\}?)(/[^\s'\"]*)", line)
    assert match, line
    return match[1]


def test_the_printed_lines_are_there(sandbox):
    assert sandbox.exports.keys() >= {
        "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "JOBGATE_URL", "JOBGATE_KEY"}
    assert sandbox.exports["AWS_REGION"] == "eu-west-1"
    assert sandbox.exports["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    deletes = [target_of(line) for line in sandbox.curl_lines if "DELETE" in line]
    assert any("/conversions/" in target for target in deletes) and any("/transfer-jobs/" in t for t in deletes)


@pytest.mark.parametrize("kind", ["/conversions/", "/transfer-jobs/"])
def test_the_printed_curl_lines_cancel_a_job_as_they_stand(sandbox, kind):
    line = next(line for line in sandbox.curl_lines if "DELETE" in line and kind in line)
    job = json_of(shell(line, sandbox))
    assert_job_document(job)
    assert job["state"] in ("cancelling", "cancelled", "running"), job
    port = urllib.parse.urlsplit(sandbox.exports["JOBGATE_URL"]).port
    again = ask(port, "DELETE", target_of(line).split("?")[0], key=sandbox.exports["JOBGATE_KEY"])
    assert again.status in (200, 202), again

    def state():
        return ask(port, "GET", job["self"], key=sandbox.exports["JOBGATE_KEY"]).json["state"]

    assert state() in ("cancelling", "cancelled")
    until(state, lambda found: found == "cancelled")


def test_a_printed_delete_is_202(sandbox):
    port = urllib.parse.urlsplit(sandbox.exports["JOBGATE_URL"]).port
    for line in sandbox.curl_lines:
        if "DELETE" in line and "dryRun" not in line and "wait=" not in line:
            answer = ask(port, "DELETE", target_of(line), key=sandbox.exports["JOBGATE_KEY"])
            assert answer.status == 202, answer


def test_every_printed_curl_line_works(sandbox):
    assert sandbox.curl_lines
    for line in sandbox.curl_lines:
        output = shell(line, sandbox)
        assert '"problem' not in output and "/problems/" not in output, f"{line}: {output}"


def test_boto3_cancels_a_conversion(sandbox):
    caller = dms(sandbox)
    [running, *_] = conversions(sandbox, "IN_PROGRESS")
    names = {"MigrationProjectIdentifier": PROJECT, "RequestIdentifier": running["RequestIdentifier"]}
    request = caller.cancel_metadata_model_conversion(**names)["Request"]
    assert request["RequestIdentifier"] == running["RequestIdentifier"] and request["MigrationProjectArn"] == PROJECT
    assert request["Status"] in ("CANCELING", "CANCELED")

    def read():
        wanted = [{"Name": "request-id", "Values": [running["RequestIdentifier"]]}]
        [found] = caller.describe_metadata_model_conversions(
            MigrationProjectIdentifier=PROJECT, Filters=wanted)["Requests"]
        return found["Status"]

    until(read, lambda status: status == "CANCELED")
    assert error_code(caller.cancel_metadata_model_conversion, **names) == "InvalidResourceStateFault"


def test_boto3_cancels_a_transfer_job(sandbox):
    caller = twinmaker(sandbox)
    [running, *_] = transfers(sandbox, "RUNNING", "PENDING", "VALIDATING")
    job = running["metadataTransferJobId"]
    cancelled = caller.cancel_metadata_transfer_job(metadataTransferJobId=job)
    assert cancelled["metadataTransferJobId"] == job and cancelled["arn"] == running["arn"]
    assert cancelled["status"]["state"] in ("CANCELLING", "CANCELLED")
    whole = caller.get_metadata_transfer_job(metadataTransferJobId=job)
    assert whole["sources"] and whole["destination"] and whole["metadataTransferJobRole"].startswith("arn:aws:iam::")
    assert whole["creationDateTime"] <= whole["updateDateTime"]
    until(lambda: caller.get_metadata_transfer_job(metadataTransferJobId=job)["status"]["state"],
          lambda state: state == "CANCELLED")
    assert error_code(caller.cancel_metadata_transfer_job, metadataTransferJobId=job) == "ConflictException"


CHILD = """
import boto3, json
conversions = boto3.client("dms").describe_metadata_model_conversions(MigrationProjectIdentifier="sandbox-orders")
job = boto3.client("iottwinmaker").get_metadata_transfer_job(metadataTransferJobId="transfer-factory-1")
print(json.dumps([[found["Status"] for found in conversions["Requests"]], job["metadataTransferJobId"]]))
"""


def test_the_printed_environment_is_all_that_boto3_needs(sandbox):
    """No `Config()`, no other variable: what is pasted is what works."""
    variables = {name: value for name, value in sandbox.exports.items() if name.startswith("AWS_")}
    run = subprocess.run([sys.executable, "-c", CHILD], env={"PATH": os.environ["PATH"], **variables},
                         stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr.decode()
    statuses, job = json.loads(run.stdout)
    assert "IN_PROGRESS" in statuses and job == "transfer-factory-1"


def test_boto3_finds_the_projects_by_arn_and_by_name(sandbox):
    projects = dms(sandbox).describe_migration_projects()["MigrationProjects"]
    assert {project["MigrationProjectName"] for project in projects} >= {"sandbox-orders", "sandbox-billing"}
    assert PROJECT in {project["MigrationProjectArn"] for project in projects}
    for project in projects:
        assert project["MigrationProjectCreationTime"].year >= 2000
    by_name = dms(sandbox).describe_metadata_model_conversions(MigrationProjectIdentifier="sandbox-orders")
    by_arn = dms(sandbox).describe_metadata_model_conversions(MigrationProjectIdentifier=PROJECT)
    assert [r["RequestIdentifier"] for r in by_name["Requests"]] == [r["RequestIdentifier"] for r in by_arn["Requests"]]


def test_boto3_finds_the_first_transfer_job(sandbox):
    assert "transfer-factory-1" in {job["metadataTransferJobId"] for job in transfers(sandbox)}
    assert twinmaker(sandbox).get_metadata_transfer_job(metadataTransferJobId="transfer-factory-1")


def test_what_does_not_exist_is_not_found(sandbox):
    caller = dms(sandbox)
    for project, request in [(PROJECT, "no-such-request"), ("no-such-project", "x"), (PROJECT[:-1] + "X", "x")]:
        assert error_code(caller.cancel_metadata_model_conversion, MigrationProjectIdentifier=project,
                          RequestIdentifier=request) == "ResourceNotFoundFault"
    assert error_code(caller.describe_metadata_model_conversions,
                      MigrationProjectIdentifier="no-such-project") == "ResourceNotFoundFault"
    for call in (twinmaker(sandbox).cancel_metadata_transfer_job, twinmaker(sandbox).get_metadata_transfer_job):
        assert error_code(call, metadataTransferJobId="no-such-job") == "ResourceNotFoundException"


def test_cancelling_a_finished_job_is_the_wrong_state(sandbox):
    [done, *_] = until(lambda: conversions(sandbox, "SUCCESS", "FAILED", "CANCELED"), bool)
    assert error_code(dms(sandbox).cancel_metadata_model_conversion, MigrationProjectIdentifier=PROJECT,
                      RequestIdentifier=done["RequestIdentifier"]) == "InvalidResourceStateFault"
    [done, *_] = until(lambda: transfers(sandbox, "COMPLETED", "ERROR", "CANCELLED"), bool)
    assert error_code(twinmaker(sandbox).cancel_metadata_transfer_job,
                      metadataTransferJobId=done["metadataTransferJobId"]) == "ConflictException"


@pytest.mark.parametrize("changes, codes", [
    ({"aws_secret_access_key": "a wrong one"}, {"InvalidSignatureException", "SignatureDoesNotMatch"}),
    ({"aws_access_key_id": "AKIDUNKNOWN"}, {"UnrecognizedClientException", "InvalidClientTokenId"}),
    ({"region_name": "us-east-1"}, {"InvalidSignatureException", "SignatureDoesNotMatch"}),
    ({"aws_session_token": "surplus"},
     {"UnrecognizedClientException", "InvalidSignatureException", "InvalidClientTokenId"}),
])
def test_requests_that_are_not_signed_rightly_are_refused(sandbox, changes, codes):
    assert error_code(dms(sandbox, **changes).describe_migration_projects) in codes
    assert error_code(twinmaker(sandbox, **changes).get_metadata_transfer_job,
                      metadataTransferJobId="transfer-factory-1") in codes


def test_an_unsigned_request_is_refused(sandbox):
    port = urllib.parse.urlsplit(sandbox.exports["AWS_ENDPOINT_URL"]).port
    answer = ask(port, "GET", "/metadata-transfer-jobs/transfer-factory-1")
    assert answer.status in (400, 403) and b"Missing" in answer.body + (answer["x-amzn-errortype"] or "").encode()


def test_the_sandbox_listens_on_this_machine_only_and_ends_on_a_signal(sandbox):
    sandbox.signal()
    assert sandbox.exit_code(30) == 0
    with pytest.raises(OSError):
        ask(urllib.parse.urlsplit(sandbox.exports["JOBGATE_URL"]).port, "GET", "/livez")
    sandbox.stop = lambda: None


def test_boto3_takes_on_a_role_and_calls_as_its_session(sandbox):
    user = sts(sandbox).get_caller_identity()
    assert (user["Account"], user["Arn"]) == ("123456789012", "arn:aws:iam::123456789012:user/jobgate-sandbox")
    taken = sts(sandbox).assume_role(
        RoleArn="arn:aws:iam::123456789012:role/jobgate", RoleSessionName="boto3", ExternalId="ticket-4711")
    issued = taken["Credentials"]
    for part in ("SecretAccessKey", "SessionToken"):
        RECORD.secret(f"sandbox session {part}", issued[part])
    assert 3500 < issued["Expiration"].timestamp() - time.time() <= 3600
    keys = {"aws_access_key_id": issued["AccessKeyId"], "aws_secret_access_key": issued["SecretAccessKey"]}
    session = {**keys, "aws_session_token": issued["SessionToken"]}
    arn = sts(sandbox, **session).get_caller_identity()["Arn"]
    assert arn == taken["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/jobgate/boto3"
    assert dms(sandbox, **session).describe_migration_projects()["MigrationProjects"]
    assert twinmaker(sandbox, **session).get_metadata_transfer_job(metadataTransferJobId="transfer-factory-1")
    assert error_code(sts(sandbox, **keys, aws_session_token=None).get_caller_identity) == "InvalidClientTokenId"


def test_boto3_is_told_what_sts_refuses(sandbox):
    role = {"RoleSessionName": "boto3"}
    assert error_code(sts(sandbox).assume_role, RoleArn="arn:aws:iam::210987654321:role/x", **role) == "AccessDenied"
    assert error_code(
        sts(sandbox).assume_role, RoleArn="arn:aws:iam::123456789012:role/x", DurationSeconds=7200, **role,
    ) == "ValidationError"
    wrong = RECORD.secret("wrong secret access key", "sandbox+wrong/secret/of/the/tests/0001")
    assert error_code(
        sts(sandbox, aws_secret_access_key=wrong).get_caller_identity) == "SignatureDoesNotMatch"


def test_the_doctor_finds_the_sandbox_well(sandbox, tmp_path):
    variables = {name: value for name, value in sandbox.exports.items() if name.startswith("AWS_")}
    run = command("doctor", "--json", home=tmp_path, env=variables)
    report = json.loads(run.out)
    assert run.returncode == 0 and {check["status"] for check in report["checks"]} == {"ok"}, report
