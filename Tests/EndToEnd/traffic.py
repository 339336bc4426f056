"""Steady traffic over connections that stay open, and what became of each request."""

import threading
import time

from http_client import Closed, Wire, head


class Line:
    """One caller's connection; it is opened anew when the gateway closed it."""

    def __init__(self, gateway, method, path, key="all", headers=()):
        self._gateway = gateway
        self._method = method
        fields = [("X-API-Key", gateway.keys.keys[key]), *headers]
        self._bytes = head(method, path, fields)
        self._wire = None

    def ask(self):
        """(answer or None, seconds)."""
        began = time.monotonic()
        try:
            if self._wire is None:
                self._wire = Wire(self._gateway.port)
            self._wire.send(self._bytes)
            answer = self._wire.answer(self._method)
        except (Closed, OSError):
            self.close()
            return None, time.monotonic() - began
        if (answer["Connection"] or "").lower() == "close":
            self.close()
        return answer, time.monotonic() - began

    def close(self):
        if self._wire is not None:
            self._wire.close()
            self._wire = None


class Traffic:
    """Callers in threads of their own, each with a pause between its requests, for as long as the `with` lasts.

    `results` are (moment, answer or None, seconds), in the order of the answers.
    """

    def __init__(self, make_line, callers=1, pause=0.1):
        self.results = []
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(make_line(), pause)) for _ in range(callers)]

    def _run(self, line, pause):
        while not self._end.is_set():
            answer, seconds = line.ask()
            self.results.append((time.monotonic(), answer, seconds))
            self._end.wait(pause)
        line.close()

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join(30)

    def statuses(self):
        """How many answers there are of each status; None counts lost connections."""
        found = {}
        for _, answer, _ in list(self.results):
            status = answer.status if answer else None
            found[status] = found.get(status, 0) + 1
        return found
