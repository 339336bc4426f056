"""What the AWS of the tests can say: successes, modelled exceptions, refusals, and answers no AWS should give.

Every success and every exception is read by botocore's own parser before it is sent, so that the
tests never show the gateway what real AWS could not say.
"""

import datetime
import json
import re
import socket
import struct
import time

import botocore.validate

from aws_model import ACCOUNT, REGION, TWINMAKER, service_of

PROJECT_ARN = f"arn:aws:dms:{REGION}:{ACCOUNT}:migration-project:ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WORKSPACE_ARN = f"arn:aws:iottwinmaker:{REGION}:{ACCOUNT}:workspace/factory"


class Reply:
    """An HTTP answer, byte for byte ours."""

    def __init__(self, status, body=b"", headers=(), *, length=None, close=False):
        self.status = status
        self.body = body if isinstance(body, bytes) else body.encode()
        self.headers = list(headers)
        self.length = len(self.body) if length is None else length
        self.close = close

    def deliver(self, exchange):
        """Sends the answer; false when the connection is to be closed after it."""
        lines = [f"HTTP/1.1 {self.status} X", f"Content-Length: {self.length}"]
        if not any(name.lower() == "date" for name, _ in self.headers):
            self_time = datetime.datetime.now(datetime.timezone.utc) + exchange.clock_offset
            lines.append(f"Date: {self_time.strftime('%a, %d %b %Y %H:%M:%S GMT')}")
        lines.append(f"x-amzn-RequestId: {exchange.request_id}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        exchange.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + self.body)
        return not self.close


class Slow:
    """An answer after so many seconds."""

    def __init__(self, reply, seconds):
        self.reply, self.seconds = reply, seconds

    def deliver(self, exchange):
        time.sleep(self.seconds)
        return self.reply.deliver(exchange)


class Held:
    """An answer once the test opens the gate."""

    def __init__(self, reply, gate):
        self.reply, self.gate = reply, gate

    def deliver(self, exchange):
        self.gate.wait(30)
        return self.reply.deliver(exchange)


class Hang:
    """No answer, ever: waits until the other side gives up."""

    def deliver(self, exchange):
        exchange.wait_for_close()
        return False


class Hangup:
    """The connection is closed (or reset) before any answer."""

    def __init__(self, reset=False):
        self.reset = reset

    def deliver(self, exchange):
        if self.reset:
            exchange.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False


def json_text(members):
    """JSON in which a string `@…@` stands for a number spelt just so."""
    return re.sub(r'"@([^"@]*)@"', r"\1", json.dumps(members))


def success(operation, members, *, novel=False):
    """A 200 of an operation. `novel`: with members that this model does not know yet."""
    service = service_of(operation)
    shape = service.model.operation_model(operation).output_shape
    body = json_text(members)
    parsed = service.parse(operation, 200, {}, body.encode())
    parsed.pop("ResponseMetadata")
    report = botocore.validate.ParamValidator().validate(parsed, shape)
    assert novel or not report.has_errors(), report.generate_report()
    assert novel or _only_known(members, shape), f"{members} holds what {shape.name} does not know"
    return Reply(200, body, [("Content-Type", _content_type(service))])


def _only_known(value, shape):
    if shape.type_name == "structure":
        return set(value) <= set(shape.members) and all(_only_known(value[k], shape.members[k]) for k in value)
    if shape.type_name == "list":
        return all(_only_known(item, shape.member) for item in value)
    return not shape.metadata.get("enum") or value in shape.metadata["enum"]


def modelled(operation, name, message="This is what AWS said."):
    """One of the exceptions that the model lists for an operation, as its protocol sends it."""
    service = service_of(operation)
    shapes = {shape.name: shape for shape in service.model.operation_model(operation).error_shapes}
    status = shapes[name].metadata.get("error", {}).get("httpStatusCode", 400)
    return _error(service, operation, status, name, message)


def refusal(operation, name, message="This is what AWS said.", status=None):
    """An error that every AWS service knows and no model lists: credentials, permissions, throttling."""
    service = service_of(operation)
    return _error(service, operation, status or (403 if service is TWINMAKER else 400), name, message)


def denial(operation):
    """IAM's answer to credentials that lack the operation's action."""
    service = service_of(operation)
    action = f"{service.name}:{IAM_ACTIONS.get(operation, operation)}"
    message = f"User: arn:aws:iam::{ACCOUNT}:user/x is not authorized to perform: {action} on resource: *"
    return refusal(operation, "AccessDeniedException", message)


IAM_ACTIONS = {
    "DescribeMetadataModelConversions": "ListMetadataModelConversions",
    "DescribeMetadataModelCreations": "ListMetadataModelCreations",
}


def _error(service, operation, status, name, message):
    headers = [("Content-Type", _content_type(service))]
    if service is TWINMAKER:
        headers.append(("x-amzn-ErrorType", f"{name}:http://internal.amazon.com/coral/com.amazonaws.iottwinmaker/"))
        body = json.dumps({"message": message})
    else:
        body = json.dumps({"__type": f"com.amazonaws.dms#{name}", "message": message})
    parsed = service.parse(operation, status, {key.lower(): value for key, value in headers}, body.encode())
    assert parsed["Error"]["Code"] == name, f"botocore reads {parsed['Error']}, not {name}"
    return Reply(status, body, headers)


def _content_type(service):
    return "application/json" if service is TWINMAKER else "application/x-amz-json-1.1"


def conversion(status="IN_PROGRESS", request="conversion-1", project=PROJECT_ARN, **members):
    """A SchemaConversionRequest."""
    return {"Status": status, "RequestIdentifier": request, "MigrationProjectArn": project, **members}


def cancelled_conversion(*args, **members):
    return success("CancelMetadataModelConversion", {"Request": conversion(*args, **members)})


def described(*requests, novel=False):
    return success("DescribeMetadataModelConversions", {"Requests": list(requests)}, novel=novel)


def transfer(state="RUNNING", job="transfer-job-1", status=None, **members):
    """The members of CancelMetadataTransferJob's answer."""
    return {
        "metadataTransferJobId": job,
        "arn": f"arn:aws:iottwinmaker:{REGION}:{ACCOUNT}:metadata-transfer-job/{job}",
        "updateDateTime": 1767225600,
        "status": {"state": state, **(status or {})},
        **members,
    }


def cancelled_transfer(*args, **members):
    return success("CancelMetadataTransferJob", transfer(*args, **members))


def got_transfer(*args, novel=False, **members):
    """GetMetadataTransferJob's answer."""
    whole = {
        "creationDateTime": 1767222000,
        "sources": [{"type": "s3", "s3Configuration": {"location": "arn:aws:s3:::factory/export.jsonl"}}],
        "destination": {"type": "iottwinmaker", "iotTwinMakerConfiguration": {"workspace": WORKSPACE_ARN}},
        "metadataTransferJobRole": f"arn:aws:iam::{ACCOUNT}:role/transfer",
        **transfer(*args, **members),
    }
    return success("GetMetadataTransferJob", whole, novel=novel)
