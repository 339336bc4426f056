"""A small HTTP server of the tests that can fail, hang, be slow, or be really down and come back on its port."""

import datetime
import socket
import threading
import time
import urllib.parse

from key_ring import utc_now


class Asked:
    """One request as it came."""

    def __init__(self, method, target, fields, body):
        self.method, self.target, self.fields, self.body = method, target, fields, body
        self.path, _, self.query_text = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(self.query_text))
        self.at = utc_now()
        self.name = None
        self.form = {}

    def __getitem__(self, name):
        return next((value for field, value in self.fields if field.lower() == name), None)

    def __repr__(self):
        return f"<{self.name or self.method + ' ' + self.path}>"


class Peer:
    """The server; a subclass has `answer(asked)` → (status, content type, text) and gives each request its name.

    `delay` slows each answer down by so many seconds. What a request has no business to be is kept in `violations`.
    """

    def __init__(self):
        self.calls, self.violations = [], []
        self.delay = 0
        self.clock_offset = datetime.timedelta()
        self._trouble = None
        self._lock = threading.Lock()
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._listen()

    # What tests do.

    def count(self, name):
        """How many requests of a name have come."""
        with self._lock:
            return len([asked for asked in self.calls if asked.name == name])

    def fail(self, status=500, text="<html>out of order</html>"):
        """Every request fails from now on."""
        self._trouble = (status, "text/html", text)

    def hang(self):
        """Requests are read, and never answered, from now on."""
        self._trouble = "hang"

    def down(self):
        """Closes the listening socket and every connection. The port stays ours, so that nobody else answers on it."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        placeholder = socket.socket()
        placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._cut()
        placeholder.bind(("127.0.0.1", self.port))
        self._listener = placeholder

    def recover(self):
        """Ends whatever trouble there is."""
        self._trouble = None
        try:
            listening = self._listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        except OSError:
            return
        if not listening:
            self._listener.listen(1024)
            self._listen()

    def close(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._cut()

    @property
    def now(self):
        """The time by this server's clock."""
        return utc_now() + self.clock_offset

    # The server.

    def _cut(self):
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _listen(self):
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            reader = connection.makefile("rb")
            while (asked := self._read(reader)) is not None:
                if not self._deliver(connection, asked):
                    return
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    @staticmethod
    def _read(reader):
        start = reader.readline(65537)
        if not start.endswith(b"\r\n"):
            return None
        method, target, _ = start.decode("latin-1").rstrip("\r\n").split(" ")
        fields = []
        while (line := reader.readline(65537).decode("latin-1")) not in ("\r\n", ""):
            name, value = line.rstrip("\r\n").split(":", 1)
            fields.append((name, value.strip(" \t")))
        length = next((int(value) for name, value in fields if name.lower() == "content-length"), 0)
        return Asked(method, target, fields, reader.read(length))

    def _deliver(self, connection, asked):
        answer = self.answer(asked)
        with self._lock:
            self.calls.append(asked)
        if self.delay:
            time.sleep(self.delay)
        trouble = self._trouble
        if trouble == "hang":
            while connection.recv(4096):
                pass
            return False
        status, kind, text = trouble or answer
        body = text.encode()
        lines = [
            f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", f"Content-Type: {kind}",
            f"Date: {self.now.strftime('%a, %d %b %Y %H:%M:%S GMT')}",
        ]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        return True

    def answer(self, asked):
        raise NotImplementedError
