"""One limit for a fleet: gateways that count in one real Redis, and what they do without it."""

import concurrent.futures
import json
import os
import threading
import time
import urllib.request

import pytest

from certificates import Authority
from expectations import assert_problem
from gateway_process import command
from record import RECORD
from redis_server import RedisServer
from test_signatures import resolves
from traffic import Line, Traffic

LONG = os.environ.get("JOBGATE_LONG_TESTS") == "1"
LOG_DOWN, LOG_UP = "the store of the rate limits cannot be used", "the store of the rate limits counts again"


@pytest.fixture
def store(tmp_path):
    """Makes redis servers: `store(password=…)`."""
    made = []

    def make(**options):
        made.append(RedisServer(tmp_path / f"redis-{len(made)}", **options))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def launch(start):
    """Starts a gateway that counts in a store, with an admin listener; the store's URL comes from the environment.

    The store has a second to answer unless a test says otherwise: on a busy machine fifty milliseconds may pass by
    themselves, and what is then decided without the store is not what most tests are about.
    """

    def launch(server, *, limits=("default=100/60s",), url=None, env=None, **config):
        url = url or server.url
        gateway = start(config={"limits": list(limits), "admin.port": 0, "limiter.timeout": "1s", **config},
                        env={"JOBGATE_LIMITER_URL": url, **(env or {})})
        line = gateway.wait_line(lambda line: line if '"admin listening"' in line else None, what="the admin listener")
        gateway.admin = f"http://127.0.0.1:{json.loads(line)['port']}"
        return gateway

    return launch


def health(gateway):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(gateway.admin + "/healthz", timeout=10) as answer:
        body = answer.read()
    RECORD.say("healthz", body)
    return json.loads(body)


