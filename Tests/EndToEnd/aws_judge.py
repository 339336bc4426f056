"""An AWS that believes nothing: it recomputes every signature with botocore and holds every request
against the service model and against what boto3 would have sent.

It listens on 127.0.0.1, with or without TLS, answers from a script that each test writes, and keeps
all it received. Whatever is wrong with a request stands in `violations`.
"""

import datetime
import hashlib
import json
import re
import socket
import ssl
import threading
import urllib.parse
import uuid

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import aws_model
from aws_answers import Held, Reply, refusal
from aws_model import DMS, REGION, TWINMAKER
from record import RECORD

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[A-Z0-9]+)/(?P<day>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, "
    r"SignedHeaders=(?P<signed>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)
NEVER_SIGNED = {"connection", "expect", "user-agent", "x-amzn-trace-id", "transfer-encoding", "traceparent",
                "authorization", "accept-encoding", "amz-sdk-invocation-id", "amz-sdk-request"}
SKEW = datetime.timedelta(minutes=5)


class Received:
    """One request as it came, and what the judge made of it."""

    def __init__(self, method, target, fields, body, secure):
        self.method, self.target, self.fields, self.body, self.secure = method, target, fields, body, secure
        self.request_id = str(uuid.uuid4())
        self.violations = []
        self.service = DMS if self["x-amz-target"] else TWINMAKER
        self.operation, self.parameters = None, {}
        self.signed, self.key = [], None
        self.at = None

    def __getitem__(self, name):
        values = [value for field, value in self.fields if field.lower() == name]
        return values[0] if values else None

    def __repr__(self):
        return f"<{self.operation or self.method + ' ' + self.target} {self.parameters}>"


class Exchange:
    """What an answer may do with the connection it answers on."""

    def __init__(self, connection, request, clock_offset):
        self.socket, self.request_id, self.clock_offset = connection, request.request_id, clock_offset

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def wait_for_close(self):
        self.socket.settimeout(60)
        try:
            while self.socket.recv(4096):
                pass
        except OSError:
            pass


class Judge:
    """The server of one region. `credentials` are those it knows: access key → (secret, session token or None), and
    the moment from which they have expired where they do."""

    def __init__(self, credentials, certificate=None, region=REGION):
        self.credentials, self.region = credentials, region
        self._tls = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*certificate)
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._open = set()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._socket.getsockname()[1]
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        self.reset()
        threading.Thread(target=self._accept, daemon=True).start()

    # What tests do.

    def reset(self):
        """Forgets requests, violations and script."""
        with self._lock:
            self.requests, self.violations, self._script = [], [], {}
            self.failed_handshakes = 0
            self.clock_offset = datetime.timedelta()
            self.skew_code, self.refusals_gate = "InvalidSignatureException", None

    def on(self, operation, *replies):
        """Answers an operation's calls with these in turn; the last one stays."""
        with self._lock:
            self._script[operation] = list(replies)

    def calls(self, operation=None):
        """The requests so far, or those of one operation."""
        with self._lock:
            return [r for r in self.requests if operation in (None, r.operation)]

    def wait_for(self, count, seconds=20):
        """Waits until so many requests have come."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.requests) >= count, seconds), \
                f"{len(self.requests)} of {count} requests came in {seconds} s"

    def forgive(self, *texts):
        """Drops the violations that hold one of the texts (the test provoked them) and returns them."""
        with self._lock:
            forgiven = [v for v in self.violations if any(text in v for text in texts)]
            self.violations = [v for v in self.violations if v not in forgiven]
        return forgiven

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.cut()

    def cut(self):
        """Ends every open connection."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    # The server.

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self._tls:
                try:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                except OSError:
                    with self._lock:
                        self.failed_handshakes += 1
                    return
            with self._lock:
                self._open.add(connection)
            reader = connection.makefile("rb")
            while True:
                request = self._read(reader, secure=self._tls is not None)
                if request is None or not self._answer(connection, request):
                    return
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            try:
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            connection.close()

    @staticmethod
    def _read(reader, secure):
        start = reader.readline(65537)
        if not start.endswith(b"\r\n"):
            return None
        method, target, _ = start.decode("latin-1").rstrip("\r\n").split(" ")
        fields = []
        while True:
            line = reader.readline(65537).decode("latin-1")
            if line == "\r\n":
                break
            name, value = line.rstrip("\r\n").split(":", 1)
            fields.append((name, value.strip(" \t")))
        length = next((int(value) for name, value in fields if name.lower() == "content-length"), 0)
        return Received(method, target, fields, reader.read(length), secure)

    def _answer(self, connection, request):
        request.at = datetime.datetime.now(datetime.timezone.utc)
        verdict = self._judge(request)
        if verdict and self.refusals_gate:
            verdict = Held(verdict, self.refusals_gate)
        with self._arrived:
            self.requests.append(request)
            self.violations += [f"{request}: {violation}" for violation in request.violations]
            script = self._script.get(request.operation)
            reply = script.pop(0) if script and len(script) > 1 else script[0] if script else None
            if verdict is None and reply is None:
                self.violations.append(f"{request}: a call that this test did not expect")
            self._arrived.notify_all()
        exchange = Exchange(connection, request, self.clock_offset)
        return (verdict or reply or Reply(500, '{"message": "unexpected call"}')).deliver(exchange)

    # The judgement.

    def _judge(self, request):
        """AWS's own refusal when the request deserves one; all faults go to the request's violations."""
        faults = request.violations
        self._identify(request)
        if request.operation is None:
            faults.append(f"no operation has {request.method} {request.target} {request['x-amz-target']}")
            named = ("x-amzn-ErrorType", "UnknownOperationException")
            return Reply(404, '{"__type": "UnknownOperationException"}', [named])
        refused = self._check_signature(request)
        if refused:
            faults.append(f"{refused[0]}: {refused[1]}")
            return refusal(request.operation, *refused)
        self._check_framing(request)
        complaints = aws_model.complaints_about_input(request.operation, request.parameters)
        faults += complaints
        if complaints:
            return refusal(request.operation, "ValidationException", complaints[0], status=400)
        self._compare_with_boto3(request)
        return None

    @staticmethod
    def _identify(request):
        if request.service is DMS:
            prefix, _, name = request["x-amz-target"].partition(".")
            if prefix == DMS.model.metadata["targetPrefix"] and name in DMS.model.operation_names:
                request.operation = name
                try:
                    request.parameters = json.loads(request.body)
                except ValueError:
                    request.violations.append(f"the body is no JSON: {request.body!r}")
            return
        path = request.target.split("?")[0]
        request.operation, request.parameters = aws_model.rest_operation(TWINMAKER, request.method, path)
        if request.operation and request.body:
            request.parameters = {**request.parameters, **json.loads(request.body)}

    def _check_framing(self, request):
        names = [name.lower() for name, _ in request.fields]
        faults = request.violations
        for name in set(names):
            if names.count(name) > 1:
                faults.append(f"{name} is sent {names.count(name)} times")
        if request["host"] != f"127.0.0.1:{self.port}" and request["host"] != f"localhost:{self.port}":
            faults.append(f"Host is {request['host']}")
        if "transfer-encoding" in names:
            faults.append("the body's length is not said")
        if request.method in ("POST", "PUT") and "content-length" not in names:
            faults.append("a request with a body has no Content-Length")

    def _check_signature(self, request):
        """None, or (code, message) as AWS would refuse."""
        names = [name.lower() for name, _ in request.fields]
        match = AUTHORIZATION.fullmatch(request["authorization"] or "")
        if not match:
            return "IncompleteSignatureException", f"Authorization is {request['authorization']!r}"
        RECORD.secret("signature", match["signature"])
        request.signed = match["signed"].split(";")
        if match["key"] not in self.credentials:
            return "UnrecognizedClientException", f"no access key {match['key']}"
        request.key = match["key"]
        secret, token, *expiry = self.credentials[request.key]
        if request["x-amz-security-token"] != token:
            return "UnrecognizedClientException", "the session token is not the credentials' own"
        if expiry and expiry[0] and request.at + self.clock_offset >= expiry[0]:
            return "ExpiredTokenException", "The security token included in the request is expired"
        scope = (match["region"], match["service"])
        if scope != (self.region, request.service.signing_name):
            return "InvalidSignatureException", f"Credential should be scoped to {request.service.name}, not {scope}"
        missing = {name for name in names if name in ("host", "content-type") or name.startswith("x-amz-")}
        if not missing <= set(request.signed):
            return "InvalidSignatureException", f"unsigned: {missing - set(request.signed)}"
        if not set(request.signed) <= set(names):
            return "InvalidSignatureException", f"signed but not sent: {set(request.signed) - set(names)}"
        if request.signed != sorted(set(request.signed)) or set(request.signed) & NEVER_SIGNED:
            request.violations.append(f"SignedHeaders are {request.signed}")
        return self._check_time(request, match["day"]) or self._recompute(request, match["signature"], secret, token)

    def _check_time(self, request, day):
        timestamp = request["x-amz-date"]
        try:
            instant = datetime.datetime.strptime(timestamp or "", "%Y%m%dT%H%M%SZ")
        except ValueError:
            return "IncompleteSignatureException", f"X-Amz-Date is {timestamp!r}"
        if not timestamp.startswith(day):
            return "InvalidSignatureException", f"the scope's day {day} is not that of {timestamp}"
        now = request.at + self.clock_offset
        if abs(now - instant.replace(tzinfo=datetime.timezone.utc)) > SKEW:
            ours = now.strftime("%Y%m%dT%H%M%SZ")
            return self.skew_code, f"Signature not yet current or expired: {timestamp}, our clock: {ours}"
        return None

    def _recompute(self, request, signature, secret, token):
        url = f"{'https' if request.secure else 'http'}://{request['host']}{request.target}"
        seen = AWSRequest(method=request.method, url=url, data=request.body)
        for name, value in request.fields:
            if name.lower() in request.signed:
                seen.headers.add_header(name, value)
        stated = request["x-amz-content-sha256"]
        if stated and stated != hashlib.sha256(request.body).hexdigest():
            return "InvalidSignatureException", "X-Amz-Content-Sha256 is not the body's"
        seen.context["timestamp"] = request["x-amz-date"]
        signer = SigV4Auth(Credentials("unused", secret, token), request.service.signing_name, self.region)
        canonical = signer.canonical_request(seen)
        expected = signer.signature(signer.string_to_sign(seen, canonical), seen)
        if expected != signature:
            ours = f"The request signature we calculated does not match. Ours:\n{canonical}"
            return "InvalidSignatureException", ours
        return None

    @staticmethod
    def _compare_with_boto3(request):
        """Method, target, content type, X-Amz-Target and body must be boto3's own."""
        theirs = request.service.boto3_request(request.operation, request.parameters)
        split = urllib.parse.urlsplit(theirs.url)
        expected = {
            "method": theirs.method,
            "target": split.path + (f"?{split.query}" if split.query else ""),
            "content-type": _text(theirs.headers.get("Content-Type")),
            "x-amz-target": _text(theirs.headers.get("X-Amz-Target")),
            "body": json.loads(theirs.body) if theirs.body else None,
        }
        ours = {
            "method": request.method,
            "target": request.target,
            "content-type": request["content-type"],
            "x-amz-target": request["x-amz-target"],
            "body": json.loads(request.body) if request.body else None,
        }
        for part, value in expected.items():
            if ours[part] != value:
                request.violations.append(f"{part} is {ours[part]!r}, boto3 sends {value!r}")


def _text(value):
    return value.decode() if isinstance(value, bytes) else value
