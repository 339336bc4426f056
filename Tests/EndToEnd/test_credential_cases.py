"""The credential cases expect what botocore does, and say where the program differs from it."""

import os
import re

import pytest

from credential_cases import Botocore, all_cases

CASES = all_cases()
KEYS = {"accessKeyId", "secretAccessKey", "sessionToken", "expiration"}
# What the program calls the place is a part of its own sentence; botocore's `method` says which provider it was.
METHODS = {
    "environment": {"env"},
    "profile": {"shared-credentials-file", "config-file"},
    "role arn:": {"assume-role"},
    "web identity": {"assume-role-with-web-identity"},
    "sso": {"sso"},
    "credential_process": {"custom-process"},
    "container": {"container-role"},
    "instance metadata": {"iam-role"},
}


def is_alike(outcome, expected):
    if "error" in expected:
        return "error" in outcome
    has_keys = all(outcome.get(name) == expected.get(name) for name in KEYS)
    return has_keys and outcome.get("method") in METHODS[expected["provider"]]


def judge(expected, outcome):
    """Compares one round of a case with botocore's."""
    if "differsFromBotocore" in expected:
        assert expected["differsFromBotocore"].strip()
        assert not is_alike(outcome, expected), "the case says that botocore differs, and it does not"
    else:
        assert is_alike(outcome, expected), f"botocore has {outcome}"
    if "error" in outcome or "differsFromBotocore" in expected:
        # Recorded in full, so that a case whose failure has another cause than it tells does not pass.
        stated = expected["botocore"]
        assert {name: outcome.get(name) for name in stated} == stated


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_botocore_does_what_the_case_expects(case, tmp_path, monkeypatch):
    player = Botocore(case, tmp_path, monkeypatch)
    judge(case.expected, player.resolve())
    if "then" in case.expected:
        judge(case.expected["then"], player.resolve_again())
    assert player.network.violations == []
    assert player.network.unplayed == []


def test_there_are_cases_of_every_provider():
    providers = {case.expected.get("provider") for case in CASES}
    assert METHODS.keys() <= providers
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_holds_no_key_that_could_be_real(case):
    for path in sorted(path for path in case.folder.rglob("*") if path.is_file()):
        text = path.read_text(errors="replace")
        assert not re.search(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b", text), path
        # AWS's secret keys are 40 characters of base64.
        assert not re.search(r"[A-Za-z0-9+/=]{40}", text), path


def test_processes_of_the_cases_can_be_run():
    scripts = [path for case in CASES for path in case.folder.glob("fs*/bin/*")]
    assert scripts
    assert [path for path in scripts if not os.access(path, os.X_OK)] == []
