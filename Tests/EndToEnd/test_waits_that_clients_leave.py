"""A client that has left ends its wait: AWS is not asked on for someone who is gone."""

import subprocess

import pytest

import aws_answers as aws
from http_client import head
from paths import transfer_path
from test_signals_and_pipes import CANCEL, READ, delete, looks, wait_until

PATH = transfer_path()


@pytest.mark.parametrize("method", ["DELETE", "GET"])
def test_a_client_that_closes_ends_the_wait(start, judge, method):
    gateway = start()
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLING"))
    judge.on(READ, aws.got_transfer("CANCELLING"))
    with gateway.wire() as wire:
        wire.send(head(method, PATH, [("X-API-Key", gateway.keys.keys["all"]), ("Prefer", "wait=50")]))
        wait_until(lambda: looks(judge, "transfer-job-1") == 1)
    with pytest.raises(AssertionError, match="requests came"):
        judge.wait_for(len(judge.calls()) + 2, seconds=7)


@pytest.mark.parametrize("method", ["DELETE", "GET"])
def test_a_curl_that_gives_up_ends_the_wait(start, judge, method):
    gateway = start()
    judge.on(CANCEL, aws.cancelled_transfer("CANCELLING"))
    judge.on(READ, aws.got_transfer("CANCELLING"))
    subprocess.run(["curl", "-sS", "--noproxy", "*", "--max-time", "1.5", "-X", method, "-H", "Prefer: wait=50", "-H",
                    f"X-API-Key: {gateway.keys.keys['all']}", gateway.url + PATH], capture_output=True, timeout=20)
    with pytest.raises(AssertionError, match="requests came"):
        judge.wait_for(len(judge.calls()) + 2, seconds=9)
