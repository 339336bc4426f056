"""Keys in life: clients with several, rotation, and when each was last used."""

import datetime
import json
import os
import re
import stat

import pytest

from conftest import ALL_SCOPES
from expectations import assert_problem, instant
from gateway_process import command
from test_signals_and_pipes import wait_until

# The gateway looks every other second; a busy machine may need longer, never shorter, so this only ends tests.
SOON = 30


def status(gateway, key):
    return gateway.ask("GET", "/whoami", key=key).status


def becomes(gateway, key, wanted):
    wait_until(lambda: status(gateway, key) == wanted, SOON)


# Clients.

def test_two_keys_of_a_client_are_one_caller_with_one_limit(start, own_keys):
    own_keys.create("first", *ALL_SCOPES, client="checkout")
    own_keys.create("second", *ALL_SCOPES, client="checkout")
    own_keys.create("other", *ALL_SCOPES)
    gateway = start(keys=own_keys, config={"limits": ["default=6/10h"]})
    answers = [gateway.ask("GET", "/whoami", key=key) for key in ("first", "second") * 3]
    assert [answer.status for answer in answers] == [200] * 6
    assert {answer.json["id"] for answer in answers} == {"checkout"}
    for key in ("first", "second"):
        answer = gateway.ask("GET", "/whoami", key=key)
        assert_problem(answer, "rate-limited")
        line = gateway.access_line(answer["X-Request-Id"])
        assert (line["caller"], line["credential"]) == ("checkout", own_keys.id(key))
    assert status(gateway, "other") == 200


@pytest.mark.parametrize("client", ["", "a b", "a/b", "a:b", "ü", "a" * 65])
def test_a_client_is_named_in_plain_characters(own_keys, client):
    run = command("keys", "create", "--file", own_keys.path, "--name", "x", "--scope", "conversions:read",
                  "--client", client, home=own_keys.home)
    assert (run.returncode, run.out) == (64, "") and "--client" in run.err
    assert not own_keys.path.exists()


# Rotation.

def test_a_rotated_key_and_its_successor_are_one_caller_while_they_overlap(start, own_keys):
    own_keys.create("old", "conversions:read", "transfer-jobs:read", limit="tight", expires="30d", targets=("default",))
    gateway = start(keys=own_keys, config={"limits": ["default=100/60s", "tight=8/10h"]})
    before = gateway.ask("GET", "/whoami", key="old").json
    own_keys.rotate("old", as_name="new")
    becomes(gateway, "new", 200)
    after = gateway.ask("GET", "/whoami", key="new").json
    old_id, new_id = own_keys.id("old"), own_keys.id("new")
    assert old_id != new_id and before["id"] == after["id"] == old_id
    for member in ("name", "scopes", "targets"):
        assert before[member] == after[member], member
    assert after["limit"]["quota"] == 8
    rows = own_keys.listed()
    old, new = rows[old_id], rows[new_id]
    assert old["client"] == new["client"] == old_id
    for member in ("name", "scopes", "limit", "targets"):
        assert old[member] == new[member], member
    now = datetime.datetime.now(datetime.timezone.utc)
    assert 23 < (instant(old["expiresAt"]) - now).total_seconds() / 3600 < 24.1
    assert 29.9 < (instant(new["expiresAt"]) - now).total_seconds() / 86400 < 30.1
    assert stat.S_IMODE(own_keys.path.stat().st_mode) == 0o600
    assert own_keys.keys["new"] not in own_keys.path.read_text()
    # One caller, one limit: what the old key has left is what the new one has left.
    while (answer := gateway.ask("GET", "/whoami", key="new")).status == 200:
        pass
    assert_problem(answer, "rate-limited")
    assert status(gateway, "old") == 429


def test_without_an_overlap_the_old_key_ends_at_once(start, own_keys):
    own_keys.create("old", *ALL_SCOPES)
    gateway = start(keys=own_keys)
    assert status(gateway, "old") == 200
    own_keys.rotate("old", "--overlap", "0s", as_name="new")
    becomes(gateway, "new", 200)
    assert_problem(gateway.ask("GET", "/whoami", key="old"), "invalid-credential")


def test_after_the_overlap_the_old_key_ends_by_itself(start, own_keys):
    own_keys.create("old", *ALL_SCOPES)
    gateway = start(keys=own_keys)
    own_keys.rotate("old", "--overlap", "8s", as_name="new")
    end = instant(own_keys.listed()[own_keys.id("old")]["expiresAt"])
    becomes(gateway, "new", 200)
    becomes(gateway, "old", 401)
    assert datetime.datetime.now(datetime.timezone.utc) >= end
    assert status(gateway, "new") == 200


