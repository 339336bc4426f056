"""The temporary keys that the peers of the tests issue, and when AWS stops taking them."""

import datetime
import threading
import uuid

from record import RECORD


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc)


class Issued:
    """One set of temporary credentials."""

    def __init__(self, key, secret, token, expiry, principal):
        self.key, self.secret, self.token, self.expiry, self.principal = key, secret, token, expiry, principal

    @property
    def timestamp(self):
        """The expiry as AWS writes it."""
        return self.expiry.strftime("%Y-%m-%dT%H:%M:%SZ")

    def remaining(self, now):
        return (self.expiry - now).total_seconds()


class KeyRing(dict):
    """Access key → (secret, session token, expiry or None): what a judge knows. Peers add what they issue."""

    def __init__(self, known=()):
        super().__init__(known)
        self._lock = threading.Lock()
        self.issued = []

    def issue(self, principal, lifetime, now=None):
        """New credentials that live so many seconds."""
        with self._lock:
            number = len(self.issued) + 1
            issued = Issued(
                f"ASIA{uuid.uuid4().hex[:8].upper()}{number:08d}",
                RECORD.secret("issued secret access key", f"issued/Secret+{number}+{uuid.uuid4().hex}"),
                RECORD.secret("issued session token", f"IssuedToken//{number}/{uuid.uuid4().hex}{uuid.uuid4().hex}=="),
                ((now or utc_now()) + datetime.timedelta(seconds=lifetime)).replace(microsecond=0), principal)
            self.issued.append(issued)
            self[issued.key] = (issued.secret, issued.token, issued.expiry)
            return issued
