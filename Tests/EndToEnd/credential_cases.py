"""The credential cases of Tests/AWSRuntimeTests/CredentialCases, played through botocore.

The Swift tests play the same folders through the program's own providers. A case is a folder of these:

env.json       `environment`, and what the configuration adds: `profile`, `region` (else eu-west-1), `withinSeconds`
fs/, fs2/      the files, and those that change before the second round; ${FS} stands for the directory they are in
http.json      the network: what is sent, and what comes back. A request fits by method and URL, in any order of its
               query; those of its headers and form fields that are named must be so (`null`: not there). Each is
               sent exactly once, those alike in order; one that `repeats`, any number of times. `only` names
               the one of `botocore` and `jobgate` that sends it. Instead of an answer there is `timeout` or
               `connectFailure`.
expected.json  the credentials and a part of where they come from, or `error`, parts of the program's sentence;
               `then`, the same of the second round. `botocore` tells its own outcome where that is an error or
               where it `differsFromBotocore`, which says why.

Every secret is called `secret-of-…` or `token-of-…`, so that one in a message is found.
"""

import datetime
import getpass
import json
import os
import shutil
import types
import urllib.parse
from pathlib import Path

import botocore.credentials
import botocore.endpoint
import botocore.httpsession
import botocore.session
import botocore.tokens
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

CASES = Path(__file__).parent.parent / "AWSRuntimeTests" / "CredentialCases"
REGION = "eu-west-1"
MFA_CODE = "123456"


class Case:
    """One folder."""

    def __init__(self, folder):
        self.name = folder.name
        self.folder = folder
        self.setting = self._read("env.json")
        self.expected = self._read("expected.json")
        self.exchanges = self._read("http.json", default=[])

    def _read(self, name, default=None):
        path = self.folder / name
        return default if default is not None and not path.exists() else json.loads(path.read_text())

    def lay_out(self, target, source="fs"):
        """Copies the files; their modes stay, ${FS} in them becomes the directory."""
        files = self.folder / source
        for path in sorted(files.rglob("*")):
            copy = target / path.relative_to(files)
            if path.is_file():
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes().replace(b"${FS}", os.fsencode(target)))
                shutil.copymode(path, copy)

    def environment(self, target):
        variables = {name: value.replace("${FS}", str(target)) for name, value in self.setting["environment"].items()}
        return {**variables, "AWS_DEFAULT_REGION": self.setting.get("region", REGION)}


def all_cases():
    return [Case(path) for path in sorted(CASES.iterdir()) if path.is_dir()]


class ScriptedNetwork:
    """Answers what botocore sends from a case's exchanges, each once and in order unless it `repeats`."""

    def __init__(self, exchanges):
        self.exchanges = [exchange for exchange in exchanges if exchange.get("only", "botocore") == "botocore"]
        self.played = [0] * len(self.exchanges)
        self.violations = []

    @property
    def unplayed(self):
        return [
            f"{exchange['request']['method']} {exchange['request']['url']}"
            for exchange, times in zip(self.exchanges, self.played)
            if not times
        ]

    def send(self, session, request):
        """Stands in for URLLib3Session.send."""
        index = self._next(request)
        if index is None:
            self.violations.append(f"nobody expects {request.method} {request.url}")
            raise EndpointConnectionError(endpoint_url=request.url)
        self.played[index] += 1
        exchange = self.exchanges[index]
        self.violations += _mismatches(exchange["request"], request)
        return self._answer(exchange["response"], request.url)

    def _next(self, request):
        for index, exchange in enumerate(self.exchanges):
            expected = exchange["request"]
            is_open = exchange.get("repeats") or not self.played[index]
            if is_open and (expected["method"], *_parts(expected["url"])) == (request.method, *_parts(request.url)):
                return index
        return None

    @staticmethod
    def _answer(response, url):
        if response == "connectFailure":
            raise EndpointConnectionError(endpoint_url=url)
        if response == "timeout":
            raise ReadTimeoutError(endpoint_url=url)
        body = response.get("body", "")
        if "json" in response:
            body = json.dumps(response["json"])
        elif isinstance(body, list):
            body = "\n".join(body)
        raw = types.SimpleNamespace(stream=lambda: iter([body.encode()]))
        return AWSResponse(url, response["status"], response.get("headers", {}), raw)


