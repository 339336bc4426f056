"""The answers that retry scripts are made of, and where botocore and the gateway read one differently.

Imported by make-retry-scripts, which sets botocore's variables first.
"""

import json

import botocore.exceptions
import botocore.retries.standard as standard

THROTTLING_CODES = standard.ThrottledRetryableChecker._THROTTLED_ERROR_CODES
TRANSIENT_CODES = standard.TransientRetryableChecker._TRANSIENT_ERROR_CODES
TRANSIENT_STATUSES = standard.TransientRetryableChecker._TRANSIENT_STATUS_CODES
OTHER_CODES = [
    "ResourceNotFoundFault",
    "InvalidResourceStateFault",
    "AccessDeniedFault",
    "AccessDeniedException",
    "UnrecognizedClientException",
    "ConflictException",
    "ValidationException",
    "ResourceNotFoundException",
    "InternalServerException",
    "ServiceUnavailable",
    "QueryTimeoutException",
    "throttlingexception",
    "ThrottlingExceptions",
    "Timeout",
]
STATUSES = [301, 302, 304, 307, 400, 401, 403, 404, 408, 409, 413, 418, 429, 500, 501, 502, 503, 504, 505, 599]
WISHES = ["0", "1", "40", "+250", "1000", " 1500 ", "5000", "6001", "25000", "86400000"]
WISHES += ["86400001", "9223372036854775807", "9223372036854775808", "99999999999999999999"]
UNREADABLE_WISHES = ["", " ", "-1", "-5000", "-99999999999999999999", "1.5", "2e3", "0x10", "soon", "1000ms", "1,000"]
PYTHON_WISHES = ["1_500"]

LOST = {
    "connect-timeout": lambda url: botocore.exceptions.ConnectTimeoutError(endpoint_url=url),
    "no-connection": lambda url: botocore.exceptions.EndpointConnectionError(endpoint_url=url),
    "connection-closed": lambda url: botocore.exceptions.ConnectionClosedError(endpoint_url=url),
    "no-http": lambda url: botocore.exceptions.HTTPClientError(error="no HTTP"),
    "cut-short": lambda url: botocore.exceptions.ResponseStreamingError(error="cut short"),
    "read-timeout": lambda url: botocore.exceptions.ReadTimeoutError(endpoint_url=url),
    "tls": lambda url: botocore.exceptions.SSLError(endpoint_url=url, error="untrusted"),
}
GOOD_BODY = '{"value":"good"}'


def answer(status, body="", errortype=None, wish=None):
    """An HTTP answer as it is written to the file."""
    headers = []
    if errortype is not None:
        headers.append(["x-amzn-errortype", errortype])
    if wish is not None:
        headers.append(["x-amz-retry-after", wish])
    return {"status": status, "headers": headers, "body": body}


def decorated(code, index):
    """The code as services write it: bare, with a namespace, with an address, with both."""
    return [
        code,
        f"com.amazonaws.example#{code}",
        f"{code}:http://internal.amazon.com/coral/com.amazon.coral.service/",
        f"com.amazonaws.example#{code}:http://internal.amazon.com/coral#x",
    ][index % 4]


def body(**members):
    """A JSON body."""
    return json.dumps({**members, "message": "of the script"}, separators=(",", ":"))


def coded_answers(pick):
    """Every code, in every place, under several statuses and with every kind of wish."""
    index = 0
    wishes = [None, None, None, *WISHES, *UNREADABLE_WISHES]
    # A code on its own is tried with the statuses that services give it and with any other.
    for code in [*dict.fromkeys([*THROTTLING_CODES, *TRANSIENT_CODES, *OTHER_CODES])]:
        for status in [400, pick([429, 503]), pick(STATUSES), pick(STATUSES)]:
            index += 1
            yield answer(status, body(__type=decorated(code, index)), wish=pick(wishes))
        for status in [400, pick(STATUSES)]:
            index += 1
            text = decorated(code, index)
            yield answer(status, pick([body(), "{}", "", "not JSON"]), errortype=text, wish=pick(wishes))
            yield answer(status, body(code=text), wish=pick(wishes))
            yield answer(status, body(Code=text), wish=pick(wishes))
            # The places agree, each in its own spelling.
            agreeing = body(__type=decorated(code, index + 1), code=decorated(code, index + 2))
            yield answer(status, agreeing, errortype=text, wish=pick(wishes))
    for first, second in [("SlowDown", "ConflictException"), ("ConflictException", "SlowDown")]:
        yield answer(400, body(__type=second), errortype=first)
        yield answer(400, body(__type=first, code=second))
        yield answer(400, body(code=first, Code=second))
        yield answer(503, "", errortype=first)
        yield answer(503, "<html><body>Service Unavailable</body></html>", errortype=first)
        yield answer(400, body(__type=first), errortype="")
        yield answer(400, body(), errortype="")


