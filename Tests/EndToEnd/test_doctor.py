"""`jobgate doctor` finds what is wrong, says which part it is and what to do, and changes nothing."""

import datetime
import json
import re

import pytest
import yaml

import aws_answers as aws
from certificates import Authority
from conftest import aws_environment
from credential_world import BASE, NO_KEYS, ROLE
from gateway_process import command, configuration
from issuer_peer import IssuerPeer, Key, issuer_settings
from key_ring import KeyRing
from record import RECORD
from redis_server import RedisServer

CHECKS = ["credentials", "identity", "clock", "dms-endpoint", "iottwinmaker-endpoint", "iottwinmaker-region",
          "dms-read", "iottwinmaker-read"]
READS = {"dms-read": "DescribeMetadataModelConversions", "iottwinmaker-read": "GetMetadataTransferJob"}


@pytest.fixture
def clinic(judges, world, keys, tmp_path):
    """A healthy AWS, and `examine(…)` which asks the doctor: (checks by name, exit code, report)."""
    class Clinic:
        tokens, ring = world.tokens, world.ring
        judge = judges(world.ring)
        targets, settings = None, {}

        def environment(self, **env):
            return aws_environment(self.judge, **{
                **NO_KEYS, "AWS_ACCESS_KEY_ID": BASE[0], "AWS_SECRET_ACCESS_KEY": BASE[1],
                "AWS_ENDPOINT_URL_STS": world.tokens.url, **env})

        def run(self, *arguments, **env):
            config = tmp_path / "doctor.yaml"
            settings = self.settings | ({"targets": self.targets} if self.targets else {})
            config.write_text(yaml.safe_dump(configuration(keys.path, settings)), encoding="utf-8")
            return command("doctor", "--config", config, *arguments, home=tmp_path, env=self.environment(**env),
                           timeout=60)

        def examine(self, *arguments, **env):
            run = self.run("--json", *arguments, **env)
            report = json.loads(run.out)
            assert set(report) == {"status", "checks"}, report
            for check in report["checks"]:
                assert set(check) == {"target", "check", "status", "detail", "hint"}, check
                assert check["status"] in ("ok", "warn", "fail", "skip") and check["detail"], check
                assert check["hint"] or check["status"] in ("ok", "skip"), f"no hint: {check}"
            worst = [check["status"] for check in report["checks"]]
            assert report["status"] == ("fail" if "fail" in worst else "warn" if "warn" in worst else "ok")
            assert run.returncode == (1 if "fail" in worst else 0), (run.returncode, report)
            return {check["check"]: check for check in report["checks"]}, report

    clinic = Clinic()
    clinic.judge.on(READS["dms-read"], aws.modelled(READS["dms-read"], "ResourceNotFoundFault"))
    clinic.judge.on(READS["iottwinmaker-read"], aws.modelled(READS["iottwinmaker-read"], "ResourceNotFoundException"))
    return clinic


def statuses(checks):
    return {name: check["status"] for name, check in checks.items()}


def failed(checks):
    return {name for name, check in checks.items() if check["status"] == "fail"}


def said(check):
    return f"{check['detail']} {check['hint'] or ''}"


# Healthy.

def test_a_healthy_set_up_is_ok_in_every_check(clinic):
    checks, report = clinic.examine()
    assert statuses(checks) == dict.fromkeys(["signature", *CHECKS], "ok"), report
    assert report["checks"][0]["check"] == "signature" and report["checks"][0]["target"] is None
    assert [check["check"] for check in report["checks"][1:]] == CHECKS
    assert {check["target"] for check in report["checks"][1:]} == {"default"}
    assert BASE[0][-4:] in checks["credentials"]["detail"] and BASE[0] not in checks["credentials"]["detail"]
    assert "123456789012" in checks["identity"]["detail"] and "user/tests" in checks["identity"]["detail"]
    asked = {call.operation for call in clinic.judge.calls()}
    assert asked == set(READS.values()), "it reads, and nothing else"


def test_the_table_for_people_has_a_line_for_each_check(clinic):
    run = clinic.run()
    assert run.returncode == 0, run.out + run.err
    for name in ["signature", *CHECKS]:
        line = next(line for line in run.out.splitlines() if re.search(rf"(^|\s){name}(\s|$)", line))
        assert re.search(r"\bok\b", line), line
    assert max(map(len, run.out.splitlines())) < 400


def test_each_target_is_examined_and_a_named_one_alone(clinic):
    clinic.targets = {
        "eu": {"region": "eu-west-1", "endpoint": clinic.judge.url},
        "role": {"region": "eu-west-1", "endpoint": clinic.judge.url, "roleArn": ROLE},
    }
    _, report = clinic.examine()
    assert [check["target"] for check in report["checks"]] == [None] + ["eu"] * 8 + ["role"] * 8
    identities = [check["detail"] for check in report["checks"] if check["check"] == "identity"]
    assert "assumed-role/jobgate-tests" in identities[1] and "assumed-role" not in identities[0]
    _, report = clinic.examine("--target", "role")
    assert {check["target"] for check in report["checks"]} == {None, "role"}


