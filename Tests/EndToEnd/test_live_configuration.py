"""The configuration of a running gateway: changed, broken, repaired; SIGHUP and looks every other second."""

import concurrent.futures
import json
import signal
import time
import urllib.request

import pytest
import yaml

import aws_answers as aws
from conftest import ALL_SCOPES
from expectations import assert_problem
from gateway_process import configuration
from paths import transfer_path
from test_signals_and_pipes import READ, looks, wait_until

PATH = transfer_path()
PAGE = "https://app.example.com"
# A look every other second; SIGHUP looks at once. A busy machine may need longer, never shorter, so this only ends tests.
SOON = 20


@pytest.fixture
def live(start, own_keys):
    """Starts a gateway with an admin listener and keys of its own: `all` and `other`."""
    own_keys.create("all", *ALL_SCOPES)
    own_keys.create("other", *ALL_SCOPES)

    def live(**config):
        gateway = start(keys=own_keys, config={"admin.port": 0, **config})
        line = gateway.wait_line(lambda line: line if '"admin listening"' in line else None, what="the admin listener")
        gateway.admin = f"http://127.0.0.1:{json.loads(line)['port']}"
        return gateway

    return live


def write(gateway, text=None, **config):
    """Exchanges the configuration file in one step."""
    if text is None:
        text = yaml.safe_dump(configuration(gateway.keys.path, {"admin.port": 0, **config}))
    fresh = gateway.config_file.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.rename(gateway.config_file)


def health(gateway):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(gateway.admin + "/healthz", timeout=10) as answer:
        return json.load(answer)


def quota(gateway, key="all"):
    return gateway.ask("GET", "/whoami", key=key).json["limit"]["quota"]


def reloads(gateway):
    return [entry for entry in gateway.log if entry["message"] == "configuration reloaded"]


@pytest.mark.parametrize("asked", [True, False], ids=["SIGHUP", "a look"])
def test_a_changed_file_is_taken_up_whole(live, asked):
    gateway = live()
    assert quota(gateway) == 100_000
    write(gateway, **{"limits": ["default=77/60s"], "cors.origins": [PAGE]})
    if asked:
        gateway.signal(signal.SIGHUP)
    wait_until(lambda: quota(gateway) == 77, SOON)
    assert gateway.ask("GET", "/whoami", headers=[("Origin", PAGE)])["Access-Control-Allow-Origin"] == PAGE
    assert health(gateway)["configuration"]["state"] == "ok"


def test_sighup_reads_again_what_has_not_changed_and_ends_nothing(live):
    gateway = live()
    for count in (1, 2, 3):
        gateway.signal(signal.SIGHUP)
        wait_until(lambda: len(reloads(gateway)) >= count, SOON)
    assert quota(gateway) == 100_000


def test_a_storm_of_sighups_ends_nothing(live):
    gateway = live()
    for _ in range(200):
        gateway.signal(signal.SIGHUP)
    assert quota(gateway) == 100_000


WRONG = {
    "nothing": "",
    "a syntax error": "limits: [default=77/60s\n  - {",
    "a wrong value": "limits: [default=0/60s]\n",
    "an unknown setting": "limit: [default=77/60s]\n",
    "no mapping": "- limits\n",
    "a wrong value besides good ones": "limits: [default=77/60s]\ncors: {origins: ['*']}\n",
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_file_changes_nothing_but_the_health(live, fault):
    gateway = live(**{"limits": ["default=88/60s"]})
    wait_until(lambda: health(gateway)["status"] == "ok", SOON)
    before = health(gateway)
    assert (before["configuration"]["state"], before["configuration"]["problems"]) == ("ok", [])
    write(gateway, WRONG[fault])
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: health(gateway)["configuration"]["state"] == "rejected", SOON)
    after = health(gateway)
    assert after["status"] == "warn"
    assert after["configuration"]["adoptedAt"] == before["configuration"]["adoptedAt"]
    assert any("jobgate.yaml" in problem for problem in after["configuration"]["problems"])
    assert quota(gateway) == 88
    assert gateway.ask("GET", "/whoami", headers=[("Origin", PAGE)])["Access-Control-Allow-Origin"] is None
    time.sleep(5)
    errors = [entry for entry in gateway.log if entry["level"] == "error"]
    assert len(errors) == 1 and "stay as they were" in errors[0]["message"] and errors[0]["cause"]
    write(gateway, **{"limits": ["default=99/60s"]})
    wait_until(lambda: quota(gateway) == 99, SOON)
    wait_until(lambda: health(gateway)["status"] == "ok", SOON)


def test_a_key_that_is_revoked_is_refused_also_while_the_configuration_is_broken(live):
    gateway = live()
    write(gateway, "limits: [")
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: health(gateway)["configuration"]["state"] == "rejected", SOON)
    assert gateway.ask("GET", "/whoami", key="other").status == 200
    gateway.keys.revoke("other")
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: gateway.ask("GET", "/whoami", key="other").status == 401, SOON)
    assert_problem(gateway.ask("GET", "/whoami", key="other"), "invalid-credential")
    assert quota(gateway) == 100_000
    assert health(gateway)["configuration"]["state"] == "rejected"


def test_a_request_under_way_keeps_the_policy_that_it_began_with(live, judge):
    gateway = live(**{"cors.origins": [PAGE]})
    judge.on(READ, aws.got_transfer("CANCELLING"))
    ask = [("Origin", PAGE), ("Prefer", "wait=8")]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(gateway.ask, "GET", PATH, headers=ask)
        wait_until(lambda: looks(judge, "transfer-job-1") >= 1)
        write(gateway, **{"limits": ["default=77/60s"]})
        gateway.signal(signal.SIGHUP)
        wait_until(lambda: quota(gateway) == 77, 6)
        assert not waiting.done(), "the wait outlasts the change"
        answer = waiting.result(30)
    assert answer.status == 200
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert ";q=100000;" in answer["RateLimit-Policy"]
    assert gateway.ask("GET", PATH, headers=[("Origin", PAGE)])["Access-Control-Allow-Origin"] is None


def test_settings_that_need_a_restart_are_named_and_change_nothing(live):
    gateway = live()
    write(gateway, **{"limits": ["default=77/60s"], "aws.timeout": "3s", "server.maxConnections": 7})
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: quota(gateway) == 77, SOON)
    line = json.loads(gateway.wait_line(lambda line: line if "next start" in line else None, SOON, "the warning"))
    assert line["level"] == "warning" and line["settings"] == "server, aws"


def test_no_request_fails_while_the_configuration_is_read_again_and_again(live):
    gateway = live()
    quotas, end = set(), time.monotonic() + 4

    def ask():
        answers = []
        while time.monotonic() < end:
            answer = gateway.ask("GET", "/whoami")
            assert answer.status == 200
            # The header and the body are of one policy.
            assert f";q={answer.json['limit']['quota']};" in answer["RateLimit-Policy"]
            answers.append(answer.json["limit"]["quota"])
        return answers

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(ask) for _ in range(4)]
        number = 0
        while time.monotonic() < end:
            number += 1
            write(gateway, **{"limits": [f"default={100_000 + number}/60s"]})
            gateway.signal(signal.SIGHUP)
            time.sleep(0.05)
        for run in runs:
            quotas.update(run.result())
    assert len(quotas) > 2, "the configuration changed under the requests"
