"""Issuers' key sets over time: rotated, broken, slow, lying, gone; and never fetched more often than need be."""

import concurrent.futures
import http.server
import json
import pathlib
import signal
import ssl
import threading
import time
import urllib.request

import pytest
import yaml

from certificates import Authority
from expectations import assert_problem
from gateway_process import configuration
from issuer_peer import IssuerPeer, Key, by_hand, claims, issuer_settings
from test_signals_and_pipes import wait_until
from test_tokens import present

# Only ends tests: a busy machine may be late, and nothing here is measured.
SOON = 40


@pytest.fixture
def old():
    return Key.ec("old")


@pytest.fixture
def new():
    return Key.ec("new")


@pytest.fixture
def issuer(old):
    """An issuer with one key."""
    peer = IssuerPeer(old)
    yield peer
    peer.close()
    assert peer.violations == []


def settings(peer, **members):
    """By default far too long for a refresh to happen in a test by itself."""
    return issuer_settings("corp", peer.url, **{"refresh": "1h", "keySetUrl": peer.url + "/keys", **members})


def token(peer, key, **changes):
    return by_hand(key, "ES256", claims(peer.url, **changes))


def status(gateway, text):
    return present(gateway, text).status


def warmed(gateway, peer, key):
    """A gateway that has its keys and is doing nothing."""
    wait_until(lambda: status(gateway, token(peer, key)) == 200, SOON)
    return gateway


def health(gateway):
    line = gateway.wait_line(lambda line: line if '"admin listening"' in line else None, what="the admin listener")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{json.loads(line)['port']}/healthz", timeout=10) as answer:
        return json.load(answer)


def issuer_health(gateway):
    return health(gateway)["issuers"][0]


def messages(gateway, text):
    return [entry for entry in gateway.log if text in entry["message"]]


def test_the_keys_are_fetched_at_the_start_and_kept(start, issuer, old):
    gateway = start(config=settings(issuer))
    wait_until(lambda: issuer.fetches == 1, SOON)
    for number in range(20):
        assert status(gateway, token(issuer, old, sub=f"user-{number}")) == 200
    assert issuer.fetches == 1


def test_a_hundred_tokens_with_unknown_keys_make_one_fetch(start, issuer, old, new):
    gateway = warmed(start(config=settings(issuer)), issuer, old)
    before = issuer.fetches
    tokens = [
        by_hand(new, "ES256", claims(issuer.url), header={"alg": "ES256", "kid": f"unknown-{number}"})
        for number in range(100)
    ]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda text: status(gateway, text), tokens))
    assert statuses == [401] * 100
    assert issuer.fetches == before + 1
    assert status(gateway, token(issuer, old)) == 200


def test_a_new_key_is_taken_at_once_when_a_token_names_it(start, issuer, old, new):
    gateway = warmed(start(config=settings(issuer)), issuer, old)
    issuer.keys = [old.public, new.public]
    assert status(gateway, token(issuer, new)) == 200
    assert status(gateway, token(issuer, old)) == 200


def test_a_rotated_key_is_taken_and_the_old_one_refused_within_the_refresh_time(start, issuer, old, new):
    gateway = warmed(start(config=settings(issuer, refresh="1s")), issuer, old)
    remembered = token(issuer, old)
    assert status(gateway, remembered) == 200
    issuer.keys = [new.public]
    wait_until(lambda: status(gateway, remembered) == 401, SOON)
    assert status(gateway, token(issuer, old)) == 401
    assert status(gateway, token(issuer, new)) == 200
    assert len(messages(gateway, "keys are fetched")) == 1, "the number of keys is as it was"


@pytest.mark.parametrize("broken", [
    "", "<html>", "{}", '{"keys":[]}', '{"keys":[{"kty":"oct","kid":"old","k":"AA"}]}', '{"keys":[{}],"keys":[]}',
    "x" * 700_000, "status 500", "status 404", "status 302",
], ids=["empty", "HTML", "no keys", "an empty list", "a secret", "twice", "too large", "500", "404", "302"])
def test_a_broken_key_set_leaves_the_last_good_keys(start, issuer, old, new, broken):
    gateway = warmed(start(config=settings(issuer, refresh="1s", **{}) | {"admin.port": 0}), issuer, old)
    assert issuer_health(gateway) == {"name": "corp", "state": "ok", "keys": 1, "error": None}
    good = issuer.keys
    if broken.startswith("status"):
        issuer.fail(int(broken.split()[1]))
    else:
        issuer.keys = broken
    before = issuer.fetches
    wait_until(lambda: issuer.fetches >= before + 2, SOON)
    assert status(gateway, token(issuer, old)) == 200
    assert status(gateway, token(issuer, new)) == 401
    wait_until(lambda: issuer_health(gateway)["state"] == "stale", SOON)
    report = health(gateway)
    assert report["status"] == "warn" and report["issuers"][0]["error"] and report["issuers"][0]["keys"] == 1
    assert len(messages(gateway, "keys cannot be fetched")) == 1, "it is said once"
    issuer.keys = [*good, new.public]
    issuer.recover()
    wait_until(lambda: issuer_health(gateway) == {"name": "corp", "state": "ok", "keys": 2, "error": None}, SOON)
    assert status(gateway, token(issuer, new)) == 200