def wait_for(condition, seconds=30, what="a condition"):
    """The first result of `condition` that is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.05)
    return found


def wait_until_up(*gateways):
    for gateway in gateways:
        wait_for(lambda: health(gateway)["limiter"]["state"] == "ok", what="a store that counts")


def wait_until_down(gateway, reason=""):
    def is_down():
        limiter = health(gateway)["limiter"]
        return limiter if limiter["state"] == "down" and reason in limiter["error"] else None

    return wait_for(is_down, what=f"a store that is down ({reason})")


def count_passes(gateways, clients, requests):
    """Statuses of so many requests by so many clients at once, spread over the gateways, each on its connection."""
    barrier = threading.Barrier(clients)

    def client(number):
        line = Line(gateways[number % len(gateways)], "GET", "/whoami")
        barrier.wait(60)
        answers = [line.ask()[0] for _ in range(requests)]
        line.close()
        return answers

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        answers = [answer for answers in pool.map(client, range(clients)) for answer in answers]
    assert all(answers), "no connection is lost"
    statuses = [answer.status for answer in answers]
    return {status: statuses.count(status) for status in set(statuses)}


def messages(gateway, text):
    return [entry for entry in gateway.log if entry.get("message") == text]


# What it is for.

def test_two_gateways_let_through_exactly_one_burst(store, launch):
    server = store()
    gateways = [launch(server, limits=["default=100/1h"], **{"limiter.timeout": "5s"}) for _ in range(2)]
    wait_until_up(*gateways)
    assert count_passes(gateways, clients=64, requests=8) == {200: 100, 429: 412}
    for gateway in gateways:
        answer = gateway.ask("GET", "/whoami")
        assert_problem(answer, "rate-limited")
        assert answer["RateLimit-Policy"] == '"default";q=100;w=3600'
        assert answer["RateLimit"].startswith('"default";r=0;t=')
    assert [key.split(":")[:2] for key in server.keys()] == [["jobgate", "default"]]


@pytest.mark.skipif(not LONG, reason="on a machine that stalls for 50 ms the store is late in truth")
def test_two_gateways_let_through_one_burst_by_the_default_deadline_too(store, launch):
    """What the gateways are busy with themselves is no lateness of the store."""
    server = store()
    gateways = [launch(server, limits=["default=100/1h"], **{"limiter.timeout": None}) for _ in range(2)]
    wait_until_up(*gateways)
    assert count_passes(gateways, clients=64, requests=8) == {200: 100, 429: 412}


def test_what_is_left_is_told_by_either_gateway(store, launch):
    server = store()
    one, other = launch(server, limits=["default=5/1h"]), launch(server, limits=["default=5/1h"])
    wait_until_up(one, other)
    fields = [gateway.ask("GET", "/whoami")["RateLimit"].split(";")[1] for gateway in (one, other, one, other, one)]
    assert fields == ["r=4", "r=3", "r=2", "r=1", "r=0"]


def test_keys_expire_by_themselves(store, launch):
    server = store()
    gateway = launch(server, limits=["default=10/1s"])
    wait_until_up(gateway)
    gateway.ask("GET", "/whoami")
    wait_for(lambda: server.keys() == [], what="an empty store")


def test_the_prefix_and_the_database_are_as_configured(store, launch):
    server = store()
    gateway = launch(server, url=server.url + "/3", **{"limiter.prefix": "fleet-7"})
    wait_until_up(gateway)
    gateway.ask("GET", "/whoami")
    assert server.keys() == []
    assert server.ask("-n", 3, "KEYS", "*") == f"fleet-7:default:{gateway.keys.id('all')}"


# How it is reached.

def test_a_unix_socket_a_password_and_a_user_are_taken(store, launch, tmp_path):
    password = "a store's pass/word: 100%"
    file = tmp_path / "password"
    file.write_text(password + "\n", encoding="utf-8")
    server = store(unix=True, settings=[f'user limiter on ">{password}" ~jobgate:* +@all'])
    RECORD.secret("store's password", password)
    gateway = launch(server, url=f"unix://limiter@{server.socket}", **{"limiter.passwordFile": str(file)})
    wait_until_up(gateway)
    gateway.ask("GET", "/whoami")
    assert len(server.keys()) == 1


def test_a_user_needs_no_more_than_the_documented_rights(store, launch):
    server = store(settings=[
        "user limiter on >narrow-rights ~jobgate:* -@all +eval +evalsha +script|load +get +set +time +ping"])
    RECORD.secret("store's password", "narrow-rights")
    gateway = launch(server, url=f"redis://limiter:narrow-rights@127.0.0.1:{server.port}", limits=["default=1/1h"])
    wait_until_up(gateway)
    assert [gateway.ask("GET", "/whoami").status for _ in range(2)] == [200, 429]
    server.ask("SCRIPT", "FLUSH")
    assert gateway.ask("GET", "/whoami").status == 429
    assert health(gateway)["limiter"]["state"] == "ok"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority", "store authority")


@pytest.fixture
def secure_store(store, authority):
    """A store that speaks TLS alone, as 127.0.0.1 and as localhost."""
    certificate = authority.issue("store", "IP:127.0.0.1,DNS:localhost")
    return store(certificate=(*certificate, authority.certificate), password="over-tls-only")


def test_tls_is_spoken_to_a_certificate_of_the_authority_and_to_no_other(secure_store, launch, authority, tmp_path):
    gateway = launch(secure_store, **{"limiter.caBundle": authority.certificate})
    wait_until_up(gateway)
    gateway.ask("GET", "/whoami")
    assert len(secure_store.keys()) == 1
    stranger = Authority(tmp_path / "stranger", "another authority")
    wait_until_down(launch(secure_store, **{"limiter.caBundle": stranger.certificate}), "TLS")


@pytest.mark.skipif(not resolves("localhost"), reason="this machine has no name localhost")
def test_tls_is_spoken_to_a_certificate_of_the_store_s_name(secure_store, launch, authority):
    url = secure_store.url.replace("127.0.0.1", "localhost")
    wait_until_up(launch(secure_store, url=url, **{"limiter.caBundle": authority.certificate}))


def test_a_certificate_of_another_name_is_not_taken(store, launch, tmp_path):
    authority = Authority(tmp_path / "authority", "store authority")
    certificate = authority.issue("store", "DNS:elsewhere.example")
    server = store(certificate=(*certificate, authority.certificate))
    gateway = launch(server, **{"limiter.caBundle": authority.certificate})
    wait_until_down(gateway, "TLS")


@pytest.mark.parametrize("user, reason", [("", "NOAUTH"), (":not-this-one@", "WRONGPASS")])
def test_a_wrong_password_is_told_and_not_repeated(store, launch, user, reason):
    server = store(password="the-right-one")
    RECORD.secret("store's password", "not-this-one")
    gateway = launch(server, url=f"redis://{user}127.0.0.1:{server.port}")
    limiter = wait_until_down(gateway, reason)
    assert limiter["store"] == "redis"
    assert health(gateway)["status"] == "warn"
    assert reason in messages(gateway, LOG_DOWN)[0]["cause"]


def test_a_password_that_was_changed_is_read_anew(store, launch, tmp_path):
    file = tmp_path / "password"
    file.write_text("first-password", encoding="utf-8")
    server = store(password="second-password")
    RECORD.secret("store's password", "first-password")
    gateway = launch(server, url=f"redis://127.0.0.1:{server.port}", **{"limiter.passwordFile": str(file)})
    wait_until_down(gateway, "WRONGPASS")
    file.write_text("second-password\n", encoding="utf-8")
    wait_until_up(gateway)


def test_a_password_on_the_command_line_is_refused_and_not_shown(keys, tmp_path):
    RECORD.secret("store's password", "seen-by-all")
    run = command("check", "--keys", keys.path, "--region", "eu-west-1", "--json",
                  "--set", "limiter.url=redis://:seen-by-all@127.0.0.1", home=tmp_path)
    assert run.returncode == 78
    assert "JOBGATE_LIMITER_URL" in json.loads(run.out)["problems"][0]
    run = command("check", "--keys", keys.path, "--region", "eu-west-1", "--json", home=tmp_path,
                  env={"JOBGATE_LIMITER_URL": "redis://:seen-by-all@127.0.0.1"})
    assert run.returncode == 0 and "127.0.0.1" not in run.out


# When it is gone.

def test_without_the_store_each_gateway_counts_its_share(store, launch):
    server = store()
    gateway = launch(server, limits=["default=100/1h"], **{"limiter.replicas": 4})
    wait_until_up(gateway)
    assert gateway.ask("GET", "/whoami")["RateLimit"].startswith('"default";r=99;')
    server.kill()
    wait_until_down(gateway)
    answer = gateway.ask("GET", "/whoami")
    assert answer["RateLimit-Policy"] == '"default";q=25;w=3600'
    assert count_passes([gateway], clients=8, requests=10) == {200: 24, 429: 56}


def test_open_lets_all_through_and_says_what_it_knows(store, launch):
    server = store()
    gateway = launch(server, limits=["default=2/1h"], **{"limiter.whenDown": "open"})
    wait_until_up(gateway)
    server.kill()
    wait_until_down(gateway)
    answers = [gateway.ask("GET", "/whoami") for _ in range(5)]
    assert [answer.status for answer in answers] == [200] * 5
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"default";q=2;w=3600'}
    assert {answer["RateLimit"] for answer in answers} == {None}


def test_closed_refuses_what_it_cannot_count(store, launch, judge):
    server = store()
    gateway = launch(server, **{"limiter.whenDown": "closed"})
    wait_until_up(gateway)
    server.kill()
    wait_until_down(gateway)
    for path in ("/whoami", "/transfer-jobs/transfer-job-1", "/nowhere"):
        answer = gateway.ask("GET", path)
        assert_problem(answer, "overloaded")
        assert answer["Retry-After"] == "1"
        assert answer["RateLimit"] is None
    assert gateway.ask("GET", "/livez", key=None).status == 200
    assert gateway.ask("GET", "/whoami", key=None).status == 401
    assert judge.calls() == []


def test_a_store_that_was_not_there_at_the_start_is_found(store, launch):
    server = store()
    server.kill()
    gateway = launch(server)
    wait_until_down(gateway)
    assert gateway.ask("GET", "/whoami").status == 200
    server.start()
    wait_until_up(gateway)
    gateway.ask("GET", "/whoami")
    assert len(server.keys()) == 1


def test_a_store_that_was_killed_is_used_again_and_both_are_logged_once(store, launch):
    server = store()
    gateway = launch(server)
    wait_until_up(gateway)
    with Traffic(lambda: Line(gateway, "GET", "/whoami"), callers=4, pause=0.02) as traffic:
        server.kill()
        wait_until_down(gateway)
        time.sleep(0.5)
        server.start()
        wait_until_up(gateway)
        wait_for(lambda: len(server.keys()) == 1, what="a request that the new store counted")
    assert None not in traffic.statuses()
    assert set(traffic.statuses()) <= {200, 429}
    gateway.wait_line(lambda line: True if LOG_UP in line else None)
    assert len(messages(gateway, LOG_DOWN)) == len(messages(gateway, LOG_UP)) == 1


def test_the_end_of_a_gateway_is_no_outage_of_the_store(store, launch):
    server = store()
    gateway = launch(server)
    wait_until_up(gateway)
    gateway.ask("GET", "/whoami")
    gateway.signal()
    assert gateway.exit_code() == 0
    assert messages(gateway, LOG_DOWN) == []
    assert [entry["store"] for entry in messages(gateway, "rate limits are shared")] == [f"127.0.0.1:{server.port}"]


def test_a_store_that_forgets_its_scripts_goes_on_to_count(store, launch):
    server = store()
    gateway = launch(server, limits=["default=3/1h"])
    wait_until_up(gateway)
    statuses = []
    for _ in range(5):
        server.ask("SCRIPT", "FLUSH")
        statuses.append(gateway.ask("GET", "/whoami").status)
    assert statuses == [200, 200, 200, 429, 429]
    assert messages(gateway, LOG_DOWN) == []


def test_a_full_store_is_down_until_it_has_room(store, launch):
    server = store(settings=["maxmemory-policy noeviction"])
    gateway = launch(server, limits=["default=100000/60s"])
    wait_until_up(gateway)
    server.ask("CONFIG", "SET", "maxmemory", "1")
    with Traffic(lambda: Line(gateway, "GET", "/whoami"), callers=2, pause=0.02) as traffic:
        wait_until_down(gateway, "OOM")
        server.ask("CONFIG", "SET", "maxmemory", "0")
        wait_until_up(gateway)
    assert set(traffic.statuses()) == {200}


def test_a_replica_is_left_for_whoever_is_master_then(store, launch):
    master, server = store(), store()
    gateway = launch(server, limits=["default=100000/60s"])
    wait_until_up(gateway)
    server.ask("REPLICAOF", "127.0.0.1", master.port)
    with Traffic(lambda: Line(gateway, "GET", "/whoami"), callers=2, pause=0.02) as traffic:
        wait_for(lambda: messages(gateway, LOG_DOWN), what="a store that is read only")
        server.ask("REPLICAOF", "NO", "ONE")
        wait_until_up(gateway)
    assert set(traffic.statuses()) == {200}


def p99(seconds):
    ordered = sorted(seconds)
    return ordered[max(0, len(ordered) * 99 // 100 - 1)]


def test_with_a_stopped_store_no_request_waits_longer_than_the_deadline(store, launch):
    """The store's deadline is two seconds here, far above what a busy machine adds to a request by itself."""
    deadline, slack = 2, 1
    server = store()
    gateway = launch(server, limits=["default=1000000/60s"], **{"limiter.timeout": "2s"})
    wait_until_up(gateway)
    with Traffic(lambda: Line(gateway, "GET", "/whoami"), callers=8, pause=0.01) as traffic:
        time.sleep(2)
        undisturbed = p99([seconds for _, _, seconds in list(traffic.results)])
        stopped = time.monotonic()
        server.pause()
        wait_until_down(gateway)
        down = time.monotonic()
        time.sleep(6)
    statuses = traffic.statuses()
    assert set(statuses) == {200}, statuses
    at_first = [seconds for moment, _, seconds in traffic.results if stopped <= moment <= down + deadline]
    then = [seconds for moment, _, seconds in traffic.results if moment > down + deadline]
    assert len(then) > 100
    assert p99(at_first) <= undisturbed + deadline + slack, (undisturbed, p99(at_first))
    assert max(at_first) >= deadline * 0.9, "some request has waited for the store"
    # From now on none waits: also while the silent connection is given up, and others are tried.
    assert p99(then) <= undisturbed + deadline / 2, (undisturbed, p99(then))
    server.resume()
    wait_until_up(gateway)
    assert gateway.ask("GET", "/whoami")["RateLimit-Policy"] == '"default";q=1000000;w=60'


def test_late_answers_of_a_store_are_not_taken_for_others(store, launch):
    """Two callers: what the one is told after a pause of the store is never what was meant for the other."""
    server = store()
    gateway = launch(server, limits=["default=1000/1h"], **{"limiter.timeout": "20ms", "limiter.whenDown": "open"})
    wait_until_up(gateway)
    for _ in range(30):
        gateway.ask("GET", "/whoami", key="all")
    for _ in range(6):
        server.pause()
        for key in ("all", "reader", "all"):
            gateway.ask("GET", "/whoami", key=key)
        server.resume()
        wait_until_up(gateway)
        left = {}
        for key in ("reader", "all"):
            field = wait_for(lambda: gateway.ask("GET", "/whoami", key=key)["RateLimit"], what="a counted request")
            left[key] = int(field.split(";")[1][2:])
        assert left["all"] <= 1000 - 31 and left["reader"] > 1000 - 31, left
