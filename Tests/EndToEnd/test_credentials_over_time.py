"""Minutes of steady traffic with credentials that live for seconds, and with their source in trouble meanwhile.

All gateways run side by side, each with peers of its own; a test looks at what became of one of them.
JOBGATE_LONG_TESTS=1 makes it two minutes with an outage of thirty seconds.
"""

import faulthandler
import os
import threading
import time

import pytest

import conftest
from aws_judge import Judge
from credential_world import ISSUING, World
from gateway_process import Gateway
from key_ring import utc_now
from paths import conversion_path, transfer_path
from test_credentials import fetches, lead_on
from traffic import Line, Traffic

LONG = os.environ.get("JOBGATE_LONG_TESTS") == "1"
SECONDS = 120 if LONG else 45
# The trouble begins two seconds before the half of the credentials' life, when a renewal is due, and they outlive it.
LIFETIME, OUTAGE = (80, 30) if LONG else (36, 8)
SOURCES = ["role of a source profile", "web identity", "container", "instance"]
TROUBLES = ["none", "down", "fail", "hang"]
SCENARIOS = [(source, trouble) for source in SOURCES for trouble in TROUBLES
             if (source, trouble) != ("web identity", "hang")]


class Scenario:
    """One gateway, its judge and its source of credentials."""

    def __init__(self, folder, keys, source, trouble):
        self.source, self.trouble = source, trouble
        self.world = World(folder / "world")
        self.peer = self.world.tokens if source in ISSUING else self.world.metadata
        self.peer.lifetime = 30 if trouble == "none" else LIFETIME
        self.judge = lead_on(Judge(self.world.ring))
        env = conftest.aws_environment(self.judge, **self.world.environment(source))
        self.gateway = Gateway(folder, keys, env=env)

    def play(self):
        """The traffic of the whole time, and the trouble in its midst."""
        number = iter(range(100))

        def line():
            path = transfer_path() if next(number) % 2 else conversion_path()
            return Line(self.gateway, "GET", path)

        with Traffic(line, callers=2, pause=0.4) as traffic:
            began = time.monotonic()
            if self.trouble != "none":
                self._wait_for_a_renewal_to_be_near()
                before = len(self.peer.calls)
                getattr(self.peer, self.trouble)()
                time.sleep(OUTAGE)
                self.tries = len(self.peer.calls) - before
                self.peer.recover()
            time.sleep(max(0, began + SECONDS - time.monotonic()))
        self.traffic = traffic

    def _wait_for_a_renewal_to_be_near(self):
        deadline = time.monotonic() + LIFETIME
        while not any(1 <= issued.remaining(utc_now()) - LIFETIME / 2 <= 2 for issued in self.world.ring.issued[-1:]):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def close(self):
        self.died = self.gateway.stop()
        self.judge.close()
        self.world.close()


@pytest.fixture(scope="module")
def played(keys, tmp_path_factory):
    """The scenarios, played at once."""
    if LONG:
        # pytest takes a fixture of two minutes for one that hangs.
        faulthandler.cancel_dump_traceback_later()
    scenarios = {}
    try:
        for source, trouble in SCENARIOS:
            folder = tmp_path_factory.mktemp("scenario")
            scenarios[source, trouble] = Scenario(folder, keys, source, trouble)
        threads = [threading.Thread(target=scenario.play) for scenario in scenarios.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS + 60)
        yield scenarios
    finally:
        for scenario in scenarios.values():
            scenario.close()


@pytest.mark.parametrize("source, trouble", SCENARIOS)
def test_no_request_fails_while_credentials_of_seconds_are_renewed(played, source, trouble):
    scenario = played[source, trouble]
    assert scenario.traffic.statuses().keys() == {200}, scenario.traffic.statuses()
    assert len(scenario.traffic.results) > SECONDS, "the traffic was steady"
    assert scenario.judge.violations == [] and scenario.world.violations == []
    assert scenario.gateway.process.poll() is None
    used = list(dict.fromkeys(call.key for call in scenario.judge.calls()))
    assert len(used) >= 2, "they were renewed"
    order = [issued.key for issued in scenario.world.ring.issued]
    late = [call.key for call in scenario.judge.calls()[-10:]]
    assert used == [key for key in order if key in used] and used[0] not in late, "each takes the last one's place"
    if trouble == "none":
        assert fetches(scenario.world) <= 2 + SECONDS / (scenario.peer.lifetime / 4), "and not at every request"


@pytest.mark.parametrize("source, trouble", [pair for pair in SCENARIOS if pair[1] in ("fail", "hang")])
def test_a_source_in_trouble_is_asked_again_but_not_by_every_request(played, source, trouble):
    """A source that is down sees nothing of it; the others show that the renewal is tried in the background."""
    scenario = played[source, trouble]
    assert 1 <= scenario.tries <= 3 * OUTAGE + 3, scenario.tries
    slowest = max(seconds for _, _, seconds in scenario.traffic.results)
    assert slowest < 5, "nobody waits long for a renewal while what is there is good"
