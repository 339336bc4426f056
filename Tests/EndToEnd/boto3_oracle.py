"""What botocore itself makes of an environment: its credentials, its region, and where it would send its calls.

As a program it reads a list of questions from standard input, [{"environment": {…}, "ask": "credentials" or
"endpoints", "profile": name or null}, …], and writes the answers; it runs apart because botocore reads some of its
environment on import.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import urllib.parse

CALLS = {
    "dms": ("describe_metadata_model_conversions", {"MigrationProjectIdentifier": "tests"}),
    "iottwinmaker": ("get_metadata_transfer_job", {"metadataTransferJobId": "tests"}),
    "sts": ("get_caller_identity", {}),
}


def ask(questions, home=None, timeout=120):
    """The answers of a process of its own whose environment holds nothing else; `home` matters to SSO alone."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "LANG") if name in os.environ}
    whole = [{**question, "environment": {k: v for k, v in question["environment"].items() if v is not None}}
             for question in questions]
    run = subprocess.run(
        [sys.executable, __file__], input=json.dumps(whole), env={**kept, "HOME": str(home or "/nonexistent")},
        capture_output=True, text=True, timeout=timeout, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


class _Sent(Exception):
    pass


def _url(session, service):
    """The scheme, host and base path of a call, or {"refused": why}."""
    def stop(request, **_):
        raise _Sent(request.url)

    try:
        client = session.create_client(service)
        client.meta.events.register_first("before-send", stop)
        operation, parameters = CALLS[service]
        getattr(client, operation)(**parameters)
    except _Sent as sent:
        split = urllib.parse.urlsplit(str(sent))
        return f"{split.scheme}://{split.netloc}"
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"}
    raise AssertionError("nothing was sent")


def _endpoints(session):
    return {"region": session.get_config_variable("region"), **{name: _url(session, name) for name in CALLS}}


def _credentials(session):
    try:
        found = session.get_credentials()
        if found is None:
            return None
        frozen = found.get_frozen_credentials()
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"}
    return {"key": frozen.access_key, "secret": frozen.secret_key, "token": frozen.token, "method": found.method}


@contextlib.contextmanager
def _only(environment):
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update({"PATH": before.get("PATH", ""), "HOME": before["HOME"], **environment})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _main():
    import botocore.session

    loader = botocore.session.Session().get_component("data_loader")
    answers = []
    for question in json.load(sys.stdin):
        with _only(question["environment"]):
            session = botocore.session.Session(profile=question.get("profile"))
            session.register_component("data_loader", loader)
            with contextlib.redirect_stderr(io.StringIO()):
                answers.append({"endpoints": _endpoints, "credentials": _credentials}[question["ask"]](session))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    _main()