def test_without_keys_tokens_are_503_and_taken_once_there_are_some(start, issuer, old):
    issuer.down()
    gateway = start(config=settings(issuer) | {"admin.port": 0})
    answer = present(gateway, token(issuer, old))
    assert_problem(answer, "upstream-unavailable")
    assert int(answer["Retry-After"]) >= 1
    assert answer.json["detail"] == "The keys that the token is checked with cannot be had now."
    assert issuer_health(gateway)["state"] == "none"
    assert gateway.ask("GET", "/whoami").status == 200, "a key needs no issuer"
    assert status(gateway, token(issuer, old, aud="other")) == 401, "what no key could make good is refused"
    issuer.recover()
    warmed(gateway, issuer, old)


def test_an_issuer_that_never_answers_holds_no_request_for_ever(start, issuer, old):
    issuer.hang()
    gateway = start(config=settings(issuer))
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda number: present(gateway, token(issuer, old, sub=f"user-{number}")), range(30)))
    assert {answer.status for answer in answers} == {503}
    assert issuer.fetches <= 2, "they waited for one fetch, not each for its own"
    issuer.recover()
    warmed(gateway, issuer, old)


def test_clients_that_leave_do_not_end_the_fetch_that_others_wait_for(start, issuer, old):
    issuer.delay = 2
    gateway = start(config=settings(issuer))
    wires = [gateway.wire() for _ in range(5)]
    for wire in wires:
        wire.send(f"GET /whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token(issuer, old)}\r\n\r\n".encode())
        wire.close()
    assert status(gateway, token(issuer, old)) == 200
    assert issuer.fetches == 1


def test_the_issuer_says_where_its_keys_are(start, issuer, old):
    gateway = warmed(start(config=settings(issuer, keySetUrl=None)), issuer, old)
    assert issuer.count("description") == 1 and issuer.fetches == 1
    assert status(gateway, token(issuer, old)) == 200


@pytest.mark.parametrize("lie", [
    {"issuer": "https://another.example"}, {"issuer": None}, {"issuer": "+/"}, {"jwks_uri": None}, {"jwks_uri": 7},
    {"jwks_uri": "http://issuer.example/keys"}, {"jwks_uri": "file:///etc/passwd"}, {"jwks_uri": "/keys"},
    {"jwks_uri": "https://user:pass@127.0.0.1/keys"},
])
def test_a_description_that_is_another_issuers_or_names_no_safe_place_is_not_believed(start, issuer, old, lie):
    lie = {name: issuer.url + "/" if value == "+/" else value for name, value in lie.items()}
    issuer.description = {**issuer.description, **lie}
    gateway = start(config=settings(issuer, keySetUrl=None) | {"admin.port": 0})
    assert status(gateway, token(issuer, old)) == 503
    assert issuer.fetches == 0
    assert "the issuer's description" in issuer_health(gateway)["error"]


def test_a_redirection_is_not_followed(start, issuer, old):
    elsewhere = IssuerPeer(old)

    class Redirecting(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", elsewhere.url + "/keys")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Redirecting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/keys"
        gateway = start(config=settings(issuer, keySetUrl=url) | {"admin.port": 0})
        assert status(gateway, token(issuer, old)) == 503
        assert issuer_health(gateway)["error"] == "the answer has the status 302"
        assert elsewhere.fetches == 0
    finally:
        server.shutdown()
        server.server_close()
        elsewhere.close()


class TLSKeyServer:
    """The issuer's keys at `url`, over TLS with the certificate that `show` was given last."""

    def __init__(self, issuer, chain):
        class Serving(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                document = json.dumps({"keys": issuer.keys}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(document)))
                self.end_headers()
                self.wfile.write(document)

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.show(chain)
        self.server = Quiet(("127.0.0.1", 0), Serving)
        self.server.socket = self.context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}/keys"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def show(self, chain):
        self.context.load_cert_chain(*chain)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def serve_over_tls(issuer):
    """`serve_over_tls(chain)` starts a server of the issuer's keys with that certificate."""
    servers = []

    def serve(chain):
        servers.append(TLSKeyServer(issuer, chain))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