def test_a_rotation_never_lengthens_the_old_keys_life(own_keys):
    own_keys.create("old", "conversions:read", expires="1h")
    before = own_keys.listed()[own_keys.id("old")]["expiresAt"]
    own_keys.rotate("old", "--overlap", "90d", "--expires", "2099-01-01T00:00:00Z", as_name="new")
    rows = own_keys.listed()
    assert rows[own_keys.id("old")]["expiresAt"] == before
    assert rows[own_keys.id("new")]["expiresAt"] == "2099-01-01T00:00:00Z"


def test_a_key_can_be_rotated_again_and_again(start, own_keys):
    own_keys.create("0", *ALL_SCOPES)
    for number in range(1, 4):
        own_keys.rotate(str(number - 1), as_name=str(number))
    gateway = start(keys=own_keys)
    assert {gateway.ask("GET", "/whoami", key=str(number)).json["id"] for number in range(4)} == {own_keys.id("0")}


@pytest.mark.parametrize("which", ["revoked", "expired", "unknown"])
def test_a_key_that_is_not_good_cannot_be_rotated(own_keys, which):
    own_keys.create("revoked", "conversions:read")
    own_keys.create("expired", "conversions:read", expires="1s")
    own_keys.revoke("revoked")
    wait_until(lambda: own_keys.listed()[own_keys.id("expired")]["state"] == "expired", SOON)
    before = own_keys.path.read_bytes()
    ident = "zzzzzzzz" if which == "unknown" else own_keys.id(which)
    run = command("keys", "rotate", "--file", own_keys.path, ident, home=own_keys.home)
    assert (run.returncode, run.out) == (1, "") and f"`{ident}`" in run.err
    assert own_keys.path.read_bytes() == before


@pytest.mark.parametrize("options", [["--overlap", "soon"], ["--overlap", "-1s"], ["--expires", "yesterday"],
                                     ["--expires", "2020-01-01T00:00:00Z"]])
def test_a_rotation_with_a_wrong_option_changes_nothing(own_keys, options):
    own_keys.create("old", "conversions:read")
    before = own_keys.path.read_bytes()
    run = command("keys", "rotate", "--file", own_keys.path, own_keys.id("old"), *options, home=own_keys.home)
    assert (run.returncode, run.out) == (64, "") and options[0] in run.err
    assert own_keys.path.read_bytes() == before


def test_a_rotation_in_a_file_that_is_not_there_makes_none(own_keys):
    run = command("keys", "rotate", "--file", own_keys.path, "aaaaaaaa", home=own_keys.home)
    assert (run.returncode, run.out) == (1, "") and str(own_keys.path) in run.err
    assert not own_keys.path.exists()


# Last-used times.

def used(own_keys):
    return own_keys.path.with_name(own_keys.path.name + ".used")


def last_use(own_keys, name, *options):
    return own_keys.listed(*options)[own_keys.id(name)].get("lastUsedAt")


def assert_recent(text):
    age = (datetime.datetime.now(datetime.timezone.utc) - instant(text)).total_seconds()
    assert 0 <= age < 180 and text.endswith(":00Z"), text


def test_a_use_is_listed_soon_to_the_minute(start, own_keys):
    for name in ("busy", "idle", "refused"):
        own_keys.create(name, *ALL_SCOPES)
    own_keys.revoke("refused")
    before = own_keys.path.read_bytes()
    run = command("keys", "list", "--file", own_keys.path, home=own_keys.home)
    assert run.out.count("last used unknown") == 3, "there is no file yet"
    gateway = start(keys=own_keys)
    assert (status(gateway, "busy"), status(gateway, "refused")) == (200, 401)
    wait_until(lambda: used(own_keys).exists(), SOON)
    assert_recent(last_use(own_keys, "busy"))
    assert last_use(own_keys, "idle") is last_use(own_keys, "refused") is None
    run = command("keys", "list", "--file", own_keys.path, home=own_keys.home)
    assert len(re.findall(r"last used \d{4}-\d\d-\d\dT\d\d:\d\d:00Z", run.out)) == 1
    assert run.out.count("last used never") == 2
    assert stat.S_IMODE(used(own_keys).stat().st_mode) == 0o600
    assert own_keys.path.read_bytes() == before, "the key file itself is left alone"
    names = sorted(path.name for path in own_keys.path.parent.glob("own-keys*"))
    assert names == ["own-keys.yaml", "own-keys.yaml.used"]
    text = used(own_keys).read_text()
    assert all(key.split("_", 2)[2] not in text for key in own_keys.keys.values())


