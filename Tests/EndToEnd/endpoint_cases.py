"""Environments and files whose region and endpoints botocore and the program must agree on.

A case is (name, variables, text of the config file or None). Variables hold what both sides read; where AWS's SDKs
differ among themselves the case says so in `test_differential.py`.
"""

REGIONS = [
    "eu-west-1", "us-east-1", "us-west-2", "ca-central-1", "ap-northeast-1", "eu-south-2", "me-central-1",
    "cn-north-1", "cn-northwest-1", "us-gov-west-1", "us-gov-east-1", "us-iso-east-1", "us-isob-east-1",
    "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1",
]
FIPS, DUAL = {"AWS_USE_FIPS_ENDPOINT": "true"}, {"AWS_USE_DUALSTACK_ENDPOINT": "true"}
VARIANTS = {"": {}, "FIPS": FIPS, "dual-stack": DUAL, "FIPS and dual-stack": {**FIPS, **DUAL}}
EU = {"AWS_DEFAULT_REGION": "eu-west-1"}
OURS, THEIRS, GLOBAL = "http://127.0.0.1:9001", "https://dms.example:8443", "http://localhost:9000"
DMS, TWINMAKER, STS = (
    "AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE", "AWS_ENDPOINT_URL_IOTTWINMAKER", "AWS_ENDPOINT_URL_STS")

PROFILES = """\
[default]
region = eu-central-1

[profile us]
region = us-east-1

[profile fips]
region = us-west-2
use_fips_endpoint = true

[profile dual]
region = ap-south-1
use_dualstack_endpoint = true

[profile one]
region = eu-west-1
endpoint_url = http://localhost:7000

[profile many]
region = eu-west-1
endpoint_url = http://localhost:7000
services = mine

[profile none]
region = eu-west-1
endpoint_url = http://localhost:7000
services = mine
ignore_configured_endpoint_urls = true

[profile bare]
output = json

[services mine]
database_migration_service =
  endpoint_url = http://localhost:7001
iottwinmaker =
  endpoint_url = http://localhost:7002
sts =
  endpoint_url = http://localhost:7003
"""


def _profile(name, **extra):
    return {**({"AWS_PROFILE": name} if name else {}), **extra}


CASES = [
    (f"{region} {variant}".strip(), {"AWS_DEFAULT_REGION": region, **settings}, None)
    for variant, settings in VARIANTS.items() for region in REGIONS
] + [
    # Where the region comes from.
    ("default profile", {}, PROFILES),
    ("named profile", _profile("us"), PROFILES),
    ("environment before profile", _profile("us", **EU), PROFILES),
    ("profile without a region", _profile("bare"), PROFILES),
    ("unknown profile", _profile("nobody", **EU), PROFILES),
    ("no region", {}, None),
    ("a region that is no host name", {"AWS_DEFAULT_REGION": "eu west 1"}, None),
    ("a region with a path", {"AWS_DEFAULT_REGION": "evil.example/"}, None),
    ("a region that nobody knows", {"AWS_DEFAULT_REGION": "eu-west-9"}, None),
    # What counts as true.
    ("FIPS in capitals", {**EU, "AWS_USE_FIPS_ENDPOINT": "TRUE"}, None),
    ("FIPS is 1", {**EU, "AWS_USE_FIPS_ENDPOINT": "1"}, None),
    ("FIPS is false", {**EU, "AWS_USE_FIPS_ENDPOINT": "false"}, None),
    ("dual-stack is yes", {**EU, "AWS_USE_DUALSTACK_ENDPOINT": "yes"}, None),
    ("FIPS of a profile", _profile("fips"), PROFILES),
    ("FIPS of a profile, off in the environment", _profile("fips", AWS_USE_FIPS_ENDPOINT="false"), PROFILES),
    ("dual-stack of a profile", _profile("dual"), PROFILES),
    # Overrides.
    ("one URL for all", {**EU, "AWS_ENDPOINT_URL": GLOBAL}, None),
    ("a URL for DMS", {**EU, DMS: THEIRS}, None),
    ("a URL for TwinMaker", {**EU, TWINMAKER: OURS}, None),
    ("a URL for STS", {**EU, STS: OURS}, None),
    ("a URL for DMS before that for all", {**EU, DMS: THEIRS, "AWS_ENDPOINT_URL": GLOBAL}, None),
    ("a URL for STS before that for all", {**EU, STS: THEIRS, "AWS_ENDPOINT_URL": GLOBAL}, None),
    ("a URL for TwinMaker where it does not exist", {"AWS_DEFAULT_REGION": "eu-north-1", TWINMAKER: OURS}, None),
    ("a name that AWS does not know", {**EU, "AWS_ENDPOINT_URL_DMS": OURS}, None),
    ("a profile's URL", _profile("one"), PROFILES),
    ("a profile's services", _profile("many"), PROFILES),
    ("the environment before a profile's services", _profile("many", AWS_ENDPOINT_URL=GLOBAL), PROFILES),
    ("the environment's service before a profile's", _profile("many", **{DMS: THEIRS}), PROFILES),
    ("URLs ignored by the profile", _profile("none"), PROFILES),
    ("URLs ignored by the environment", _profile("many", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true"), PROFILES),
    ("the environment's URLs ignored", {**EU, "AWS_ENDPOINT_URL": GLOBAL, STS: OURS,
                                        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, None),
    ("dual-stack with a URL", {**EU, **DUAL, "AWS_ENDPOINT_URL": GLOBAL}, None),
    ("FIPS with a URL for all", {**EU, **FIPS, "AWS_ENDPOINT_URL": GLOBAL}, None),
    ("FIPS with a URL for DMS", {**EU, **FIPS, DMS: OURS}, None),
    ("FIPS with an ignored URL", {**EU, **FIPS, "AWS_ENDPOINT_URL": GLOBAL,
                                  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, None),
    ("a URL that is none", {**EU, "AWS_ENDPOINT_URL": "localhost"}, None),
]