@pytest.mark.parametrize("trusted", [True, False])
def test_tls_is_checked_against_the_configured_authorities(start, issuer, old, tmp_path, serve_over_tls, trusted):
    authority = Authority(tmp_path / "ca", "issuers")
    members = {"keySetUrl": serve_over_tls(authority.issue("server", "IP:127.0.0.1")).url}
    if trusted:
        members["caBundle"] = authority.certificate
    gateway = start(config=settings(issuer, **members) | {"admin.port": 0})
    assert status(gateway, token(issuer, old)) == (200 if trusted else 503)
    report = issuer_health(gateway)
    assert (report["state"], report["error"] is None) == (("ok", True) if trusted else ("none", False))


def test_other_authorities_are_trusted_once_they_stand_in_the_file(start, issuer, old, new, tmp_path, serve_over_tls):
    first, second = Authority(tmp_path / "first", "first"), Authority(tmp_path / "second", "second")
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(pathlib.Path(first.certificate).read_bytes())
    server = serve_over_tls(first.issue("server", "IP:127.0.0.1"))
    members = {"keySetUrl": server.url, "caBundle": str(bundle), "refresh": "1s"}
    gateway = warmed(start(config=settings(issuer, **members) | {"admin.port": 0}), issuer, old)
    issuer.keys = [new.public]
    server.show(second.issue("server", "IP:127.0.0.1"))
    gateway.wait_line(lambda line: line if "keys cannot be fetched" in line else None, SOON, "the warning")
    assert status(gateway, token(issuer, new)) == 401, "nothing is trusted that the file does not name"
    fresh = tmp_path / "bundle.new"
    fresh.write_bytes(pathlib.Path(second.certificate).read_bytes())
    fresh.rename(bundle)
    wait_until(lambda: status(gateway, token(issuer, new)) == 200, SOON)
    assert issuer_health(gateway)["state"] == "ok"


def test_a_key_set_file_is_read_again_when_it_changes(start, issuer, old, new, tmp_path):
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [old.public]}), encoding="utf-8")
    gateway = warmed(start(config=settings(issuer, keySetUrl=None, keySetFile=str(path))), issuer, old)
    path.write_text("{", encoding="utf-8")
    gateway.wait_line(lambda line: line if "keys cannot be fetched" in line else None, SOON, "the warning")
    assert status(gateway, token(issuer, old)) == 200
    path.write_text(json.dumps({"keys": [new.public]}), encoding="utf-8")
    wait_until(lambda: status(gateway, token(issuer, new)) == 200, SOON)
    assert status(gateway, token(issuer, old)) == 401
    assert issuer.fetches == 0


def test_sighup_fetches_the_keys_again(start, issuer, old, new):
    gateway = warmed(start(config=settings(issuer)), issuer, old)
    issuer.keys = [new.public]
    remembered = token(issuer, old)
    assert status(gateway, remembered) == 200
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: status(gateway, remembered) == 401, SOON)


def test_sighup_while_the_keys_are_being_fetched_fetches_them_once_more(start, issuer, old, new):
    gateway = warmed(start(config=settings(issuer)), issuer, old)
    remembered = token(issuer, old)
    assert status(gateway, remembered) == 200
    held, release = threading.Event(), threading.Event()
    answer = issuer.answer

    def slow(asked):
        document = answer(asked)
        if not held.is_set():
            held.set()
            release.wait(SOON)
        return document

    issuer.answer = slow
    gateway.signal(signal.SIGHUP)
    assert held.wait(SOON)
    issuer.keys = [new.public]
    gateway.signal(signal.SIGHUP)
    time.sleep(1)
    release.set()
    wait_until(lambda: status(gateway, remembered) == 401, SOON)


def test_issuers_come_change_and_go_while_the_gateway_runs(start, issuer, old):
    gateway = start(config={})

    def write(config):
        fresh = gateway.config_file.with_suffix(".new")
        fresh.write_text(yaml.safe_dump(configuration(gateway.keys.path, config)), encoding="utf-8")
        fresh.rename(gateway.config_file)
        gateway.signal(signal.SIGHUP)

    text = token(issuer, old)
    assert status(gateway, text) == 401
    write(settings(issuer))
    wait_until(lambda: status(gateway, text) == 200, SOON)
    write(settings(issuer, audience=["another"]))
    wait_until(lambda: status(gateway, text) == 401, SOON)
    assert status(gateway, token(issuer, old, aud="another")) == 200
    write(settings(issuer, scopes=["conversions:read=transfer-jobs:cancel"]))
    wait_until(lambda: status(gateway, text) == 200, SOON)
    assert present(gateway, text).json["scopes"] == ["transfer-jobs:cancel"]
    write({})
    wait_until(lambda: status(gateway, text) == 401, SOON)


def test_a_remembered_token_ends_with_its_time(start, issuer, old):
    gateway = warmed(start(config=settings(issuer, leeway="0s")), issuer, old)
    end = int(time.time()) + 6
    text = token(issuer, old, exp=end)
    first = present(gateway, text)
    assert first.status == 200 or time.time() >= end - 1
    wait_until(lambda: time.time() > end + 0.5, SOON)
    assert status(gateway, text) == 401
