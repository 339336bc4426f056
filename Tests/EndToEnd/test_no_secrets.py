"""Last of all: nothing that the program said in this whole run holds a secret."""

import json

import pytest

import aws_answers as aws
from paths import conversion_path, transfer_path
from record import RECORD, Record


@pytest.mark.parametrize("said", [
    b'{"message":"signed with abc/def+ghi="}', b"abc%2Fdef%2Bghi%3D", b'{"x":"abc\\/def+ghi="}',
])
def test_the_search_finds_a_secret_in_every_spelling(said):
    record = Record()
    record.secret("secret", "abc/def+ghi=")
    record.say("log", b"nothing here")
    assert record.leaks() == []
    record.say("log", said)
    assert [(kind, where) for kind, where, _ in record.leaks()] == [("secret", "log")]


def test_the_program_said_no_secret_in_all_of_this_run(start, court):
    """A gateway that logs all it can is heard too, so that the test means something when it runs alone."""
    court.reset()
    gateway = start(config={"log.level": "trace"}, session=True)
    court.on("CancelMetadataTransferJob", aws.denial("CancelMetadataTransferJob"))
    court.on("CancelMetadataModelConversion", aws.Hangup())
    for target in (transfer_path(), conversion_path(), "/transfer-jobs/%zz", "/nowhere"):
        gateway.ask("DELETE", target)
        gateway.ask("DELETE", target + "?api_key=" + gateway.keys.keys["all"])
        gateway.ask("DELETE", target, key=None, headers={"Authorization": "Bearer " + gateway.keys.keys["all"] + "x"})
        gateway.ask("DELETE", target, headers={"X-Request-Id": gateway.keys.keys["all"]})
        gateway.ask("DELETE", target + "?x=Bearer+" + gateway.keys.keys["all"])
    gateway.signal()
    assert gateway.exit_code() == 0
    assert {"signature", "secret access key", "session token", "API key"} <= RECORD.kinds
    where = {name for name, _ in RECORD.said}
    assert {"answer", "stdout of jobgate serve"} <= where
    leaks = RECORD.leaks()
    readable = [(kind, place, around.decode("latin-1")) for kind, place, around in leaks[:20]]
    assert leaks == [], json.dumps(readable, indent=1)
