"""The key file of a running gateway: exchanged behind a link, changed, broken, repaired."""

import os
import stat
import time

import pytest

from conftest import ALL_SCOPES
from expectations import assert_problem
from gateway_process import KeyFile, command

# The gateway looks every other second; what changes is known within this time.
SOON = 6


class Volume:
    """A secret as Kubernetes mounts it: `keys.yaml` → `..data/keys.yaml`, `..data` → the folder of one version."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.first = self.version("..first")
        self.first.create("all", *ALL_SCOPES)
        self.first.create("dropped", *ALL_SCOPES)
        self.show("..first")
        (folder / "keys.yaml").symlink_to("..data/keys.yaml")
        self.keys = KeyFile(folder / "keys.yaml", folder.parent)
        self.keys.keys = self.first.keys

    def version(self, name):
        (self.folder / name).mkdir()
        return KeyFile(self.folder / name / "keys.yaml", self.folder.parent)

    def copy(self, name):
        """A further version, at first like the first one."""
        copy = self.version(name)
        copy.path.write_bytes(self.first.path.read_bytes())
        copy.keys = self.first.keys
        return copy

    def show(self, name):
        """Exchanges the version in one step."""
        (self.folder / "..data_tmp").symlink_to(name)
        os.rename(self.folder / "..data_tmp", self.folder / "..data")

    @property
    def links(self):
        return {path.name: os.readlink(path) for path in self.folder.iterdir() if path.is_symlink()}


@pytest.fixture
def volume(program, tmp_path):
    return Volume(tmp_path / "volume")


def whoami(gateway, key):
    return gateway.ask("GET", "/whoami", key=key)


def assert_soon(gateway, key, status):
    """The key's answers have this status within the promised time."""
    deadline = time.monotonic() + SOON
    while (answer := whoami(gateway, key)).status != status:
        assert time.monotonic() < deadline, f"{key} is still {answer.status} after {SOON} s"
        time.sleep(0.1)
    if status == 401:
        assert_problem(answer, "invalid-credential")


def messages(gateway, text):
    return [entry for entry in gateway.log if text in entry["message"]]


def test_a_mounted_secret_that_is_exchanged_behind_its_links_is_taken_up(start, volume):
    gateway = start(keys=volume.keys)
    assert whoami(gateway, "dropped").status == 200
    volume.copy("..second").revoke("dropped")
    assert whoami(gateway, "dropped").status == 200, "nothing shows the second version yet"
    volume.show("..second")
    volume.first.path.unlink()
    assert_soon(gateway, "dropped", 401)
    assert whoami(gateway, "all").status == 200
    assert messages(gateway, "broken") == []


def test_a_revocation_through_links_changes_what_they_point_at_and_leaves_them_links(start, volume):
    gateway, links = start(keys=volume.keys), volume.links
    assert links == {"keys.yaml": "..data/keys.yaml", "..data": "..first"}
    volume.keys.revoke("dropped")
    assert volume.links == links
    assert stat.S_ISREG(volume.first.path.lstat().st_mode)
    assert stat.S_IMODE(volume.first.path.lstat().st_mode) == 0o600
    assert "revokedAt" in volume.first.path.read_text()
    assert [path.name for path in volume.first.path.parent.iterdir()] == ["keys.yaml"], "nothing is left beside it"
    assert_soon(gateway, "dropped", 401)
    assert whoami(gateway, "all").status == 200


def test_a_key_is_made_and_revoked_without_a_restart(start, own_keys):
    own_keys.create("all", *ALL_SCOPES)
    gateway = start(keys=own_keys)
    own_keys.create("late", *ALL_SCOPES)
    assert_soon(gateway, "late", 200)
    own_keys.revoke("late")
    assert_soon(gateway, "late", 401)
    assert whoami(gateway, "all").status == 200
    assert len(messages(gateway, "keys reloaded")) == 2


BROKEN = {
    "is no YAML": lambda path: path.write_text("keys: [unclosed\n  - {"),
    "has half a record": lambda path: path.write_text(path.read_text()[:-40]),
    "is gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_file_that_is_broken_changes_nothing_until_it_is_repaired(start, own_keys, fault):
    own_keys.create("all", *ALL_SCOPES)
    own_keys.create("dropped", *ALL_SCOPES)
    gateway, good = start(keys=own_keys), own_keys.path.read_bytes()
    BROKEN[fault](own_keys.path)
    gateway.wait_line(lambda line: line if "the key file is broken" in line else None, SOON, "the error")
    assert whoami(gateway, "all").status == whoami(gateway, "dropped").status == 200
    repaired = own_keys.path.with_name("repaired.yaml")
    repaired.write_bytes(good)
    ident = own_keys.keys["dropped"].split("_")[1]
    assert command("keys", "revoke", "--file", repaired, ident, home=own_keys.home).returncode == 0
    os.rename(repaired, own_keys.path)
    assert_soon(gateway, "dropped", 401)
    assert whoami(gateway, "all").status == 200
    [error] = messages(gateway, "the key file is broken")
    assert error["level"] == "error" and str(own_keys.path) in error["cause"]
    assert len(messages(gateway, "keys reloaded")) == 1
