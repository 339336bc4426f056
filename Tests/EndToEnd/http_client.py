"""A plain HTTP/1.1 client over sockets that sends exactly the bytes it is given and records every answer."""

import json
import os
import re
import socket
import subprocess
import tempfile
import threading

from record import RECORD


class Answer:
    """One answer as received: status, header fields in order, body."""

    def __init__(self, status, fields, body):
        self.status = status
        self.fields = fields
        self.body = body

    def values(self, name):
        return [value for field, value in self.fields if field.lower() == name.lower()]

    def __getitem__(self, name):
        """The one value of a field; a doubled field is a fault of the server."""
        values = self.values(name)
        assert len(values) <= 1, f"{name} occurs {len(values)} times: {values}"
        return values[0] if values else None

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.fields} {self.body[:600]!r}>"


class Closed(Exception):
    """The server closed the connection where an answer, or the rest of one, was expected."""


class Wire:
    """One connection to the gateway."""

    def __init__(self, port, host="127.0.0.1", timeout=30):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Sends bytes; a server that has already refused and closed is no failure of the client."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError as reset:
            raise Closed(f"reset after {self.buffer!r}") from reset
        if not data:
            raise Closed(f"closed after {self.buffer!r}")
        self.buffer += data

    def answer(self, method="GET", interim=False):
        """Reads exactly one answer; 1xx answers are skipped unless `interim`."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        start, *lines = head.decode("latin-1").split("\r\n")
        assert re.fullmatch(r"HTTP/1\.[01] \d{3} .*", start), start
        status = int(start.split(" ")[1])
        fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
        answer = Answer(status, fields, b"")
        if status < 200:
            return answer if interim else self.answer(method)
        assert not answer.values("Transfer-Encoding"), "the gateway knows the length of every answer"
        if method != "HEAD" and status not in (204, 304):
            length = answer["Content-Length"]
            assert length is not None, f"an answer without Content-Length: {answer}"
            while len(self.buffer) < int(length):
                self._more()
            answer.body, self.buffer = self.buffer[: int(length)], self.buffer[int(length) :]
        RECORD.say("answer", head + b"\r\n\r\n" + answer.body)
        return answer

    def answers(self, method="GET"):
        """All answers until the server closes the connection."""
        found = []
        while True:
            try:
                found.append(self.answer(method))
            except Closed:
                assert not self.buffer, f"half an answer: {self.buffer!r}"
                return found

    def is_closed(self, within):
        """Whether the server closes, without another byte, in so many seconds."""
        self.socket.settimeout(within)
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False


def head(method, target, fields, host="127.0.0.1"):
    lines = [f"{method} {target} HTTP/1.1"]
    if not any(name.lower() == "host" for name, _ in fields):
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def ask(port, method, target, *, key=None, headers=(), body=None, host="127.0.0.1", timeout=40):
    """One request on a connection of its own."""
    fields = list(headers.items() if isinstance(headers, dict) else headers)
    if key:
        fields.append(("Authorization", f"Bearer {key}"))
    if body is not None:
        fields.append(("Content-Length", str(len(body))))
    fields.append(("Connection", "close"))
    with Wire(port, host, timeout) as wire:
        wire.send(head(method, target, fields) + (body or b""))
        answer = wire.answer(method)
    RECORD.exchange(method, target, answer)
    return answer


def at_once(count, call):
    """The answers of so many calls made together."""
    answers, barrier = [], threading.Barrier(count)

    def one():
        barrier.wait(10)
        answers.append(call())

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == count
    return answers


def curl(*arguments, timeout=60):
    """What `curl` itself makes of it: its output is body and status, its headers go to a file."""
    with tempfile.TemporaryDirectory() as folder:
        headers = os.path.join(folder, "headers")
        run = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "--max-time", "40", "-D", headers, "-w", "\n%{http_code}", *arguments],
            capture_output=True, timeout=timeout, check=False,
        )
        assert run.returncode == 0, f"curl {arguments}: exit {run.returncode}, {run.stderr!r}"
        body, _, status = run.stdout.rpartition(b"\n")
        with open(headers, "rb") as file:
            last = file.read().strip().split(b"\r\n\r\n")[-1]
    RECORD.say("curl", last + b"\r\n\r\n" + body)
    fields = [tuple(part.strip() for part in line.split(":", 1)) for line in last.decode("latin-1").split("\r\n")[1:]]
    return Answer(int(status), fields, body)