@pytest.fixture
def surroundings(clinic, tmp_path):
    """What a gateway leans on besides AWS, all of it well: a store, an issuer, a place for a trail."""
    class Surroundings:
        store = RedisServer(tmp_path / "redis", password="d0ct0r-r3d1s-p4ss")
        key = Key.ec("only")
        issuer = IssuerPeer(key)
        trail = tmp_path / "audit.db"
        names = ["limiter-store", "issuer-keys", "audit-file"]

        def examine(self, **settings):
            clinic.settings = {"audit.path": str(self.trail), **issuer_settings("corp", self.issuer.url), **settings}
            return clinic.examine(JOBGATE_LIMITER_URL=self.store.url)

    surroundings = Surroundings()
    yield surroundings
    surroundings.store.stop()
    surroundings.issuer.close()


def test_the_store_the_issuers_and_the_trail_are_looked_at_and_left_alone(surroundings):
    checks, report = surroundings.examine()
    assert statuses(checks) == dict.fromkeys(["signature", *surroundings.names, *CHECKS], "ok"), report
    assert {check["target"] for check in report["checks"][:4]} == {None}
    assert "1 keys" in checks["issuer-keys"]["detail"]
    assert surroundings.store.ask("DBSIZE") == "0" and not surroundings.trail.exists()
    assert surroundings.store.password not in json.dumps(report)


@pytest.mark.parametrize("policy, status", [("closed", "fail"), ("local", "warn")])
def test_a_store_that_is_away_is_found(surroundings, policy, status):
    surroundings.store.stop()
    checks, _ = surroundings.examine(**{"limiter.whenDown": policy})
    assert checks["limiter-store"]["status"] == status
    assert "no connection" in checks["limiter-store"]["detail"] and policy in checks["limiter-store"]["hint"]
    assert failed(checks) == ({"limiter-store"} if status == "fail" else set())


def test_a_password_that_the_store_does_not_take_is_found(surroundings):
    surroundings.store.ask("CONFIG", "SET", "requirepass", "another-password-of-it")
    checks, report = surroundings.examine(**{"limiter.whenDown": "closed"})
    assert failed(checks) == {"limiter-store"} and "WRONGPASS" in checks["limiter-store"]["detail"]
    assert surroundings.store.password not in json.dumps(report)


def test_an_issuer_without_keys_and_a_file_that_is_no_trail_are_found(surroundings):
    surroundings.issuer.keys = []
    surroundings.trail.write_text("something else that nobody may lose" * 100, encoding="utf-8")
    checks, _ = surroundings.examine()
    assert failed(checks) == {"issuer-keys", "audit-file"}
    assert "corp" in checks["issuer-keys"]["detail"] and str(surroundings.trail) in checks["audit-file"]["detail"]
    assert surroundings.trail.read_text(encoding="utf-8").startswith("something else")


# Broken.