def _parts(url):
    """The URL without its query, and the query's fields in order of name."""
    split = urllib.parse.urlsplit(url)
    return f"{split.scheme}://{split.netloc}{split.path or '/'}", sorted(urllib.parse.parse_qsl(split.query))


def _mismatches(expected, request):
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    form = dict(urllib.parse.parse_qsl(_text(request.body or b""), keep_blank_values=True))
    found = []
    for kind, wanted, values in (("header", "headers", headers), ("field", "body", form)):
        for name, value in expected.get(wanted, {}).items():
            actual = values.get(name.lower() if kind == "header" else name)
            fits = value["contains"] in (actual or "") if isinstance(value, dict) else actual == value
            if not fits:
                found.append(f"{request.method} {request.url}: the {kind} {name} is {actual!r}, not {value!r}")
    return found


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


class Botocore:
    """botocore in a case's environment."""

    def __init__(self, case, directory, monkeypatch):
        self.case = case
        self.network = ScriptedNetwork(case.exchanges)
        self._files = directory
        self._session = None
        self._credentials = None
        case.lay_out(directory)
        for name in list(os.environ):
            if name not in case.setting["environment"]:
                monkeypatch.delenv(name)
        for name, value in case.environment(directory).items():
            monkeypatch.setenv(name, value)
        cache = os.path.expanduser("~/.aws/sso/cache")
        monkeypatch.setattr(botocore.credentials.SSOProvider, "_SSO_TOKEN_CACHE_DIR", cache)
        monkeypatch.setattr(botocore.tokens.SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", cache)
        monkeypatch.setattr(
            botocore.httpsession.URLLib3Session, "send", lambda session, request: self.network.send(session, request))
        monkeypatch.setattr(botocore.endpoint, "time", types.SimpleNamespace(sleep=lambda seconds: None))
        monkeypatch.setattr(getpass, "getpass", _no_terminal)

    def resolve(self):
        """What botocore signs with: a dict like expected.json's, or {"error": the exception's name or None}."""
        try:
            return self._outcome(self._load())
        except Exception as error:  # botocore lets OSError, ValueError and KeyError through as they are
            return {"error": type(error).__name__}

    def resolve_again(self):
        """The second round, after the files of fs2/: a renewal, or a new session where keys are never renewed."""
        self.case.lay_out(self._files, "fs2")
        credentials = self._credentials
        try:
            if not isinstance(credentials, botocore.credentials.RefreshableCredentials):
                return self._outcome(self._load())
            cache = getattr(getattr(credentials._refresh_using, "__self__", None), "_cache", {})
            cache.clear()
            credentials._protected_refresh(is_mandatory=True)
            return self._outcome(credentials)
        except Exception as error:
            return {"error": type(error).__name__}

    def _load(self):
        self._session = botocore.session.Session(profile=self.case.setting.get("profile"))
        resolver = self._session.get_component("credential_provider")
        resolver.get_provider("container-role")._fetcher._sleep = lambda seconds: None
        # It asks a human for the code; its default is bound before anything could be put in its place.
        resolver.get_provider("assume-role")._prompter = lambda prompt: MFA_CODE
        self._credentials = resolver.load_credentials()
        return self._credentials

    @staticmethod
    def _outcome(credentials):
        if credentials is None:
            return {"error": None}
        frozen = credentials.get_frozen_credentials()
        expiry = getattr(credentials, "_expiry_time", None)
        return {
            "accessKeyId": frozen.access_key,
            "secretAccessKey": frozen.secret_key,
            "sessionToken": frozen.token,
            "expiration": expiry and expiry.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "method": credentials.method,
        }


def _no_terminal(prompt):
    raise AssertionError(f"botocore asks a human: {prompt}")
