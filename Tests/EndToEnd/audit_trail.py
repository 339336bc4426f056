"""The audit trail as the README describes it, read with Python's own sqlite3 and hashlib."""

import hashlib
import pathlib
import sqlite3

COLUMNS = (
    "seq", "time", "instance", "entry", "intent", "request_id", "trace_id", "caller_id", "caller_name", "auth",
    "remote", "reason", "method", "route", "target", "kind", "project", "job", "state_before", "state_after",
    "upstream_request_id", "status", "outcome",
)


class TrailFile:
    """A trail's file. The gateway may be writing it."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def __fspath__(self):
        return str(self.path)

    __str__ = __fspath__

    def connect(self, mode="ro"):
        connection = sqlite3.connect(f"file:{self.path}?mode={mode}", uri=True, timeout=20, isolation_level=None)
        connection.row_factory = sqlite3.Row
        return connection

    def rows(self, where="1"):
        connection = self.connect()
        try:
            return [dict(row) for row in connection.execute(f"SELECT * FROM entries WHERE {where} ORDER BY seq")]
        finally:
            connection.close()

    def head(self):
        connection = self.connect()
        try:
            return tuple(connection.execute("SELECT count, hash FROM head").fetchone())
        finally:
            connection.close()

    def check(self):
        """Goes along the chain from the first row to the head, and returns the rows."""
        connection = self.connect()
        try:
            connection.execute("BEGIN")
            rows = [dict(row) for row in connection.execute("SELECT * FROM entries ORDER BY seq")]
            head = tuple(connection.execute("SELECT count, hash FROM head").fetchone())
        finally:
            connection.close()
        before = bytes(32)
        for number, row in enumerate(rows, 1):
            assert row["seq"] == number, f"row {number} is numbered {row['seq']}"
            assert set(row) == {*COLUMNS, "hash"}
            before = chained(before, row)
            assert row["hash"] == before, f"row {number} does not have the hash of what it holds"
        assert head == (len(rows), before)
        return rows

    @property
    def bytes(self):
        """Every byte on the disk, the write-ahead log's too."""
        beside = [self.path.with_name(self.path.name + suffix) for suffix in ("", "-wal")]
        return b"".join(file.read_bytes() for file in beside if file.exists())


def chained(before, row):
    """SHA-256 of the hash before and of each column: its length as four bytes, then its bytes."""
    digest = hashlib.sha256(before)
    for name in COLUMNS:
        if row[name] is None:
            digest.update(b"\xff\xff\xff\xff")
        else:
            value = str(row[name]).encode()
            digest.update(len(value).to_bytes(4, "big") + value)
    return digest.digest()
