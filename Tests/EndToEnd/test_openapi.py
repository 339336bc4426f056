"""openapi.yaml is valid, is what the gateway serves, and is what the gateway did in this run."""

import json
import re
import urllib.parse

import pytest
import yaml
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from expectations import CODES, media_type
from gateway_process import ROOT
from record import RECORD

FILE = ROOT / "openapi.yaml"
# The header fields that are part of the contract.
EXPOSED = {"Location", "Retry-After", "RateLimit", "RateLimit-Policy", "Preference-Applied", "X-Request-Id", "Allow",
           "WWW-Authenticate", "Cache-Control", "X-Content-Type-Options", "Vary", "Access-Control-Allow-Origin",
           "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age",
           "Access-Control-Expose-Headers"}


class TextTimes(yaml.SafeLoader):
    """YAML as JSON knows it: a time is a string."""


TextTimes.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def as_json(value):
    """Mapping keys as JSON has them."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def document():
    return as_json(yaml.load(FILE.read_text(encoding="utf-8"), TextTimes))  # noqa: S506 (a SafeLoader)


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_the_served_yaml_is_the_file(gateway):
    answer = gateway.ask("GET", "/openapi.yaml", key=None)
    assert answer.status == 200 and answer.body == FILE.read_bytes()
    assert "yaml" in media_type(answer)


def test_the_served_json_is_the_same_document(gateway, document):
    answer = gateway.ask("GET", "/openapi.json", key=None)
    assert answer.status == 200 and media_type(answer) in ("application/json", "application/vnd.oai.openapi+json")
    assert answer.json == document


def test_each_problem_code_has_its_page(gateway, document):
    codes = set(document["components"]["schemas"]["ProblemCode"]["enum"])
    assert codes >= set(CODES), set(CODES) - codes
    for code in codes:
        answer = gateway.ask("GET", f"/problems/{code}", key=None)
        assert answer.status == 200 and code.encode() in answer.body, answer


def test_every_route_of_this_version_is_described(document):
    routes = {
        "/projects/{project}/conversions/{request}": {"get", "delete"}, "/transfer-jobs/{id}": {"get", "delete"},
        "/whoami": {"get"}, "/openapi.yaml": {"get"}, "/openapi.json": {"get"}, "/problems/{code}": {"get"},
        "/livez": {"get"}, "/readyz": {"get"},
    }
    for path, methods in routes.items():
        assert methods <= set(document["paths"][path]), path


def operation(document, method, target):
    """(path template, operation) that describes a request; for a path or method that no operation has, what is
    said of all those."""
    path = urllib.parse.urlsplit(target).path
    name = "get" if method == "HEAD" else method.lower()
    for template, item in document["paths"].items():
        pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and name in item:
            return template, item[name]
    outside = document["x-answers-outside-operations"]
    if name == "options":
        outside = {**outside, **document["x-preflight-answers"]}
    return "anything else", {"responses": outside}


def resolve(document, value):
    """What a local reference points at; anything else is itself."""
    while "$ref" in value:
        parts = value["$ref"].removeprefix("#/").split("/")
        value = document
        for part in parts:
            value = value[part.replace("~1", "/").replace("~0", "~")]
    return value


def complaints(document, registry, method, target, answer):
    template, described = operation(document, method, target)
    where = f"{method} {template} → {answer.status}"
    found = described["responses"].get(str(answer.status))
    if found is None:
        return [f"{where}: openapi.yaml has no such answer ({answer.body[:200]!r})"]
    response = resolve(document, found)
    surplus = {name for name, _ in answer.fields} & EXPOSED - set(response.get("headers", {}))
    if surplus:
        return [f"{where}: openapi.yaml has no header {surplus}"]
    if method == "HEAD" or not answer.body:
        return []
    if answer.status >= 400 and answer.json["code"] not in response["x-problem-codes"]:
        return [f"{where}: openapi.yaml has no code {answer.json['code']}"]
    content = response.get("content", {})
    media = content.get(media_type(answer))
    if media is None:
        return [f"{where}: openapi.yaml has no {media_type(answer)}, only {list(content)}"]
    if "json" not in media_type(answer) or "schema" not in media:
        return []
    validator = OAS31Validator(absolute(media["schema"]), registry=registry)
    return [f"{where}: {'/'.join(map(str, e.path))}: {e.message[:300]}" for e in validator.iter_errors(answer.json)]


def absolute(value):
    """The value with every reference to the document made absolute, so that any of its schemas stands alone."""
    if isinstance(value, dict):
        return {key: "urn:api" + item if key == "$ref" and isinstance(item, str) and item.startswith("#")
                else absolute(item) for key, item in value.items()}
    return [absolute(item) for item in value] if isinstance(value, list) else value


def test_every_answer_of_this_run_is_as_described(gateway, document):
    for path in ("/whoami", "/livez", "/readyz", "/transfer-jobs/-", "/openapi.json"):
        gateway.ask("GET", path)
    resource = Resource.from_contents(absolute(document), default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:api", resource)
    found = {}
    for method, target, answer in RECORD.exchanges:
        if answer["X-Request-Id"] is None:
            continue
        for complaint in complaints(document, registry, method, target, answer):
            found[complaint] = found.get(complaint, 0) + 1
    assert len(RECORD.exchanges) >= 5
    assert found == {}, json.dumps(found, indent=1)