def answers(pick):
    """Every answer that a script may hold."""
    yield from coded_answers(pick)
    for status in STATUSES:
        for text in ["", "<html><body>An error</body></html>", '{"__type":"SlowDo', body()]:
            yield answer(status, text)
    for wish in [*WISHES, *UNREADABLE_WISHES, *PYTHON_WISHES]:
        yield answer(400, body(__type="ThrottlingException"), wish=wish)
        yield answer(503, wish=wish)
    for wish in [None, None, None, None, "1000"]:
        yield answer(pick([200, 201]), GOOD_BODY, wish=wish)
    yield answer(404, body(__type="ResourceNotFoundException"), wish="1000")
    for text in ["", "<html></html>", '{"value":"go']:
        yield answer(200, text)
    for kind in LOST:
        yield {"lost": kind}


def parts(given):
    """The error code in each of an answer's places, bare: the header, `__type`, `code` or `Code`."""
    header = dict(given["headers"]).get("x-amzn-errortype")
    try:
        members = json.loads(given["body"] or "{}")
    except ValueError:
        members = {}
    texts = [header, members.get("__type"), members.get("code", members.get("Code"))]
    return [text if text is None else text.split(":", 1)[0].rsplit("#", 1)[-1] for text in texts]


def code_outside_type_in_json(service, given):
    """Of AWS JSON botocore reads `__type` alone; Smithy's description of the protocol names all the places."""
    header, kind, code = parts(given)
    first = header or kind or code
    return service == "dms" and given["status"] >= 301 and bool(first) and first != kind


def code_before_type_in_rest_json(service, given):
    """Of a body with both, botocore takes `code` and the gateway `__type`; services send one."""
    header, kind, code = parts(given)
    return service == "iottwinmaker" and not header and bool(kind) and bool(code) and kind != code


def empty_errortype_header(service, given):
    """To botocore an empty header is the code; the gateway looks on."""
    header, kind, code = parts(given)
    return service == "iottwinmaker" and header == "" and bool(kind or code)


def errortype_without_body(service, given):
    """Of a 5xx without a body, or with a page, botocore reads no header."""
    header, _, _ = parts(given)
    is_generic = given["status"] >= 500 and (not given["body"].strip() or given["body"].startswith("<html>"))
    return service == "iottwinmaker" and is_generic and bool(header)


def too_many_requests_without_code(service, given):
    """A 429 that names no code throttles the gateway; botocore goes by codes and gives up."""
    return given["status"] == 429 and not any(parts(given))


def unreadable_success(service, given):
    """botocore takes a success that is no JSON for an empty one; to the gateway it is an invalid answer."""
    return given["status"] < 300 and given["body"] != GOOD_BODY


def wish_in_python(service, given):
    """int() takes underscores between digits."""
    return dict(given["headers"]).get("x-amz-retry-after") in PYTHON_WISHES


def lost_by_tls(service, given):
    """botocore tries again after a TLS failure; to the gateway a certificate that is not trusted stays so."""
    return given["lost"] == "tls"


DIFFERENCES = [
    code_outside_type_in_json,
    code_before_type_in_rest_json,
    empty_errortype_header,
    errortype_without_body,
    too_many_requests_without_code,
    unreadable_success,
    wish_in_python,
]
LOST_DIFFERENCES = [lost_by_tls]


def rule(service, given):
    """The name of the rule by which an answer is left out, or None."""
    rules = LOST_DIFFERENCES if "lost" in given else DIFFERENCES
    return next((entry.__name__.replace("_", "-") for entry in rules if entry(service, given)), None)
