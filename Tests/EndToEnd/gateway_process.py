"""Starting, watching and ending the built program; every byte it writes goes to the record."""

import fcntl
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import yaml

import http_client
from record import RECORD

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("JOBGATE_BINARY", ROOT / ".build" / "debug" / "jobgate")).resolve()
KEY = re.compile(r"jg_[a-z0-9]{8}_[A-Za-z0-9_-]{43}")


def environment(home, **extra):
    """A clean environment: nothing of the caller's AWS or JOBGATE variables reaches the program."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TZ", "LANG") if name in os.environ}
    private = {
        "HOME": str(home),
        "AWS_CONFIG_FILE": str(pathlib.Path(home) / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(pathlib.Path(home) / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return {**kept, **private, **{name: value for name, value in extra.items() if value is not None}}


def command(*arguments, home, env=None, timeout=30):
    """Runs the program to its end. Its output is recorded unless it shows a key on purpose."""
    run = subprocess.run(
        [str(BINARY), *map(str, arguments)], env=environment(home, **(env or {})), capture_output=True,
        stdin=subprocess.DEVNULL, timeout=timeout, check=False, cwd=str(home),
    )
    run.out, run.err = run.stdout.decode(), run.stderr.decode()
    if arguments[:2] not in (("keys", "create"), ("keys", "rotate")):
        RECORD.say(f"jobgate {arguments[0]}: stdout", run.stdout)
    RECORD.say(f"jobgate {arguments[0]}: stderr", run.stderr)
    return run


class KeyFile:
    """A key file written by the program itself. `keys[name]` is the key that was shown for the name."""

    def __init__(self, path, home):
        self.path, self.home, self.keys = pathlib.Path(path), home, {}

    def create(self, name, *scopes, expires=None, limit=None, targets=(), client=None, more=()):
        arguments = ["keys", "create", "--file", self.path, "--name", name]
        for scope in scopes:
            arguments += ["--scope", scope]
        if expires:
            arguments += ["--expires", expires]
        if limit:
            arguments += ["--limit", limit]
        for target in targets:
            arguments += ["--target", target]
        if client:
            arguments += ["--client", client]
        return self._keep(name, command(*arguments, *more, home=self.home))

    def rotate(self, name, *options, as_name):
        """A key in the place of another; it is kept under a name of its own."""
        return self._keep(
            as_name, command("keys", "rotate", "--file", self.path, self.id(name), *options, home=self.home))

    def listed(self, *options):
        """What `keys list --json` shows, by id."""
        run = command("keys", "list", "--json", "--file", self.path, *options, home=self.home)
        assert run.returncode == 0, run.err
        return {row["id"]: row for row in json.loads(run.out)}

    def _keep(self, name, run):
        assert run.returncode == 0, f"{run.args}: {run.err}{run.out}"
        key = run.out.strip().splitlines()[-1]
        assert KEY.fullmatch(key), "the last line is the key alone"
        RECORD.secret("API key", key)
        RECORD.secret("API key's secret part", key.split("_", 2)[2])
        self.keys[name] = key
        return key

    def id(self, name):
        """The public part of a key: who its caller is in logs and session names."""
        return self.keys[name].split("_")[1]

    def revoke(self, name):
        run = command("keys", "revoke", "--file", self.path, self.id(name), home=self.home)
        assert run.returncode == 0, run.err


class Process:
    """A running program; its lines are kept as they come. `right_end` is the exit code that a test means it to have."""

    def __init__(self, arguments, env, home, private_output=False):
        self.arguments = [str(argument) for argument in arguments]
        self.lines = []
        self.errors = b""
        self.right_end = 0
        self._private_output = private_output
        self._news = threading.Condition()
        self._may_read = threading.Event()
        self._may_read.set()
        self.process = subprocess.Popen(
            [str(BINARY), *self.arguments], env=environment(home, **env), cwd=str(home), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        self._readers = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_lines(self):
        for line in self.process.stdout:
            if not self._private_output or line.startswith(b"{"):
                RECORD.say(f"stdout of jobgate {self.arguments[0]}", line)
            with self._news:
                self.lines.append(line.decode())
                self._news.notify_all()
            self._may_read.wait()
        with self._news:
            self._news.notify_all()

    def stop_reading(self, pipe_bytes=4096):
        """Leaves standard output unread until `go_on_reading`, in a pipe that takes no more than so many bytes."""
        self._may_read.clear()
        fcntl.fcntl(self.process.stdout, fcntl.F_SETPIPE_SZ, pipe_bytes)

    def go_on_reading(self):
        self._may_read.set()

    def _read_errors(self):
        for line in self.process.stderr:
            RECORD.say(f"stderr of jobgate {self.arguments[0]}", line)
            self.errors += line

    def wait_line(self, wanted, seconds=20, what="a line"):
        """The first result of `wanted` over the lines that is not None."""
        def search():
            return next((found for line in list(self.lines) if (found := wanted(line)) is not None), None)

        deadline = time.monotonic() + seconds
        with self._news:
            while (found := search()) is None:
                if self.process.poll() is not None and not self._readers[0].is_alive():
                    break
                if not self._news.wait(min(0.2, max(0, deadline - time.monotonic()))) and time.monotonic() > deadline:
                    break
        found = found if found is not None else search()
        assert found is not None, (
            f"{what} did not come from {self.arguments} (exit {self.process.poll()}): "
            f"{self.errors.decode()}{''.join(self.lines[-20:])}"
        )
        return found

    @property
    def log(self):
        """The log lines, parsed."""
        return [json.loads(line) for line in list(self.lines) if line.startswith("{")]

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def exit_code(self, seconds=30):
        """Waits for the end; all output is read when it returns."""
        code = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(5)
        return code

    def stop(self):
        """Ends it. The exit code if it had ended by itself, crashed, or would not go; else None."""
        died = self.process.poll()
        self.go_on_reading()
        if died is None:
            self.signal()
            try:
                died = self.exit_code(35) or None
            except subprocess.TimeoutExpired:
                self.process.kill()
                died = self.exit_code(5)
        self.process.stdout.close()
        self.process.stderr.close()
        return died


class Gateway(Process):
    """`jobgate serve` on port 0 with a configuration file of its own."""

    def __init__(self, folder, keys, *, config=None, env=None, arguments=(), host=None):
        self.folder = pathlib.Path(folder)
        self.keys = keys
        self.config_file = self.folder / "jobgate.yaml"
        self.config_file.write_text(yaml.safe_dump(configuration(keys.path, config or {})), encoding="utf-8")
        arguments = ["serve", "--config", self.config_file, *arguments]
        self.host = host or "127.0.0.1"
        if host:
            arguments += ["--host", host]
        super().__init__(arguments, env or {}, self.folder)
        try:
            self.port = self.wait_line(_listening, what="the line `listening`")
        except AssertionError:
            self.stop()
            raise

    def ask(self, method, target, *, key="all", **options):
        """One request; `key` names a key of the key file, None sends none."""
        return http_client.ask(
            self.port, method, target, key=self.keys.keys[key] if key else None, host=self.host, **options)

    def wire(self, timeout=30):
        return http_client.Wire(self.port, self.host, timeout)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def access_line(self, request_id):
        """The access line of one request."""
        def wanted(line):
            entry = json.loads(line) if line.startswith("{") else {}
            return entry if entry.get("log") == "access" and entry.get("request_id") == request_id else None

        return self.wait_line(wanted, 20, f"the access line of {request_id}")


def configuration(keys_file, changes):
    """The tests' configuration: any port, limits that no test meets by chance, and the changes (dotted names)."""
    whole = {
        "listen.port": 0,
        "keys.file": str(keys_file),
        "limits": ["default=100000/60s"],
        "authentication.failures": "off",
        **changes,
    }
    tree = {}
    for dotted, value in whole.items():
        *folders, name = dotted.split(".")
        branch = tree
        for folder in folders:
            branch = branch.setdefault(folder, {})
        if value is not None:
            branch[name] = value
    return tree


