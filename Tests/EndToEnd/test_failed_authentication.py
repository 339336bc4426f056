"""How often an address may fail to authenticate."""

import signal
import socket

import pytest
import yaml

import http_client
from conftest import ALL_SCOPES
from expectations import assert_problem
from gateway_process import configuration
from http_client import at_once
from test_signals_and_pipes import wait_until

BAD = "jg_zzzzzzzz_" + "A" * 43
# Nothing of it is refilled while a test runs.
SLOW = "5/10h"


class From(http_client.Wire):
    """A connection from another of this machine's loopback addresses."""

    def __init__(self, port, source):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(source, 0))
        self.buffer = b""

    def ask(self, key):
        self.send(http_client.head("GET", "/whoami", [("X-API-Key", key)]))
        return self.answer()


def fail(gateway, **options):
    return gateway.ask("GET", "/whoami", key=None, headers={"X-API-Key": BAD}, **options)


def spend(gateway, count=5):
    answers = [fail(gateway) for _ in range(count)]
    assert [answer.status for answer in answers] == [401] * count
    return gateway


@pytest.fixture
def limited(start):
    return start(config={"authentication.failures": SLOW})


def test_an_address_that_failed_too_often_gets_429_and_no_limit_of_a_caller(limited, judge):
    spend(limited)
    answer = fail(limited)
    problem = assert_problem(answer, "rate-limited")
    assert "failed authentications" in problem["detail"] and problem["retryable"] is True
    # Five in ten hours: the next one after two.
    assert 7100 < int(answer["Retry-After"]) <= 7200 and problem["retryAfterSeconds"] == int(answer["Retry-After"])
    for name in ("RateLimit", "RateLimit-Policy", "WWW-Authenticate"):
        assert answer[name] is None, name
    line = limited.access_line(answer["X-Request-Id"])
    assert (line["caller"], line["problem"], line["cause"]) == (None, "rate-limited", "unknown key")
    assert judge.calls() == []


def test_a_good_key_passes_from_an_address_that_is_out_of_failures(limited):
    spend(limited)
    assert fail(limited).status == 429
    answer = limited.ask("GET", "/whoami")
    assert answer.status == 200 and answer["RateLimit"]
    assert limited.ask("GET", "/livez", key=None).status == 200


def test_without_a_credential_nothing_is_counted_and_nothing_changes(limited):
    for _ in range(8):
        assert_problem(limited.ask("GET", "/whoami", key=None), "unauthenticated")
    spend(limited)
    assert_problem(limited.ask("GET", "/whoami", key=None), "unauthenticated")


def test_another_address_is_not_concerned(limited):
    spend(limited)
    assert fail(limited).status == 429
    with From(limited.port, "127.0.0.2") as wire:
        assert [wire.ask(BAD).status for _ in range(6)] == [401] * 5 + [429]
    assert limited.access_line(fail(limited)["X-Request-Id"])["remote"] == "127.0.0.1"


def test_many_at_once_get_no_more_failures_than_one(limited):
    answers = at_once(32, lambda: fail(limited))
    assert sorted(answer.status for answer in answers) == [401] * 5 + [429] * 27


def test_every_kind_of_bad_credential_counts(start, own_keys):
    own_keys.create("all", *ALL_SCOPES)
    own_keys.create("revoked", *ALL_SCOPES)
    own_keys.revoke("revoked")
    gateway = start(keys=own_keys, config={"authentication.failures": "4/10h"})
    for credential in (BAD, "hunter2", own_keys.keys["revoked"], "Bearer"):
        assert gateway.ask("GET", "/whoami", key=None, headers={"X-API-Key": credential}).status == 401
    assert fail(gateway).status == 429


def test_it_is_on_unless_it_is_turned_off(start):
    on = start(config={"authentication.failures": None})
    # Sixty a minute, so one more each second: a slow machine sends some more before it is refused.
    wait_until(lambda: fail(on).status == 429, 60)
    off = start(config={"authentication.failures": "off"})
    assert {fail(off).status for _ in range(100)} == {401}


def test_it_changes_while_the_gateway_runs(limited):
    spend(limited)
    assert fail(limited).status == 429

    def write(failures):
        limited.config_file.write_text(
            yaml.safe_dump(configuration(limited.keys.path, {"authentication.failures": failures})), encoding="utf-8")
        limited.signal(signal.SIGHUP)

    write("off")
    wait_until(lambda: fail(limited).status == 401, 30)
    write("1/10h")
    wait_until(lambda: fail(limited).status == 429, 30)
