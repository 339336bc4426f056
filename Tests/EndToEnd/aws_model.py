"""botocore's service models of the two services, and what boto3 itself would send and read by them."""

import io
import re
import threading
import urllib.parse

import boto3
import botocore.parsers
import botocore.session
import botocore.validate
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.model import ServiceModel

REGION = "eu-west-1"
ACCOUNT = "123456789012"
_LOADER = botocore.session.get_session().get_component("data_loader")


class Service:
    """One service: its model, its parser, and a boto3 client that sends nothing."""

    def __init__(self, name):
        self.name = name
        self.model = ServiceModel(_LOADER.load_service_model(name, "service-2"), name)
        self.protocol = self.model.metadata["protocol"]
        self.signing_name = self.model.signing_name
        self.parser = botocore.parsers.create_parser(self.protocol)
        self._local = threading.local()
        self._client = boto3.client(
            name, region_name=REGION, endpoint_url="http://127.0.0.1:1", aws_access_key_id="AKIDCOMPARISON",
            aws_secret_access_key="comparison", config=Config(inject_host_prefix=False, retries={"max_attempts": 0}),
        )
        self._client.meta.events.register("before-send", self._capture)

    def _capture(self, request, **_):
        self._local.sent = request
        return AWSResponse(request.url, 200, {}, _Body(b"{}"))

    def boto3_request(self, operation, parameters):
        """The request (method, URL, headers, body) that boto3 makes of these parameters."""
        getattr(self._client, botocore.xform_name(operation))(**parameters)
        return self._local.sent

    def parse(self, operation, status, headers, body):
        """What botocore's parser reads from an answer to an operation."""
        response = {"status_code": status, "headers": dict(headers), "body": body}
        parsed = self.parser.parse(response, self.model.operation_model(operation).output_shape)
        if parsed["ResponseMetadata"].get("HTTPStatusCode", 200) >= 300:
            code = parsed.get("Error", {}).get("Code")
            shape = self.model.shape_for_error_code(code)
            if shape is not None:
                parsed.update(self.parser.parse(response, shape))
        return parsed


class _Body(io.BytesIO):
    def stream(self, *_, **__):
        yield self.read()


DMS = Service("dms")
TWINMAKER = Service("iottwinmaker")
SERVICES = {service.name: service for service in (DMS, TWINMAKER)}


def service_of(operation):
    """The service that has an operation of this name."""
    for service in SERVICES.values():
        if operation in service.model.operation_names:
            return service
    raise KeyError(operation)


def complaints_about_input(operation, parameters):
    """What botocore's validator (and the patterns it leaves out) has against an operation's parameters."""
    shape = service_of(operation).model.operation_model(operation).input_shape
    report = botocore.validate.ParamValidator().validate(parameters, shape)
    found = [report.generate_report()] if report.has_errors() else []
    for name, value in parameters.items():
        member = shape.members.get(name)
        if member is None:
            found.append(f"{operation} has no parameter {name}")
            continue
        pattern, longest = member.metadata.get("pattern"), member.metadata.get("max")
        if pattern and not re.fullmatch(pattern, value):
            found.append(f"{name} {value!r} does not match {pattern}")
        if longest and isinstance(value, str) and len(value) > longest:
            found.append(f"{name} is longer than {longest}")
    return found


def rest_operation(service, method, path):
    """(operation, parameters) of a REST request by its URI template, or (None, {})."""
    for name in service.model.operation_names:
        http = service.model.operation_model(name).http
        template = re.split(r"\{([^}]+)\}", http["requestUri"])
        pattern = "".join(
            f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(template)
        )
        match = re.fullmatch(pattern, path)
        if http["method"] == method and match:
            return name, {key: urllib.parse.unquote(value, errors="strict") for key, value in match.groupdict().items()}
    return None, {}
