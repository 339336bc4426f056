"""An STS that speaks the real XML and believes nothing: botocore recomputes the signatures of what is signed."""

import datetime
import re
import urllib.parse
import uuid
from xml.sax.saxutils import escape

import botocore.parsers
import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.model import ServiceModel

from aws_judge import AUTHORIZATION, SKEW
from aws_model import ACCOUNT, REGION
from peer import Peer
from record import RECORD

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
MODEL = ServiceModel(botocore.session.get_session().get_component("data_loader").load_service_model("sts", "service-2"))
PARSER = botocore.parsers.create_parser("query")


class Refused(Exception):
    """An error of STS: (code, message, status)."""


class SecurityTokenPeer(Peer):
    """The server. It adds what it issues to the ring, and takes as base identities what is in it.

    `lifetime` is that of what it issues, in seconds; with `steady` the same role gets the same credentials again for
    as long as they live. `refused` maps a role's ARN to (code, message, status). `web_tokens` are the tokens it takes.
    """

    def __init__(self, ring, region=REGION):
        self.ring, self.region = ring, region
        self.lifetime = 3600
        self.steady = False
        self.refused = {}
        self.web_tokens = set()
        self._kept = {}
        super().__init__()

    @property
    def session_names(self):
        """The role session names that were asked for, in order."""
        return [asked.form["RoleSessionName"] for asked in list(self.calls) if "RoleSessionName" in asked.form]

    def answer(self, asked):
        asked.form = dict(urllib.parse.parse_qsl(asked.body.decode(), keep_blank_values=True, strict_parsing=True))
        asked.name = asked.form.get("Action")
        try:
            self._check_form(asked)
            if asked.name == "AssumeRoleWithWebIdentity":
                result = self._web_identity(asked)
            else:
                signer = self._check_signature(asked)
                result = self._assume(asked) if asked.name == "AssumeRole" else self._identity(signer)
        except Refused as refusal:
            return self._error(*refusal.args)
        return self._success(asked.name, result)

    # The answers.

    def _assume(self, asked):
        role = asked.form["RoleArn"]
        if role in self.refused:
            raise Refused(*self.refused[role])
        return self._credentials(role, asked.form["RoleSessionName"])

    def _web_identity(self, asked):
        if asked["authorization"] or asked["x-amz-security-token"]:
            self.violations.append("AssumeRoleWithWebIdentity is signed")
        if asked.form["WebIdentityToken"] not in self.web_tokens:
            raise Refused("InvalidIdentityToken", "The token is not one of this provider.", 400)
        role = asked.form["RoleArn"]
        if role in self.refused:
            raise Refused(*self.refused[role])
        return {**self._credentials(role, asked.form["RoleSessionName"]), "Provider": "tests.example"}

    def _credentials(self, role, session):
        issued = self._kept.get(role) if self.steady else None
        if issued is None or issued.remaining(self.now) <= 0:
            issued = self.ring.issue(f"{role}/{session}", self.lifetime, self.now)
            self._kept[role] = issued
        return {
            "Credentials": {
                "AccessKeyId": issued.key, "SecretAccessKey": issued.secret, "SessionToken": issued.token,
                "Expiration": issued.timestamp,
            },
            "AssumedRoleUser": {"AssumedRoleId": f"AROATESTS:{session}", "Arn": self.arn(role, session)},
        }

    @staticmethod
    def arn(role, session):
        """The ARN of a role's session."""
        return role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + f"/{session}"

    def _identity(self, key):
        owner = next((issued.principal for issued in self.ring.issued if issued.key == key), None)
        arn = self.arn(*owner.rsplit("/", 1)) if owner else f"arn:aws:iam::{ACCOUNT}:user/tests"
        return {"Arn": arn, "UserId": "AIDATESTS", "Account": arn.split(":")[4]}

    # The checks.

    def _check_form(self, asked):
        if asked.method != "POST" or asked.path != "/" or asked.query:
            self.violations.append(f"{asked.method} {asked.target} is no call of STS")
        if not (asked["content-type"] or "").startswith("application/x-www-form-urlencoded"):
            self.violations.append(f"Content-Type is {asked['content-type']}")
        if asked.form.get("Version") != "2011-06-15":
            raise Refused("InvalidAction", f"Version is {asked.form.get('Version')}", 400)
        if asked.name not in ("AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity"):
            raise Refused("InvalidAction", f"no action {asked.name}", 400)
        shape = MODEL.operation_model(asked.name).input_shape
        given = set(asked.form) - {"Action", "Version"}
        if not set(shape.required_members) <= given or not given <= set(shape.members):
            self.violations.append(f"{asked.name} has the parameters {sorted(given)}")
            raise Refused("ValidationError", "missing or unknown parameters", 400)
        for name in given:
            metadata, text = shape.members[name].metadata, asked.form[name]
            size = int(text) if shape.members[name].type_name == "integer" else len(text)
            pattern = (metadata.get("pattern") or ".*").replace("\\u0009", "\t").replace("\\u000A", "\n")
            if name in ("RoleSessionName", "ExternalId") and not re.fullmatch(pattern, text) or \
                    not metadata.get("min", 0) <= size <= metadata.get("max", 1 << 30):
                self.violations.append(f"{name} is {text!r}")
                raise Refused("ValidationError", f"{name} is not valid", 400)

    def _check_signature(self, asked):
        """The access key that signed."""
        match = AUTHORIZATION.fullmatch(asked["authorization"] or "")
        if not match:
            raise Refused("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        RECORD.secret("signature", match["signature"])
        if match["key"] not in self.ring:
            raise Refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        secret, token, *expiry = self.ring[match["key"]]
        if asked["x-amz-security-token"] != token:
            raise Refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        if expiry and expiry[0] and self.now >= expiry[0]:
            raise Refused("ExpiredToken", "The security token included in the request is expired", 403)
        if (match["region"], match["service"]) != (self.region, "sts"):
            self.violations.append(f"the signature is scoped to {match['region']}/{match['service']}")
            raise Refused("SignatureDoesNotMatch", "Credential should be scoped to a valid region.", 403)
        needed = {"host", "x-amz-date", "content-type"} | ({"x-amz-security-token"} if token else set())
        if not needed <= set(match["signed"].split(";")):
            self.violations.append(f"signed are only {match['signed']}")
        self._check_time(asked)
        seen = AWSRequest(method="POST", url=f"http://{asked['host']}{asked.target}", data=asked.body)
        for name, value in asked.fields:
            if name.lower() in match["signed"].split(";"):
                seen.headers.add_header(name, value)
        seen.context["timestamp"] = asked["x-amz-date"]
        signer = SigV4Auth(Credentials("unused", secret, token), "sts", self.region)
        if signer.signature(signer.string_to_sign(seen, signer.canonical_request(seen)), seen) != match["signature"]:
            raise Refused("SignatureDoesNotMatch", "The request signature we calculated does not match the signature "
                          "you provided. Check your AWS Secret Access Key and signing method.", 403)
        return match["key"]

    def _check_time(self, asked):
        instant = datetime.datetime.strptime(asked["x-amz-date"], "%Y%m%dT%H%M%SZ")
        if abs(self.now - instant.replace(tzinfo=datetime.timezone.utc)) > SKEW:
            ours = self.now.strftime("%Y%m%dT%H%M%SZ")
            raise Refused("SignatureDoesNotMatch", f"Signature not yet current or expired: {asked['x-amz-date']} is "
                          f"too far from {ours}", 403)

    # The XML.

    @classmethod
    def _success(cls, action, result):
        text = (f'<{action}Response xmlns="{NAMESPACE}">\n  <{action}Result>{_xml(result)}</{action}Result>\n'
                f"  <ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>\n</{action}Response>\n")
        shape = MODEL.operation_model(action).output_shape
        parsed = PARSER.parse({"status_code": 200, "headers": {}, "body": text.encode()}, shape)
        assert set(result) <= set(parsed), f"botocore reads {parsed}"
        return 200, "text/xml", text

    @staticmethod
    def _error(code, message, status):
        return status, "text/xml", (
            f'<ErrorResponse xmlns="{NAMESPACE}">\n  <Error>\n    <Type>Sender</Type>\n    <Code>{code}</Code>\n'
            f"    <Message>{escape(message)}</Message>\n  </Error>\n  <RequestId>{uuid.uuid4()}</RequestId>\n"
            "</ErrorResponse>\n")


def _xml(members):
    return "".join(
        f"<{name}>{_xml(value) if isinstance(value, dict) else escape(value)}</{name}>"
        for name, value in members.items())
