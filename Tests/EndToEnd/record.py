"""Everything the program said during a run, and everything it must never say.

Processes and clients file their bytes here as they arrive; `test_no_secrets.py` reads the whole
at the end of the run.
"""

import json
import threading
import urllib.parse


class Record:
    def __init__(self):
        self._lock = threading.Lock()
        self._said = []
        self._secrets = {}
        self.exchanges = []

    def say(self, where, data):
        """Files bytes that the program wrote: a log line, an answer, a message."""
        with self._lock:
            self._said.append((where, bytes(data)))

    def secret(self, kind, value):
        """Names a value that must occur in nothing said, before or after."""
        if value:
            with self._lock:
                self._secrets[value] = kind
        return value

    def exchange(self, method, target, answer):
        """Files one well-formed request's method, target and answer, for the check against openapi.yaml."""
        with self._lock:
            self.exchanges.append((method, target, answer))

    @property
    def said(self):
        with self._lock:
            return list(self._said)

    @property
    def kinds(self):
        with self._lock:
            return set(self._secrets.values())

    def leaks(self):
        """(kind, where, excerpt) of each thing said that holds a secret, in any spelling of it."""
        with self._lock:
            said, secrets = list(self._said), dict(self._secrets)
        spellings = [(kind, spelling) for value, kind in secrets.items() for spelling in spellings_of(value)]
        everything = b"\0".join(data for _, data in said)
        found = []
        for kind, spelling in spellings:
            if spelling not in everything:
                continue
            for where, data in said:
                at = data.find(spelling)
                if at >= 0:
                    around = data[max(0, at - 60) : at] + b"<" + kind.encode() + b">" + data[at + len(spelling) :][:60]
                    found.append((kind, where, around))
        return found


def spellings_of(value):
    """The ways a log line or an answer could spell a value."""
    return {
        value.encode(),
        urllib.parse.quote(value, safe="").encode(),
        json.dumps(value)[1:-1].encode(),
        json.dumps(value)[1:-1].replace("/", "\\/").encode(),
    }


RECORD = Record()
