"""Fixtures of the end-to-end tests: the judge, the program, and the order of the run."""

import itertools
import resource
import sys

import pytest

from aws_judge import Judge
from aws_model import REGION
from credential_world import World
from gateway_process import BINARY, Gateway, KeyFile
from record import RECORD

sys.dont_write_bytecode = True
# The tests hold more than a thousand sockets at once; the program inherits the limit.
_SOFT, _HARD = resource.getrlimit(resource.RLIMIT_NOFILE)
if 0 <= _SOFT < 8192:
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192 if _HARD < 0 else min(8192, _HARD), _HARD))

ALL_SCOPES = ("conversions:cancel", "conversions:read", "transfer-jobs:cancel", "transfer-jobs:read")
LONG_TERM = ("AKIDENDTOENDLONGTERM", RECORD.secret("secret access key", "longTerm/Secret+k3yOfTheEndToEndTests/0001"))
SESSION = (
    "ASIDENDTOENDSESSION1",
    RECORD.secret("secret access key", "session/Secret+k3yOfTheEndToEndTests/00002"),
    RECORD.secret("session token", "FwoGZXIvYXdzEJr//////////wEaDE5k+Token/Of/The/End/To/End/Tests+0003=="),
)
KNOWN = {LONG_TERM[0]: (LONG_TERM[1], None), SESSION[0]: (SESSION[1], SESSION[2])}

# These judge the whole run, so they come after all others.
LAST = ("test_openapi.py", "test_no_secrets.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LAST.index(item.path.name) if item.path.name in LAST else -1)


def aws_environment(judge, *, session=False, **extra):
    """The environment of a gateway whose AWS is this judge."""
    identity = SESSION if session else LONG_TERM
    return {
        "AWS_ACCESS_KEY_ID": identity[0],
        "AWS_SECRET_ACCESS_KEY": identity[1],
        "AWS_SESSION_TOKEN": identity[2] if session else None,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": judge.url,
        **extra,
    }


@pytest.fixture(scope="session")
def program():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is not built; `swift build` makes it, JOBGATE_BINARY names another", 2)
    return BINARY


@pytest.fixture(scope="session")
def keys(program, tmp_path_factory):
    """One key file for the run: `all` may do all, `reader` reads, `canceller` cancels conversions only."""
    folder = tmp_path_factory.mktemp("keys")
    file = KeyFile(folder / "keys.yaml", folder)
    file.create("all", *ALL_SCOPES)
    file.create("reader", "conversions:read", "transfer-jobs:read")
    file.create("canceller", "conversions:cancel")
    return file


@pytest.fixture
def own_keys(program, tmp_path):
    """A key file of the test's own."""
    return KeyFile(tmp_path / "own-keys.yaml", tmp_path)


@pytest.fixture
def world(tmp_path):
    """Where credentials come from: the peers, their ring of keys, and a folder for AWS's files."""
    world = World(tmp_path / "world")
    yield world
    world.close()
    assert world.violations == []


@pytest.fixture
def judges():
    """Makes judges of the test's own: `judges(ring, region="us-east-1")`; their violations fail the test."""
    made = []

    def make(credentials=None, **options):
        made.append(Judge(KNOWN if credentials is None else credentials, **options))
        return made[-1]

    yield make
    for judge in made:
        judge.close()
    assert [violation for judge in made for violation in judge.violations] == []


@pytest.fixture(scope="module")
def court():
    """The judge's server; tests take `judge`."""
    judge = Judge(KNOWN)
    yield judge
    judge.close()


@pytest.fixture
def judge(court):
    """The AWS of one test; whatever is wrong with a request it got fails the test."""
    court.reset()
    yield court
    assert court.violations == []


@pytest.fixture(scope="module")
def gateway(keys, court, tmp_path_factory):
    """A gateway of the module's tests, with the usual configuration."""
    running = Gateway(tmp_path_factory.mktemp("gateway"), keys, env=aws_environment(court))
    yield running
    assert running.stop() is None, f"the gateway died: {running.errors.decode()}"


@pytest.fixture
def start(keys, court, tmp_path):
    """Starts gateways of one test's own: `start(config={"aws.timeout": "1s"}, env={…}, keys=…, judge=…)`."""
    running = []
    numbers = itertools.count()

    def start(*, config=None, env=None, arguments=(), keys=keys, judge=court, session=False, host=None):
        folder = tmp_path / f"gateway-{next(numbers)}"
        folder.mkdir()
        whole = aws_environment(judge, session=session, **(env or {}))
        running.append(Gateway(folder, keys, config=config, env=whole, arguments=arguments, host=host))
        return running[-1]

    yield start
    ended = [(gateway, gateway.stop()) for gateway in running]
    for gateway, died in ended:
        assert died in (None, gateway.right_end), f"the gateway died: {gateway.errors.decode()}"
