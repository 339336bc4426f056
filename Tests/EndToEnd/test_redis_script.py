"""The script that counts in Redis, run by a real Redis: its decisions are GCRA's, to the nanosecond."""

import random
import re
import socket

import pytest

from gateway_process import ROOT
from redis_server import RedisServer

SECOND = 1_000_000_000
YEAR = 366 * 86_400 * SECOND
SOURCE = (ROOT / "Sources" / "RateLimiting" / "GCRAScript.swift").read_text(encoding="utf-8")
SCRIPT = re.search(r'static let text = """\n(.*?)"""', SOURCE, re.DOTALL)[1]
# The time is the test's, in seconds and microseconds as the store gives it.
TIMED = SCRIPT.replace("redis.call('TIME')", "{ARGV[5], ARGV[6]}")


class GCRA:
    """The algorithm in whole nanoseconds (ITU-T I.371), and the bound that no caller owes more than a burst."""

    def __init__(self, interval, burst):
        self.interval, self.tolerance, self.arrival = interval, interval * (burst - 1), None

    def decide(self, now):
        """(passes, how far the arrival time was ahead)."""
        theoretical = max(now, min(self.arrival or now, now + self.tolerance + self.interval))
        passes = theoretical - now <= self.tolerance
        self.arrival = theoretical + (self.interval if passes else 0)
        return passes, theoretical - now


class Wire:
    """The store's own protocol, as far as these tests need it."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.file = self.socket.makefile("rb")

    def ask(self, *commands):
        """The answers to commands that are carried out as one."""
        for command in (("MULTI",), *commands, ("EXEC",)):
            parts = [str(part).encode() for part in command]
            self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        for _ in range(len(commands) + 1):
            self._read()
        return self._read()

    def _read(self):
        kind, line = self.file.read(1), self.file.readline()[:-2]
        if kind == b"*":
            return [self._read() for _ in range(int(line))]
        if kind == b"$":
            return None if line == b"-1" else self.file.read(int(line) + 2)[:-2].decode()
        assert kind != b"-", line
        return int(line) if kind == b":" else line.decode()

    def close(self):
        self.file.close()
        self.socket.close()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def wire(store):
    wire = Wire(store.port)
    yield wire
    wire.close()


def pair(nanoseconds):
    return nanoseconds // SECOND, nanoseconds % SECOND


def run(wire, key, model, now):
    """(passes, ahead, milliseconds until the key expires) of a request at `now`, nanoseconds since 1970."""
    arguments = (*pair(model.interval), *pair(model.tolerance), now // SECOND, now % SECOND // 1000)
    answer, lifetime, _ = wire.ask(
        ("EVAL", TIMED, 1, key, *arguments), ("PTTL", key), ("PERSIST", key))
    passes, seconds, nanoseconds = answer
    assert 0 <= nanoseconds < SECOND
    return bool(passes), seconds * SECOND + nanoseconds, lifetime


def pause(generator, model):
    """None, a few microseconds, a part of an interval, one, or about what a burst takes to refill."""
    whole = generator.choice([0, 0, 0, 1_000, model.interval // 3, model.interval, model.interval + 1_000,
                              generator.randint(0, model.tolerance + 2 * model.interval)])
    return whole // 1_000 * 1_000


LIMITS = [
    (1, 1), (1, 1_000_000_000), (999, 7), (1_000, 100), (1_001, 3), (333_333_333, 3), (600_000_000, 100),
    (SECOND, 60), (SECOND + 1, 2), (3600 * SECOND, 1), (YEAR, 1), (YEAR, 50), (1_582_240, 1_000_000_000),
]


@pytest.mark.parametrize("interval, burst", LIMITS)
def test_the_script_decides_as_gcra_does(wire, interval, burst):
    for seed in range(3):
        generator = random.Random(f"{interval}/{burst}/{seed}")
        model, key = GCRA(interval, burst), f"{interval}-{burst}-{seed}"
        now = generator.randint(1_700_000_000, 4_000_000_000) * SECOND + generator.randint(0, 999_999) * 1_000
        for step in range(150):
            now += pause(generator, model)
            expected = model.decide(now)
            passes, ahead, lifetime = run(wire, key, model, now)
            assert (passes, ahead) == expected, (seed, step)
            if passes:
                # It lives until the arrival time and not two milliseconds longer; PTTL rounds down.
                left = (model.arrival - now) / 1e6
                assert left <= lifetime + 1 and lifetime <= left + 2, (seed, step)


@pytest.mark.parametrize("interval, burst", [(1_000, 5), (SECOND, 100), (7 * SECOND + 13, 30)])
def test_a_limit_that_was_changed_counts_on_and_frees_the_caller_in_its_own_time(wire, interval, burst):
    key, now = f"changed-{interval}", 1_800_000_000 * SECOND
    strict = GCRA(3600 * SECOND, 2)
    assert [run(wire, key, strict, now)[0] for _ in range(3)] == [True, True, False]
    loose = GCRA(interval, burst)
    loose.arrival = now + 7200 * SECOND
    for _ in range(50):
        assert run(wire, key, loose, now)[:2] == loose.decide(now)
        now += max(1_000, interval // 1_000 * 1_000)
    assert loose.decide(now)[0] is run(wire, key, loose, now)[0]


def test_a_clock_that_is_set_back_costs_no_more_than_a_burst(wire):
    model, now = GCRA(SECOND, 3), 1_800_000_000 * SECOND
    assert [run(wire, "back", model, now)[0] for _ in range(4)] == [True, True, True, False]
    now -= 86_400 * SECOND
    assert [run(wire, "back", model, now + late * SECOND)[0] for late in range(4)] == [False, True, True, True]


@pytest.mark.parametrize("held", ["", "nonsense", "1:2:3", "-5:0", "1.5:0", "9" * 400 + ":x"])
def test_what_is_no_arrival_time_counts_as_none(store, wire, held):
    store.ask("SET", "held", held)
    assert run(wire, "held", GCRA(SECOND, 2), 1_800_000_000 * SECOND)[:2] == (True, 0)


def test_a_refusal_writes_nothing(wire):
    model, now = GCRA(60 * SECOND, 1), 1_800_000_000 * SECOND
    run(wire, "refused", model, now)
    before = wire.ask(("GET", "refused"))
    for late in range(1, 60):
        assert not run(wire, "refused", model, now + late * SECOND)[0]
    assert wire.ask(("GET", "refused")) == before


def test_the_store_s_own_clock_is_the_clock(store, wire):
    """The script as it is: a burst of two, and then one an hour."""
    answers = [wire.ask(("EVAL", SCRIPT, 1, "own", 3600, 0, 3600, 0))[0] for _ in range(4)]
    assert [answer[0] for answer in answers] == [1, 1, 0, 0]
    (seconds, _), = wire.ask(("TIME",))
    assert abs(int(wire.ask(("GET", "own"))[0].split(":")[0]) - int(seconds) - 7200) < 60
