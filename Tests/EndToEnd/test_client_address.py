"""Where a request comes from, directly and behind proxies."""

import signal

import pytest
import yaml

import http_client
from gateway_process import command, configuration
from test_signals_and_pipes import wait_until

BAD = "jg_zzzzzzzz_" + "A" * 43
TRUSTED = ["127.0.0.0/8", "::1", "10.0.0.0/8"]


def line(gateway, headers=(), host=None):
    """The access line of one request with these headers."""
    answer = http_client.ask(gateway.port, "GET", "/livez", headers=headers, host=host or gateway.host)
    assert answer.status == 200
    return gateway.access_line(answer["X-Request-Id"])


def addresses(gateway, headers=(), host=None):
    entry = line(gateway, headers, host)
    return entry["remote"], entry.get("peer")


@pytest.fixture(scope="module")
def proxied(keys, court, tmp_path_factory):
    """A gateway that believes this machine's `X-Forwarded-For`."""
    yield from running(keys, court, tmp_path_factory, {"proxies.trusted": TRUSTED})


@pytest.fixture(scope="module")
def forwarded(keys, court, tmp_path_factory):
    """A gateway that believes this machine's `Forwarded`."""
    yield from running(keys, court, tmp_path_factory, {"proxies.trusted": TRUSTED, "proxies.header": "forwarded"})


def running(keys, court, tmp_path_factory, config):
    from conftest import aws_environment
    from gateway_process import Gateway

    gateway = Gateway(tmp_path_factory.mktemp("gateway"), keys, config=config, env=aws_environment(court))
    yield gateway
    assert gateway.stop() is None, f"the gateway died: {gateway.errors.decode()}"


def test_without_configured_proxies_no_header_is_believed(gateway):
    headers = [("X-Forwarded-For", "192.0.2.1"), ("Forwarded", "for=192.0.2.1"), ("X-Real-IP", "192.0.2.1"),
               ("X-Client-IP", "192.0.2.1"), ("CF-Connecting-IP", "192.0.2.1"), ("True-Client-IP", "192.0.2.1")]
    assert addresses(gateway, headers) == ("127.0.0.1", None)


@pytest.mark.parametrize("fields, remote", [
    (["192.0.2.1"], "192.0.2.1"),
    (["198.51.100.66, 192.0.2.1"], "192.0.2.1"),
    (["198.51.100.66", "192.0.2.1", "10.0.0.9"], "192.0.2.1"),
    (["192.0.2.1, unknown, 10.0.0.9"], "10.0.0.9"),
    (["192.0.2.1:4711"], "192.0.2.1"),
    (["[2001:DB8::1]:4711"], "2001:db8::1"),
    (["::ffff:192.0.2.1"], "192.0.2.1"),
    (["10.0.0.8, 10.0.0.9"], "10.0.0.8"),
    (["192.0.2.1, <script>"], "127.0.0.1"),
    ([""], "127.0.0.1"),
    ([], "127.0.0.1"),
])
def test_x_forwarded_for_is_followed_from_the_right(proxied, fields, remote):
    expected = (remote, None if remote == "127.0.0.1" else "127.0.0.1")
    assert addresses(proxied, [("x-forwarded-for", field) for field in fields]) == expected


@pytest.mark.parametrize("fields, remote", [
    (['for=198.51.100.66, for="192.0.2.1:4711";proto=https;by=10.0.0.9'], "192.0.2.1"),
    (['for="[2001:db8::1]:4711"'], "2001:db8::1"),
    (['for="198.51.100.66', "for=192.0.2.1"], "192.0.2.1"),
    (['for="198.51.100.66, for=192.0.2.1'], "192.0.2.1"),
    (["for=198.51.100.66, for=unknown"], "127.0.0.1"),
    (["for=198.51.100.66, for=_gate, for=10.0.0.9"], "10.0.0.9"),
])
def test_forwarded_is_followed_from_the_right(forwarded, fields, remote):
    expected = (remote, None if remote == "127.0.0.1" else "127.0.0.1")
    assert addresses(forwarded, [("Forwarded", field) for field in fields]) == expected


def test_only_the_configured_header_is_read(proxied, forwarded):
    both = [("X-Forwarded-For", "192.0.2.1"), ("Forwarded", "for=192.0.2.2")]
    assert addresses(proxied, both)[0] == "192.0.2.1"
    assert addresses(forwarded, both)[0] == "192.0.2.2"
    assert addresses(proxied, both[1:]) == addresses(forwarded, both[:1]) == ("127.0.0.1", None)


def test_a_peer_that_is_not_trusted_is_not_believed(start):
    gateway = start(config={"proxies.trusted": ["10.0.0.0/8"]})
    assert addresses(gateway, [("X-Forwarded-For", "192.0.2.1")]) == ("127.0.0.1", None)


def test_an_ipv4_client_of_a_socket_for_both_is_an_ipv4_client(start):
    gateway = start(host="::", config={"proxies.trusted": ["127.0.0.1"]})
    assert addresses(gateway, host="127.0.0.1") == ("127.0.0.1", None)
    assert addresses(gateway, host="::1") == ("::1", None)
    header = [("X-Forwarded-For", "2001:db8::7")]
    assert addresses(gateway, header, host="127.0.0.1") == ("2001:db8::7", "127.0.0.1")
    assert addresses(gateway, header, host="::1") == ("::1", None)


def test_failures_count_for_the_client_behind_the_proxy(start):
    gateway = start(config={"proxies.trusted": TRUSTED, "authentication.failures": "3/10h"})

    def fail(client):
        return gateway.ask("GET", "/whoami", key=None, headers={"X-API-Key": BAD, "X-Forwarded-For": client}).status

    assert [fail("2001:db8:0:1::1"), fail("2001:db8:0:1:ffff::2"), fail("2001:db8:0:1::3")] == [401] * 3
    assert fail("2001:db8:0:1::4") == 429, "the same /64"
    assert fail("2001:db8:0:2::1") == 401, "another one"
    assert [fail(f"198.51.100.{number}, 192.0.2.1") for number in range(4)] == [401] * 3 + [429], "a forged left part"
    assert fail("192.0.2.2") == 401


def test_proxies_change_while_the_gateway_runs(start):
    gateway = start()
    header = [("X-Forwarded-For", "192.0.2.1")]
    assert addresses(gateway, header) == ("127.0.0.1", None)
    text = yaml.safe_dump(configuration(gateway.keys.path, {"proxies.trusted": ["127.0.0.1"]}))
    gateway.config_file.write_text(text, encoding="utf-8")
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: addresses(gateway, header) == ("192.0.2.1", "127.0.0.1"), 30)


@pytest.mark.parametrize("trusted", ["0.0.0.0/0", "::/0", "10.0.0.1/8", "10.0.0.0/33", "proxy.example", "*"])
def test_what_is_no_range_of_proxies_is_told(keys, trusted):
    run = command("check", "--keys", keys.path, "--region", "eu-west-1", "--set", f"proxies.trusted={trusted}",
                  home=keys.home)
    assert run.returncode == 78 and f"not `{trusted}`" in run.out + run.err
