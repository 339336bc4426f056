"""The places that a machine's credentials come from: IMDSv2, the container endpoint, the portal of SSO."""

import json

from peer import Peer
from record import RECORD

ROLE_PATH = "/latest/meta-data/iam/security-credentials/"
CONTAINER_PATH = "/v2/credentials/tests"


class MetadataPeer(Peer):
    """All three on one port. Credentials are the same for all who ask, and new ones come at the half of their life.

    `container_token` is the Authorization that the container endpoint wants, `sso_token` the portal's bearer token.
    The names of the calls: `token`, `role`, `credentials` (IMDS), `container`, `sso`.
    """

    def __init__(self, ring):
        self.ring = ring
        self.lifetime = 3600
        self.role = "tests-instance-role"
        self.container_token = RECORD.secret("container token", "container-authorization-of-the-tests-1")
        self.sso_token = RECORD.secret("SSO token", "sso-access-token-of-the-tests-1")
        self._session_token = RECORD.secret("IMDS token", "imds-session-token-of-the-tests==")
        self._kept = {}
        super().__init__()

    @property
    def fetches(self):
        """How often credentials were asked for."""
        return sum(self.count(name) for name in ("credentials", "container", "sso"))

    def answer(self, asked):
        if asked.path == "/latest/api/token":
            return self._token(asked)
        if asked.path.startswith(ROLE_PATH):
            return self._instance(asked)
        if asked.path == CONTAINER_PATH:
            return self._container(asked)
        if asked.path == "/federation/credentials":
            return self._portal(asked)
        self.violations.append(f"nobody asks for {asked.method} {asked.path}")
        return 404, "text/plain", "Not Found"

    def current(self, kind):
        """The credentials of a kind that are given out now."""
        issued = self._kept.get(kind)
        if issued is None or issued.remaining(self.now) <= self.lifetime / 2:
            principal = f"arn:aws:iam::123456789012:role/{self.role}/{kind}"
            issued = self._kept[kind] = self.ring.issue(principal, self.lifetime, self.now)
        return issued

    def forget(self):
        """The next who asks gets new credentials."""
        self._kept = {}

    def _token(self, asked):
        asked.name = "token"
        ttl = asked["x-aws-ec2-metadata-token-ttl-seconds"]
        if asked.method != "PUT" or not (ttl or "").isdigit() or not 1 <= int(ttl) <= 21600 or asked["x-forwarded-for"]:
            self.violations.append(f"{asked.method} with the TTL {ttl} gets no IMDS token")
            return 400, "text/plain", "Bad Request"
        return 200, "text/plain", self._session_token

    def _instance(self, asked):
        name = asked.path[len(ROLE_PATH):]
        asked.name = "credentials" if name else "role"
        if asked["x-aws-ec2-metadata-token"] != self._session_token:
            self.violations.append("IMDSv1 is asked, or with another token")
            return 401, "text/plain", "Unauthorized"
        if not name:
            return 200, "text/plain", self.role
        if name != self.role or asked.method != "GET":
            return 404, "text/plain", "Not Found"
        issued = self.current("instance")
        return _json({
            "Code": "Success", "LastUpdated": self.now.strftime("%Y-%m-%dT%H:%M:%SZ"), "Type": "AWS-HMAC",
            "AccessKeyId": issued.key, "SecretAccessKey": issued.secret, "Token": issued.token,
            "Expiration": issued.timestamp,
        })

    def _container(self, asked):
        asked.name = "container"
        if asked["authorization"] != self.container_token:
            return _json({"code": "AccessDenied", "message": "the authorization is not the file's"}, 403)
        issued = self.current("container")
        return _json({
            "RoleArn": issued.principal, "AccessKeyId": issued.key, "SecretAccessKey": issued.secret,
            "Token": issued.token, "Expiration": issued.timestamp,
        })

    def _portal(self, asked):
        asked.name = "sso"
        if asked["x-amz-sso_bearer_token"] != self.sso_token:
            return _json({"message": "Session token not found or invalid"}, 401)
        if asked.query != {"role_name": "tests", "account_id": "123456789012"} or asked["authorization"]:
            self.violations.append(f"the portal is asked for {asked.query}")
        issued = self.current("sso")
        return _json({"roleCredentials": {
            "accessKeyId": issued.key, "secretAccessKey": issued.secret, "sessionToken": issued.token,
            "expiration": int(issued.expiry.timestamp() * 1000),
        }})


def _json(value, status=200):
    return status, "application/json", json.dumps(value)
