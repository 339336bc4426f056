"""Every token of the table: those of the configured issuer, audience, algorithm and time are taken, no other is."""

import json

import pytest
import yaml

import aws_answers as aws
from conftest import aws_environment
from expectations import assert_common, assert_job, assert_problem
from gateway_process import Gateway, command, configuration
from issuer_peer import AUDIENCE, Key, by_hand, by_joserfc, claims, issuer_settings
from paths import transfer_path
from token_cases import ALGORITHMS, ISSUER, LEEWAY, REFUSED, RING, TAKEN, es256, good


@pytest.fixture(scope="module")
def key_set_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("issuer") / "keys.json"
    others = [
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"}, {"kty": "new", "kid": "x"}, {"kid": "no type"}, 7,
        {"kty": "EC", "crv": "secp256k1", "kid": "k1", "x": "AA", "y": "AA"},
    ]
    path.write_text(json.dumps({"keys": [key.public for key in RING.published] + others}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def corp(keys, court, key_set_file, tmp_path_factory):
    """A gateway that takes the tokens of one issuer, of all its algorithms, with room for long headers."""
    config = {
        "server.maxHeaderBytes": 65536,
        **issuer_settings(
            "corp", ISSUER, keySetFile=str(key_set_file), algorithms=ALGORITHMS, leeway=f"{LEEWAY}s",
            audience=[AUDIENCE, "second-audience"]),
    }
    running = Gateway(tmp_path_factory.mktemp("corp"), keys, config=config, env=aws_environment(court))
    yield running
    assert running.stop() is None, f"the gateway died: {running.errors.decode()}"


def present(gateway, token, method="GET", path="/whoami"):
    return gateway.ask(method, path, key=None, headers={"Authorization": f"Bearer {token}"})


def assert_refused(answer):
    assert_problem(answer, "invalid-credential")
    assert answer["WWW-Authenticate"] == 'Bearer realm="jobgate", error="invalid_token"', answer
    assert answer.json["detail"] == "The credential is not valid.", "the caller is not told what is wrong"


@pytest.mark.parametrize("name", TAKEN)
def test_is_taken(corp, name):
    token = TAKEN[name]()
    answer = present(corp, token)
    assert answer.status == 200, (answer, token)
    assert_common(answer)
    assert present(corp, token).status == 200, "a remembered token is as good"


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(corp, name):
    token = REFUSED[name]()
    answer = present(corp, token)
    if answer.status == 401 and answer.json["code"] == "unauthenticated":
        assert not token, answer
    assert_refused(answer)
    assert present(corp, token).status == 401, "and again"


def test_a_token_cancels_with_its_scopes_and_is_named_in_the_log(corp, judge):
    token = es256(good(scope="transfer-jobs:cancel unknown:scope", name="Ada L."))
    judge.on("CancelMetadataTransferJob", aws.cancelled_transfer("CANCELLING"))
    answer = present(corp, token, "DELETE", transfer_path())
    assert_job(answer, 202, state="cancelling")
    line = corp.access_line(answer["X-Request-Id"])
    assert line["caller"] == "corp:user-1"
    refused = present(corp, token, "GET", transfer_path())
    assert_problem(refused, "insufficient-scope")
    assert "transfer-jobs:read" in refused["WWW-Authenticate"]


def test_whoami_names_the_caller(corp):
    who = present(corp, es256(good(name="Ada L."))).json
    assert (who["id"], who["name"]) == ("corp:user-1", "Ada L.")
    assert sorted(who["scopes"]) == ["conversions:read", "transfer-jobs:read"]
    assert present(corp, es256(good(name="a\u202eb"))).json["name"] == "user-1"


@pytest.mark.parametrize("claim, scopes", [
    ({"scope": "conversions:read  conversions:cancel"}, ["conversions:cancel", "conversions:read"]),
    ({"scope": None, "scp": ["transfer-jobs:read"]}, ["transfer-jobs:read"]),
    ({"scope": None, "scp": "transfer-jobs:read x"}, ["transfer-jobs:read"]),
    ({"scope": None, "roles": ["conversions:read", "Conversions:cancel"]}, ["conversions:read"]),
    ({"scope": "conversions:read", "roles": ["transfer-jobs:read"]}, ["conversions:read", "transfer-jobs:read"]),
    ({"scope": None}, []), ({"scope": 7}, []), ({"scope": ["conversions:read"]}, []), ({"scope": "*"}, []),
    ({"scope": None, "roles": ["conversions:read", 7]}, []), ({"scope": None, "roles": "conversions:read"}, []),
])
def test_scopes_come_from_scope_scp_and_roles(corp, claim, scopes):
    assert sorted(present(corp, es256(good(**claim))).json["scopes"]) == scopes


def test_the_log_says_why_and_holds_nothing_of_the_token(corp):
    token = es256(good(sub="somebody-else", aud="another-audience"))
    answer = present(corp, token)
    line = corp.access_line(answer["X-Request-Id"])
    assert line["cause"] == "token of corp: `aud` holds no configured audience"
    assert "another-audience" not in json.dumps(line) and "somebody-else" not in json.dumps(line)
    answer = present(corp, es256(good(iss="https://evil.example")))
    assert corp.access_line(answer["X-Request-Id"])["cause"] == "token: `iss` is no configured issuer"


def test_api_keys_are_taken_all_the_same(corp):
    assert corp.ask("GET", "/whoami").json["name"] == "all"


def test_a_token_in_the_query_is_refused(corp):
    for name in ("access_token", "x", "id_token"):
        assert_problem(corp.ask("GET", f"/whoami?{name}={es256()}", key=None), "invalid-request")
    assert_problem(corp.ask("GET", "/transfer-jobs/x?q=" + es256()), "invalid-request")


def test_two_issuers_have_keys_scopes_limits_and_allow_lists_of_their_own(start, key_set_file, tmp_path, judge):
    other = Key.ec("p256-1")
    (tmp_path / "other.json").write_text(json.dumps({"keys": [other.public]}), encoding="utf-8")
    gateway = start(config={
        "limits": ["default=100000/60s", "few=7/60s"],
        **issuer_settings("corp", ISSUER, keySetFile=str(key_set_file)),
        **issuer_settings(
            "partner", "https://partner.example", keySetFile=str(tmp_path / "other.json"), algorithms=["ES256"],
            scopes=["https://partner.example/read=transfer-jobs:read+conversions:read", "admin=transfer-jobs:cancel"],
            limit="few", transferJobs=["partner-*"]),
    })
    read = "https://partner.example/read conversions:cancel"
    token = by_hand(other, "ES256", claims("https://partner.example", scope=read))
    answer = present(gateway, token)
    assert sorted(answer.json["scopes"]) == ["conversions:read", "transfer-jobs:read"]
    assert answer.json["limit"]["quota"] == 7 and answer.json["id"] == "partner:user-1"
    assert '"few"' in answer["RateLimit"]
    assert_refused(present(gateway, by_hand(other, "ES256", claims(ISSUER))))
    assert_refused(present(gateway, es256(claims("https://partner.example"))))
    assert present(gateway, es256()).json["id"] == "corp:user-1"
    rs512 = by_joserfc(RING.rsa, "RS512", good())
    assert_refused(present(gateway, rs512))


def test_no_key_file_is_needed_where_there_are_issuers(program, keys, court, key_set_file, tmp_path):
    config = issuer_settings("corp", ISSUER, keySetFile=str(key_set_file)) | {"keys.file": None}
    gateway = Gateway(tmp_path, keys, config=config, env=aws_environment(court))
    try:
        assert present(gateway, es256()).status == 200
        assert_refused(gateway.ask("GET", "/whoami"))
    finally:
        assert gateway.stop() is None


@pytest.mark.parametrize("settings, sentence", [
    ({"audience": None}, "`issuers.corp.audience` is missing"),
    ({"audience": []}, "`issuers.corp.audience` is empty"),
    ({"issuer": None}, "`issuers.corp.issuer` is missing"),
    ({"algorithms": ["HS256"]}, "`issuers.corp.algorithms` is a list of algorithms: RS256"),
    ({"algorithms": ["none"]}, "`issuers.corp.algorithms` is a list of algorithms: RS256"),
    ({"keySetFile": "/nowhere/keys.json"}, "`issuers.corp.keySetFile`: /nowhere/keys.json does not exist"),
    ({"keySetFile": None, "keySetUrl": "http://issuer.example/keys"}, "`issuers.corp.keySetUrl` is an HTTPS URL"),
    ({"keySetUrl": "https://issuer.example/keys"}, "exclude each other"),
    ({"keySetFile": None, "issuer": "http://issuer.example"}, "`issuers.corp.issuer` is no HTTPS URL"),
    ({"leeway": "1h"}, "`issuers.corp.leeway` is a duration from 0s to 10m, not `1h`"),
    ({"refresh": "10ms"}, "`issuers.corp.refresh` is a duration from 1s to 1d"),
    ({"limit": "none"}, "names a limit `none` that is not configured"),
    ({"scopes": ["admin"]}, "`issuers.corp.scopes` is a list of scopes such as"),
    ({"scopes": ["admin=everything"]}, "`issuers.corp.scopes` is a list of scopes such as"),
    ({"targets": ["prod-*"]}, "`issuers.corp.targets` holds `prod-*`, which fits no configured target"),
    ({"secret": "x"}, "there is no setting `issuers.corp.secret`"),
])
def test_check_says_what_is_wrong_with_an_issuer_and_where(keys, key_set_file, tmp_path, settings, sentence):
    whole = {"issuer": ISSUER, "keySetFile": str(key_set_file), **settings}
    path = tmp_path / "jobgate.yaml"
    issuer = issuer_settings("corp", whole.pop("issuer"), **whole)
    config = configuration(keys.path, issuer | {"aws.region": "eu-west-1"})
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    run = command("check", "--config", path, home=tmp_path)
    assert run.returncode == 78, run.out
    problems = run.err.strip().splitlines()
    assert len(problems) == 1 and sentence in problems[0], run.err
    lines = path.read_text(encoding="utf-8").splitlines()
    place = int(problems[0].removeprefix(f"{path}:").split(":")[0])
    assert any(f"{word}:" in lines[place - 1] for word in ("corp", *settings)), (problems, lines[place - 1])


@pytest.mark.parametrize("document", [
    "", "{}", '{"keys":{}}', '{"keys":[]}', '{"keys":[{"kty":"oct","k":"AA"}]}', "x" * 600_000,
], ids=["empty", "no keys", "an object", "an empty list", "a secret alone", "too large"])
def test_check_says_what_is_wrong_with_a_key_set(keys, tmp_path, document):
    (tmp_path / "keys.json").write_text(document, encoding="utf-8")
    path = tmp_path / "jobgate.yaml"
    config = issuer_settings("corp", ISSUER, keySetFile=str(tmp_path / "keys.json")) | {"aws.region": "eu-west-1"}
    path.write_text(yaml.safe_dump(configuration(keys.path, config)), encoding="utf-8")
    run = command("check", "--config", path, home=tmp_path)
    assert run.returncode == 78 and "`issuers.corp.keySetFile`: " in run.err, run.err