def _listening(line):
    if not line.startswith("{"):
        return None
    entry = json.loads(line)
    return entry["port"] if entry.get("message") == "listening" else None


class Sandbox(Process):
    """`jobgate sandbox`, and what it printed for people."""

    def __init__(self, folder):
        super().__init__(["sandbox", "--port", "0"], {}, folder, private_output=True)
        try:
            self.wait_line(lambda line: True if re.match(r"\s*curl ", line) else None, what="a curl line")
            for name in ("JOBGATE_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_DISABLE_HOST_PREFIX_INJECTION"):
                self.wait_line(lambda line, name=name: line if f"{name}=" in line else None, what=name)
        except AssertionError:
            self.stop()
            raise
        self.exports = {}
        for line in self.lines:
            match = re.match(r"\s*export ([A-Z_]+)=(\S*)\s*$", line)
            if match:
                self.exports[match[1]] = match[2].strip("'\"")
        RECORD.secret("sandbox key", self.exports["JOBGATE_KEY"])
        RECORD.secret("sandbox secret access key", self.exports["AWS_SECRET_ACCESS_KEY"])

    @property
    def curl_lines(self):
        """The printed commands that start with `curl`, continued lines joined."""
        whole = re.sub(r"\\\n\s*", "", "".join(self.lines))
        return [line.strip() for line in whole.splitlines() if re.match(r"\s*curl ", line)]