def test_no_credentials_are_found_to_be_the_fault(clinic):
    checks, _ = clinic.examine(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert failed(checks) == {"credentials"}
    assert "AWS_ACCESS_KEY_ID" in said(checks["credentials"])
    assert {checks[name]["status"] for name in ("identity", "dms-read", "iottwinmaker-read")} == {"skip"}
    assert checks["dms-endpoint"]["status"] == "ok", "what needs no credentials is examined still"
    assert clinic.judge.calls() == []


def test_a_wrong_secret_is_found_to_be_the_fault(clinic):
    wrong = RECORD.secret("secret access key", "doctor+wrong/secret/of/the/tests/00001")
    checks, _ = clinic.examine(AWS_SECRET_ACCESS_KEY=wrong)
    clinic.judge.forgive("The request signature we calculated does not match")
    assert checks["identity"]["status"] == "fail"
    assert "SignatureDoesNotMatch" in said(checks["identity"])
    assert re.search(r"AWS_SECRET_ACCESS_KEY|secret", checks["identity"]["hint"], re.IGNORECASE)
    assert checks["clock"]["status"] == "ok" and checks["signature"]["status"] == "ok", "it is neither of these"


@pytest.mark.parametrize("minutes", [10, -10])
def test_a_clock_that_is_off_is_found_to_be_the_fault(clinic, minutes):
    clinic.judge.clock_offset = clinic.tokens.clock_offset = datetime.timedelta(minutes=minutes)
    checks, _ = clinic.examine()
    clinic.judge.forgive("Signature not yet current or expired")
    assert checks["clock"]["status"] in ("warn", "fail")
    assert re.search(r"\b(10|9|59\d|60\d)\b", said(checks["clock"])), checks["clock"]
    assert re.search(r"NTP|time|clock", checks["clock"]["hint"], re.IGNORECASE)
    assert failed(checks) <= {"clock"}, "the client corrects it, so all else is well"


def test_a_host_that_does_not_exist_is_found_to_be_the_fault(clinic):
    checks, _ = clinic.examine(AWS_ENDPOINT_URL_IOTTWINMAKER="http://twinmaker.invalid:9")
    assert "iottwinmaker-endpoint" in failed(checks) <= {"iottwinmaker-endpoint", "iottwinmaker-read"}
    assert "twinmaker.invalid" in said(checks["iottwinmaker-endpoint"])
    assert re.search(r"DNS|resolve|name", said(checks["iottwinmaker-endpoint"]), re.IGNORECASE)
    assert checks["dms-read"]["status"] == "ok"


def test_a_port_where_nobody_listens_is_found_to_be_the_fault(clinic, world):
    world.metadata.down()
    checks, _ = clinic.examine(AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE=world.metadata.url)
    assert "dms-endpoint" in failed(checks) <= {"dms-endpoint", "dms-read"}
    assert re.search(r"refused|TCP|connect", said(checks["dms-endpoint"]), re.IGNORECASE)


def test_a_certificate_of_an_unknown_authority_is_found_to_be_the_fault(clinic, judges, tmp_path):
    stranger = Authority(tmp_path / "stranger", "Stranger")
    secure = judges(clinic.ring, certificate=stranger.issue("aws", "IP:127.0.0.1"))
    checks, _ = clinic.examine(AWS_ENDPOINT_URL_IOTTWINMAKER=secure.url)
    assert "iottwinmaker-endpoint" in failed(checks) <= {"iottwinmaker-endpoint", "iottwinmaker-read"}
    assert re.search(r"TLS|certificate", checks["iottwinmaker-endpoint"]["detail"])
    assert "AWS_CA_BUNDLE" in said(checks["iottwinmaker-endpoint"]) or "caBundle" in said(
        checks["iottwinmaker-endpoint"])
    assert secure.calls() == []


@pytest.mark.parametrize("check, action", [
    ("dms-read", "dms:ListMetadataModelConversions"), ("iottwinmaker-read", "iottwinmaker:GetMetadataTransferJob")])
def test_a_missing_permission_is_found_and_the_action_named(clinic, check, action):
    clinic.judge.on(READS[check], aws.denial(READS[check]))
    checks, _ = clinic.examine()
    assert failed(checks) == {check}
    assert action in said(checks[check])


def test_a_region_without_twinmaker_is_said_and_is_no_failure(clinic, judges):
    judge = judges(KeyRing(clinic.ring), region="us-west-1")
    judge.on(READS["dms-read"], aws.modelled(READS["dms-read"], "ResourceNotFoundFault"))
    clinic.tokens.region = "us-west-1"
    checks, _ = clinic.examine(AWS_REGION="us-west-1", AWS_ENDPOINT_URL=None,
                               AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE=judge.url)
    assert checks["iottwinmaker-region"]["status"] == "warn"
    assert "us-west-1" in said(checks["iottwinmaker-region"])
    assert checks["iottwinmaker-endpoint"]["status"] == checks["iottwinmaker-read"]["status"] == "skip"
    assert failed(checks) == set() and checks["dms-read"]["status"] == "ok"


def test_an_expired_token_is_found_to_be_the_fault(clinic):
    issued = clinic.ring.issue("arn:aws:iam::123456789012:role/jobgate-tests/x1", -60)
    checks, _ = clinic.examine(AWS_ACCESS_KEY_ID=issued.key, AWS_SECRET_ACCESS_KEY=issued.secret,
                               AWS_SESSION_TOKEN=issued.token)
    clinic.judge.forgive("ExpiredTokenException")
    assert checks["identity"]["status"] == "fail" or checks["credentials"]["status"] == "fail"
    words = said(checks["identity"]) + said(checks["credentials"])
    assert "ExpiredToken" in words and "expired" in words.lower()
    assert checks["clock"]["status"] == "ok"


def test_a_role_that_may_not_be_taken_on_is_found_to_be_the_fault(clinic):
    clinic.targets = {"role": {"region": "eu-west-1", "endpoint": clinic.judge.url, "roleArn": ROLE}}
    clinic.tokens.refused[ROLE] = ("AccessDenied", "User: x is not authorized to perform: sts:AssumeRole", 403)
    checks, _ = clinic.examine()
    assert "credentials" in failed(checks)
    assert "sts:AssumeRole" in said(checks["credentials"])
    assert clinic.judge.calls() == []


def test_a_wrong_configuration_ends_with_78(clinic):
    run = clinic.run("--set", "aws.timeout=soon")
    assert run.returncode == 78 and "aws.timeout" in run.out + run.err
    run = clinic.run("--target", "nobody")
    assert run.returncode != 0 and "nobody" in run.out + run.err