def test_the_last_uses_are_written_at_the_end_and_gateways_share_the_file(start, own_keys):
    for name in ("first", "second"):
        own_keys.create(name, *ALL_SCOPES)
    gateways = [start(keys=own_keys), start(keys=own_keys)]
    assert status(gateways[0], "first") == status(gateways[1], "second") == 200
    for gateway in gateways:
        gateway.signal()
        assert gateway.exit_code() == 0
    assert_recent(last_use(own_keys, "first"))
    assert_recent(last_use(own_keys, "second"))
    assert all(entry["message"] != "keys reloaded" for gateway in gateways for entry in gateway.log)


def test_a_later_time_of_another_gateway_stays(start, own_keys):
    own_keys.create("all", *ALL_SCOPES)
    used(own_keys).write_text(
        "# When each API key of jobgate was last used, to the minute.\n"
        f"{own_keys.id('all')} 2099-01-01T00:00:00Z\nabcdefgh 2020-01-01T00:00:00Z\n")
    gateway = start(keys=own_keys)
    assert status(gateway, "all") == 200
    gateway.signal()
    assert gateway.exit_code() == 0
    assert last_use(own_keys, "all") == "2099-01-01T00:00:00Z"
    assert "abcdefgh 2020-01-01T00:00:00Z" in used(own_keys).read_text()


def test_the_file_may_lie_elsewhere_or_nowhere(start, own_keys, tmp_path):
    own_keys.create("all", *ALL_SCOPES)
    elsewhere = tmp_path / "times"
    for setting in (str(elsewhere), "off"):
        gateway = start(keys=own_keys, config={"keys.usageFile": setting})
        assert status(gateway, "all") == 200
        gateway.signal()
        assert gateway.exit_code() == 0
    assert not used(own_keys).exists()
    assert_recent(last_use(own_keys, "all", "--usage-file", elsewhere))


@pytest.mark.parametrize("fault", ["no folder", "another file", "a folder"])
def test_a_file_that_cannot_be_written_is_told_once_and_stops_nothing(start, own_keys, tmp_path, fault):
    own_keys.create("all", *ALL_SCOPES)
    place = {
        "no folder": tmp_path / "nowhere" / "times", "another file": tmp_path / "mine", "a folder": tmp_path / "dir",
    }
    (tmp_path / "mine").write_text("something of mine\n")
    (tmp_path / "dir").mkdir()
    gateway = start(keys=own_keys, config={"keys.usageFile": str(place[fault])})
    assert status(gateway, "all") == 200

    def told(line):
        return line if "last-used times" in line else None

    line = json.loads(gateway.wait_line(told, SOON, "the line"))
    assert line["level"] == "info" and str(place[fault]) in line["cause"]
    assert status(gateway, "all") == 200
    gateway.signal()
    assert gateway.exit_code() == 0
    assert sum("last-used times" in entry["message"] for entry in gateway.log) == 1
    assert (tmp_path / "mine").read_text() == "something of mine\n"
    assert os.listdir(tmp_path / "dir") == []


def test_a_file_of_times_that_cannot_be_read_leaves_the_list_as_it_is(own_keys):
    own_keys.create("all", *ALL_SCOPES)
    used(own_keys).write_text("nonsense\n")
    run = command("keys", "list", "--file", own_keys.path, home=own_keys.home)
    assert run.returncode == 0 and "last used unknown" in run.out and "not known" in run.err


def test_the_file_of_times_is_not_the_key_file(own_keys):
    own_keys.create("all", *ALL_SCOPES)
    run = command("check", "--keys", own_keys.path, "--set", f"keys.usageFile={own_keys.path}", "--region", "eu-west-1",
                  home=own_keys.home)
    assert run.returncode == 78 and "keys.usageFile" in run.out + run.err


@pytest.mark.parametrize("ending", [None, -1], ids=["whole", "cut short"])
@pytest.mark.parametrize("name", ["revoke", "rotate"])
def test_a_whole_key_in_the_place_of_its_id_is_not_repeated(own_keys, name, ending):
    own_keys.create("leaked", "conversions:read")
    key = own_keys.keys["leaked"]
    run = command("keys", name, "--file", own_keys.path, key[:ending], home=own_keys.home)
    assert run.returncode == 1
    assert key.split("_", 2)[2][:20] not in run.err + run.out
    assert f"`{own_keys.id('leaked')}`" in run.err
