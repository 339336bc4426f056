"""Every place that AWS credentials can come from, set up for a process: its environment and AWS's own files."""

import datetime
import hashlib
import json
import pathlib
import sys

from aws_model import REGION
from key_ring import KeyRing
from metadata_peer import CONTAINER_PATH, MetadataPeer
from record import RECORD
from security_token_peer import SecurityTokenPeer

BASE = ("AKIDWORLDBASEIDENTITY", RECORD.secret("secret access key", "base/Secret+k3yOfTheWorldOfTheTests/00001"))
ROLE = "arn:aws:iam::123456789012:role/jobgate-tests"
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_SESSION_TOKEN": None}


class World:
    """The peers, and the environments that lead a process to them. A fresh one knows the base identity alone."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.ring = KeyRing({BASE[0]: (BASE[1], None, None)})
        self.tokens = SecurityTokenPeer(self.ring)
        self.metadata = MetadataPeer(self.ring)
        self._web_token = self.folder / "web-identity-token"
        self._container_token = self.folder / "container-token"

    @property
    def violations(self):
        return self.tokens.violations + self.metadata.violations

    def close(self):
        self.tokens.close()
        self.metadata.close()

    def environment(self, provider):
        """The variables of a process whose credentials come from a provider, one of `PROVIDERS`.

        None takes out what another part of the environment may hold.
        """
        return {
            **NO_KEYS, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL_STS": self.tokens.url,
            "HOME": str(self.folder), **PROVIDERS[provider](self),
        }

    def files(self, config="", credentials=""):
        """Writes AWS's files; the variables that name them."""
        paths = {"AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": credentials}
        for name, text in paths.items():
            (self.folder / name.lower()).write_text(text, encoding="utf-8")
        return {name: str(self.folder / name.lower()) for name in paths}

    # The providers.

    @property
    def _base_keys(self):
        return f"aws_access_key_id = {BASE[0]}\naws_secret_access_key = {BASE[1]}\n"

    def _environment_keys(self):
        return {"AWS_ACCESS_KEY_ID": BASE[0], "AWS_SECRET_ACCESS_KEY": BASE[1]}

    def _static_profile(self):
        return {"AWS_PROFILE": "fixed", **self.files(credentials=f"[fixed]\n{self._base_keys}")}

    def _source_profile(self):
        config = f"[profile gate]\nrole_arn = {ROLE}\nsource_profile = base\nexternal_id = tests-1\n"
        return {"AWS_PROFILE": "gate", **self.files(config, f"[base]\n{self._base_keys}")}

    def _credential_source(self, source, extra):
        config = f"[profile gate]\nrole_arn = {ROLE}\ncredential_source = {source}\n"
        return {**extra, "AWS_PROFILE": "gate", **self.files(config)}

    def _role_of_environment(self):
        # Keys in the environment come before AWS_PROFILE; a profile that is named explicitly takes them out.
        return {**self._credential_source("Environment", self._environment_keys()), "AWS_PROFILE": None}

    def _web_identity(self):
        self.set_web_token("web-identity-token-of-the-tests-1")
        return {"AWS_WEB_IDENTITY_TOKEN_FILE": str(self._web_token), "AWS_ROLE_ARN": ROLE,
                "AWS_ROLE_SESSION_NAME": "tests-web"}

    def _web_identity_profile(self):
        self.set_web_token("web-identity-token-of-the-tests-2")
        config = f"[profile web]\nrole_arn = {ROLE}\nweb_identity_token_file = {self._web_token}\n"
        return {"AWS_PROFILE": "web", **self.files(config)}

    def _container(self):
        self._container_token.write_text(self.metadata.container_token, encoding="utf-8")
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.metadata.url + CONTAINER_PATH,
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(self._container_token)}

    def _instance(self):
        # AWS's own default is a second, which all peers of a test, in one process, may not always have.
        return {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.metadata.url,
                "AWS_METADATA_SERVICE_TIMEOUT": "3"}

    def _process(self):
        issued = self.ring.issue("arn:aws:iam::123456789012:role/process/tests", 3600)
        answer = self.folder / "process-answer.json"
        answer.write_text(json.dumps({
            "Version": 1, "AccessKeyId": issued.key, "SecretAccessKey": issued.secret, "SessionToken": issued.token,
            "Expiration": issued.timestamp,
        }), encoding="utf-8")
        script = self.folder / "a process.py"
        script.write_text(f"import sys\nsys.stdout.write(open({str(answer)!r}).read())\n", encoding="utf-8")
        config = f'[profile process]\ncredential_process = "{sys.executable}" "{script}"\n'
        return {"AWS_PROFILE": "process", **self.files(config)}

    def _sso(self):
        config = (
            "[profile sso]\nsso_session = tests\nsso_account_id = 123456789012\nsso_role_name = tests\n\n"
            f"[sso-session tests]\nsso_start_url = https://tests.example/start\nsso_region = {REGION}\n")
        cache = self.folder / ".aws" / "sso" / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        expiry = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)
        (cache / (hashlib.sha1(b"tests").hexdigest() + ".json")).write_text(json.dumps({
            "startUrl": "https://tests.example/start", "region": REGION, "accessToken": self.metadata.sso_token,
            "expiresAt": expiry.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }), encoding="utf-8")
        return {"AWS_PROFILE": "sso", "AWS_ENDPOINT_URL_SSO": self.metadata.url, **self.files(config)}

    # What tests change while a process runs.

    def set_web_token(self, token):
        """Another web identity token in the file; STS takes this one alone."""
        self._web_token.write_text(RECORD.secret("web identity token", token) + "\n", encoding="utf-8")
        # botocore sends the file as it stands, its last line feed too; ours may leave that out.
        self.tokens.web_tokens = {token, token + "\n"}

    def set_container_token(self, token):
        """Another authorization in the file; the container endpoint takes this one alone."""
        self._container_token.write_text(RECORD.secret("container token", token), encoding="utf-8")
        self.metadata.container_token = token


PROVIDERS = {
    "environment": World._environment_keys,
    "static profile": World._static_profile,
    "role of a source profile": World._source_profile,
    "role of the environment's keys": World._role_of_environment,
    "role of the container": lambda w: w._credential_source("EcsContainer", w._container()),
    "role of the instance": lambda w: w._credential_source("Ec2InstanceMetadata", w._instance()),
    "web identity": World._web_identity,
    "web identity of a profile": World._web_identity_profile,
    "container": World._container,
    "instance": World._instance,
    "process": World._process,
    "SSO": World._sso,
}
# Providers that need a profile named explicitly, not by the environment.
EXPLICIT_PROFILES = {"role of the environment's keys": "gate"}
# The calls of STS that providers make.
ISSUING = {"role of a source profile": "AssumeRole", "role of the environment's keys": "AssumeRole",
           "role of the container": "AssumeRole", "role of the instance": "AssumeRole",
           "web identity": "AssumeRoleWithWebIdentity", "web identity of a profile": "AssumeRoleWithWebIdentity"}
