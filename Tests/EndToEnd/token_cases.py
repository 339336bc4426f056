"""The table of tokens: a name, what makes the token, and whether it is one to be taken."""

import hashlib
import hmac
import json
import time

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from issuer_peer import AUDIENCE, Key, b64, by_hand, by_joserfc, claims

ISSUER = "https://issuer.example/tenant"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
LEEWAY = 300


class Ring:
    """The issuer's keys, and some that are not."""

    def __init__(self):
        self.rsa = Key.rsa("rsa-1")
        self.rsa_only_256 = Key.rsa("rsa-256", alg="RS256", use="sig")
        self.p256 = Key.ec("p256-1")
        self.p384 = Key.ec("p384-1", ec.SECP384R1)
        self.ed = Key.ed25519("ed-1")
        self.encryption = Key.rsa("rsa-enc", use="enc")
        self.wrapping = Key.rsa("rsa-ops", key_ops=["encrypt", "wrapKey"])
        self.weak = Key.rsa("rsa-weak", bits=1024)
        self.given_away = Key.ec("p256-private")
        self.given_away.public = self.given_away.whole
        self.strangers = {
            "R": Key.rsa("rsa-1"), "ES256": Key.ec("p256-1"), "ES384": Key.ec("p384-1", ec.SECP384R1),
            "EdDSA": Key.ed25519("ed-1"),
        }

    @property
    def published(self):
        return [
            self.rsa, self.rsa_only_256, self.p256, self.p384, self.ed, self.encryption, self.wrapping, self.weak,
            self.given_away,
        ]

    def of(self, algorithm):
        if algorithm[0] in "RP":
            return self.rsa
        return {"ES256": self.p256, "ES384": self.p384, "EdDSA": self.ed}[algorithm]

    def stranger(self, algorithm):
        """A key of the right kind that is not the issuer's, under the name of one that is."""
        return self.strangers["R" if algorithm[0] in "RP" else algorithm]

    def pem(self, key):
        return key.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


RING = Ring()
R, E, D = RING.rsa, RING.p256, RING.ed


def good(**changes):
    return claims(ISSUER, **changes)


def es256(payload=None, **options):
    return by_hand(E, "ES256", payload if payload is not None else good(), **options)


def with_header(**members):
    """ES256 with these members in its header; `None` leaves one out."""
    whole = {"alg": "ES256", "kid": E.kid, "typ": "JWT", **members}
    return es256(header={name: value for name, value in whole.items() if value is not None})


def raw_header(text):
    return es256(header=text.encode())


def raw_payload(text):
    return es256(text.encode() if isinstance(text, str) else text)


def hs(algorithm, secret, kid=None):
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    return es256(
        header={"alg": algorithm, "kid": kid or R.kid, "typ": "JWT"},
        signature=lambda signed: hmac.new(secret, signed, digest).digest())


def doubled(name, first, second):
    """A payload with a claim twice."""
    rest = {key: value for key, value in good().items() if key != name}
    text = json.dumps(rest)[1:-1]
    return raw_payload("{" + f'"{name}":{json.dumps(first)},{text},"{name}":{json.dumps(second)}' + "}")


def mutated(change):
    """A good token, changed after it was signed."""
    return change(es256())


def parts(token):
    return token.split(".")


def flip(text, at):
    """Another letter of base64url that stands for other bits at every place but the last."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:at] + alphabet[alphabet.index(text[at]) ^ 0b100000] + text[at + 1 :]


def non_canonical(token):
    """The same bytes with other bits behind the last one: another spelling of the same signature."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(parts(token)[2]) % 4 == 2, "64 bytes leave four bits over"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


def now(offset=0):
    return int(time.time()) + offset


TAKEN, REFUSED = {}, {}


def taken(name, make):
    assert name not in TAKEN
    TAKEN[name] = make


def refused(name, make):
    assert name not in REFUSED
    REFUSED[name] = make


def _algorithms():
    for name in ALGORITHMS:
        key, other = RING.of(name), RING.stranger(name)
        taken(f"{name} of joserfc", lambda k=key, n=name: by_joserfc(k, n, good()))
        taken(f"{name} by hand", lambda k=key, n=name: by_hand(k, n, good()))
        refused(f"{name} with another key", lambda k=key, o=other, n=name: by_hand(
            o, n, good(), header={"alg": n, "kid": k.kid}))
        refused(f"{name} without signature", lambda k=key, n=name: by_hand(k, n, good(), signature=b""))
        refused(f"{name} with zeros for a signature", lambda k=key, n=name: by_hand(
            k, n, good(), signature=b"\0" * len(k.sign(n, b"x"))))
        refused(f"{name} with a signature cut short", lambda k=key, n=name: by_hand(
            k, n, good(), signature=lambda signed, k=k, n=n: k.sign(n, signed)[:-1]))
        refused(f"{name} with a signature made longer", lambda k=key, n=name: by_hand(
            k, n, good(), signature=lambda signed, k=k, n=n: k.sign(n, signed) + b"\0"))
        refused(f"{name} with the signature of another payload", lambda k=key, n=name: by_hand(
            k, n, good(), signature=k.sign(n, b"eyJhbGciOiJub25lIn0.e30")))
        for claimed in [*ALGORITHMS, "ES512", "PS384", "PS512", "HS256", "none"]:
            if claimed != name:
                refused(f"{name} that says it is {claimed}", lambda k=key, n=name, c=claimed: by_hand(
                    k, n, good(), header={"alg": c, "kid": k.kid, "typ": "JWT"}))
        for spelling in {name.lower(), name.capitalize(), name + " ", " " + name, name + "\0"} - {name}:
            refused(f"{name} spelt {spelling!r}", lambda k=key, n=name, s=spelling: by_hand(
                k, n, good(), header={"alg": s, "kid": k.kid}))
    for name in ["PS384", "PS512"]:
        refused(f"{name}, which is not allowed", lambda n=name: by_hand(R, n, good()))
    refused("PS256 with a salt of no bytes under RS256's name", lambda: by_hand(
        R, "PS256", good(), header={"alg": "RS256", "kid": R.kid},
        signature=lambda signed: R.sign("PS256", signed, salt=0)))
    for salt in [0, 20, 33]:
        refused(f"PS256 with a salt of {salt} bytes", lambda n=salt: by_hand(
            R, "PS256", good(), signature=lambda signed: R.sign("PS256", signed, salt=n)))
    refused("ES256 with a signature in DER", lambda: es256(signature=E.der_signature))
    refused("RS256 with a key for PS256 by another name", lambda: by_hand(
        RING.rsa_only_256, "PS256", good(), header={"alg": "PS256", "kid": RING.rsa_only_256.kid}))
    taken("RS256 with a key that is for it alone", lambda: by_hand(RING.rsa_only_256, "RS256", good()))
    refused("RS512 with a key that is for RS256 alone", lambda: by_hand(RING.rsa_only_256, "RS512", good()))
    refused("a key for encryption", lambda: by_hand(RING.encryption, "RS256", good()))
    refused("a key whose operations are others", lambda: by_hand(RING.wrapping, "RS256", good()))
    refused("a key of 1024 bits", lambda: by_hand(RING.weak, "RS256", good()))
    refused("a key whose private part was published", lambda: by_hand(RING.given_away, "ES256", good()))


def _confusion():
    for spelling in ["none", "None", "NONE", "nOnE", ""]:
        for signature in [b"", b"\0"]:
            refused(f"alg {spelling!r} and {len(signature)} bytes of signature", lambda s=spelling, g=signature: es256(
                header={"alg": s, "typ": "JWT"}, signature=g))
    secrets = {
        "its PEM": RING.pem(R), "its PEM without the last line's end": RING.pem(R).rstrip(b"\n"),
        "its JWK": json.dumps(R.public).encode(), "its modulus": R.public["n"].encode(), "nothing": b"",
        "its DER": R.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
    }
    for algorithm in ["HS256", "HS384", "HS512"]:
        for name, secret in secrets.items():
            refused(f"{algorithm} with the public key as the secret: {name}", lambda a=algorithm, s=secret: hs(a, s))
    for value in [None, 1, True, [], ["ES256"], {"alg": "ES256"}]:
        refused(f"alg is {json.dumps(value)}", lambda v=value: raw_header(
            json.dumps({"alg": v, "kid": E.kid})))
    refused("no alg", lambda: with_header(alg=None))


def _header():
    for value in ["JWT", "jwt", "Jwt", "at+jwt", "AT+JWT", "application/at+jwt", "application/JWT", None]:
        taken(f"typ {value}", lambda v=value: with_header(typ=v))
    for value in ["", "JWS", "JWE", "dpop+jwt", "logout+jwt", "secevent+jwt", "application/json", "at+jwt ", 1, ["JWT"],
                  {}, True]:
        refused(f"typ {value!r}", lambda v=value: with_header(typ=v))
    for value in [[], ["exp"], ["b64"], ["kid"], "exp", "", None, {}, 1, True]:
        refused(f"crit {json.dumps(value)}", lambda v=value: raw_header(json.dumps(
            {"alg": "ES256", "kid": E.kid, "crit": v})))
    for value in [True, False, None, "true"]:
        refused(f"b64 {json.dumps(value)}", lambda v=value: raw_header(json.dumps(
            {"alg": "ES256", "kid": E.kid, "b64": v})))
    stranger = RING.stranger("ES256")
    embedded = {
        "jwk": stranger.public, "jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/certificate",
        "x5c": ["MIIBAA=="],
    }
    for name, value in embedded.items():
        for kid in [E.kid, "new", None]:
            refused(f"{name} with kid {kid}", lambda n=name, v=value, k=kid: by_hand(
                stranger, "ES256", good(), header={"alg": "ES256", n: v} | ({"kid": k} if k else {})))
        refused(f"{name} beside a good signature", lambda n=name, v=value: with_header(**{n: v}))
    taken("x5t, which is a name and no key", lambda: with_header(x5t="GvnPApfWMdLRi8PDmisFn7bprKg"))
    taken("members that nobody knows", lambda: with_header(nonce="n", cty="JSON", other={"a": [1]}))
    for kid in ["", "P256-1", "p256-1 ", "p256-1\0", "unknown", "../keys", "' OR 1=1 --", "rsa-1", "ed-1", "p384-1",
                "ｐ256-1", "k" * 300, 1, None, True, ["p256-1"], {"kid": "p256-1"}]:
        refused(f"kid {str(kid)[:20]!r} as JSON {type(kid).__name__}", lambda k=kid: raw_header(
            json.dumps({"alg": "ES256", "kid": k})))
    refused("no kid, where two RSA keys could be meant", lambda: by_hand(
        R, "RS256", good(), header={"alg": "RS256"}))
    taken("no kid, where one key alone can be meant", lambda: with_header(kid=None))
    taken("no kid, by another type of key", lambda: by_hand(D, "EdDSA", good(), header={"alg": "EdDSA"}))
    for name, text in {
        "alg twice": '{"alg":"ES256","alg":"none","kid":"p256-1"}',
        "alg twice, the good one last": '{"alg":"none","kid":"p256-1","alg":"ES256"}',
        "alg twice, once escaped": '{"alg":"ES256","kid":"p256-1","\\u0061lg":"none"}',
        "kid twice": '{"alg":"ES256","kid":"p256-1","kid":"x"}',
        "typ twice": '{"alg":"ES256","kid":"p256-1","typ":"JWT","typ":"x"}',
        "an unknown member twice": '{"alg":"ES256","kid":"p256-1","x":1,"x":1}',
        "empty": "", "null": "null", "a list": '[{"alg":"ES256"}]', "a text": '"ES256"', "a number": "1", "{}": "{}",
        "not closed": '{"alg":"ES256","kid":"p256-1"', "a comma too many": '{"alg":"ES256","kid":"p256-1",}',
        "single quotes": "{'alg':'ES256','kid':'p256-1'}", "a comment": '{"alg":"ES256",/**/"kid":"p256-1"}',
        "two objects": '{"alg":"ES256","kid":"p256-1"}{}', "a BOM": '\ufeff{"alg":"ES256","kid":"p256-1"}',
        "a lone surrogate": '{"alg":"ES256","kid":"p256-1","x":"\\ud800"}',
        "a control character": '{"alg":"ES256","kid":"p256-1","x":"\x01"}',
        "nested too deep": '{"alg":"ES256","kid":"p256-1","x":' + "[" * 200 + "]" * 200 + "}",
    }.items():
        refused(f"header: {name}", lambda t=text: raw_header(t))
    refused("header: not UTF-8", lambda: es256(header=b'{"alg":"ES256","kid":"p256-1","x":"\xff"}'))
    taken("header: white space and escapes", lambda: raw_header('\n{ "\\u0061lg" :\t"ES256" , "kid":"p256\\u002d1" } '))


def _claims():
    for name in ["iss", "aud", "sub", "exp"]:
        refused(f"no {name}", lambda n=name: es256(good(**{n: None})))
        for value in [[], "soon"] if name == "exp" else [None, True, {}, [], 1.5]:
            refused(f"{name} is {json.dumps(value)}", lambda n=name, v=value: raw_payload(json.dumps(good() | {n: v})))
        value = good()[name]
        refused(f"{name} twice", lambda n=name, v=value: doubled(n, v, v))
        refused(f"{name} twice, another one first", lambda n=name, v=value: doubled(n, "other", v))
        refused(f"{name} twice, another one last", lambda n=name, v=value: doubled(n, v, "other"))
    for name in ["iat", "nbf", "scope"]:
        taken(f"no {name}", lambda n=name: es256(good(**{n: None})))
        refused(f"{name} twice", lambda n=name: doubled(n, 0, 0))
    for value in [ISSUER + "/", ISSUER.upper(), ISSUER[:-1], "https://evil.example", "", " " + ISSUER, ISSUER + "\0",
                  ISSUER + "?", "http" + ISSUER[5:], ISSUER.replace("e", "\u0435"), [ISSUER], {"iss": ISSUER}]:
        refused(f"iss {value!r}", lambda v=value: es256(good(iss=v)))
    for value in [[AUDIENCE], ["other", AUDIENCE], [AUDIENCE, AUDIENCE], "second-audience"]:
        taken(f"aud {value}", lambda v=value: es256(good(aud=v)))
    for value in ["other", "JOBGATE", "jobgate ", "jobgat", "jobgate2", "", ["other"], [[AUDIENCE]], [{"a": AUDIENCE}],
                  {"jobgate": True}, [AUDIENCE, 1], [None, AUDIENCE], "jobgate other", "\uff4aobgate"]:
        refused(f"aud {value!r}", lambda v=value: es256(good(aud=v)))
    for value in ["", " ", "a\nb", "a\0b", "a\x1bb", "a\u202eb", "a\u200bb", "\ufeffa", " a", "a ", "x" * 257, 7,
                  ["a"]]:
        refused(f"sub {str(value)[:12]!r} as JSON {type(value).__name__}", lambda v=value: es256(good(sub=v)))
    for value in ["a", "x" * 256, "auth0|5f7c8e", "Zoë Müller", "用户-1", "user@example.com", "🔑", "a b"]:
        taken(f"sub {value[:12]!r}", lambda v=value: es256(good(sub=v)))
    refused("cnf, which binds the token to a key", lambda: es256(good(cnf={"jkt": "x"})))
    taken("claims that nobody knows", lambda: es256(good(nested={"a": {"b": [1, 2, {"c": None}]}}, azp="x", jti="1")))
    taken("a name in other letters", lambda: es256(good(name="Зоя 用户 🔑")))
    taken("a name that cannot be shown", lambda: es256(good(name="a\u202eb\n")))


def _times():
    far = LEEWAY + 3600
    taken("exp over, within the leeway", lambda: es256(good(exp=now(-LEEWAY + 200), iat=now(-far))))
    taken("exp with a fraction", lambda: es256(good(exp=time.time() + 600.25)))
    taken("exp as an exponent", lambda: raw_payload(json.dumps(good(exp=None))[:-1] + f',"exp":{now(900)}e0}}'))
    taken("exp in the year 2999", lambda: es256(good(exp=32_472_144_000)))
    taken("nbf to come, within the leeway", lambda: es256(good(nbf=now(LEEWAY - 5))))
    taken("nbf long ago", lambda: es256(good(nbf=1)))
    taken("iat to come, within the leeway", lambda: es256(good(iat=now(LEEWAY - 5))))
    refused("exp over", lambda: es256(good(exp=now(-LEEWAY - 5))))
    refused("exp long over", lambda: es256(good(exp=1_000_000_000)))
    refused("nbf to come", lambda: es256(good(nbf=now(far))))
    refused("iat to come", lambda: es256(good(iat=now(far))))
    for name in ["exp", "nbf", "iat"]:
        for text in ['"1999999999"', "true", "[1999999999]", "{}", "null", "1e999", "-1e999", "1999999999000000", "-1",
                     "NaN", "Infinity", "01999999999", "+1999999999", "0x77359400", "1999999999.", ".5"]:
            refused(f"{name} is {text}", lambda n=name, t=text: raw_payload(
                json.dumps(good(**{n: None}))[:-1] + f',"{n}":{t}}}'))


def _shape():
    for name, text in {
        "empty": "", "null": "null", "a list": "[]", "a text": '"x"', "{}": "{}", "not JSON": "sub=user-1",
        "not closed": '{"sub":"user-1"', "two objects": "{}{}",
        "nested too deep": '{"x":' * 101 + "1" + "}" * 101,
    }.items():
        refused(f"payload: {name}", lambda t=text: raw_payload(t))
    refused("payload: not UTF-8", lambda: raw_payload(json.dumps(good()).encode()[:-1] + b',"x":"\xc3\x28"}'))
    refused("payload: a token in a token", lambda: raw_payload(es256()))
    shapes = {
        "no signature segment": lambda t: t.rpartition(".")[0],
        "an empty signature": lambda t: t.rpartition(".")[0] + ".",
        "a dot behind": lambda t: t + ".", "a dot before": lambda t: "." + t,
        "four segments": lambda t: t + "." + parts(t)[2], "five segments": lambda t: t + ".a.b",
        "no header": lambda t: "." + t.partition(".")[2], "dots alone": lambda t: "..",
        "no payload": lambda t: ".".join([parts(t)[0], "", parts(t)[2]]),
        "padding behind the signature": lambda t: t + "==", "padding in the header": lambda t: t.replace(".", "=.", 1),
        "the other alphabet": lambda t: parts(t)[0] + "." + parts(t)[1] + "." + parts(t)[2][:-2] + "+/",
        "bits that stand for nothing": non_canonical,
        "the header twice": lambda t: parts(t)[0] * 2 + "." + parts(t)[1] + "." + parts(t)[2],
        "header and payload changed about": lambda t: ".".join([parts(t)[1], parts(t)[0], parts(t)[2]]),
        "another payload": lambda t: ".".join(
            [parts(t)[0], b64(json.dumps(good(sub="admin")).encode()), parts(t)[2]]),
        "a space inside": lambda t: t.replace(".", " .", 1), "a tab inside": lambda t: t[:30] + "\t" + t[30:],
        "quotes around": lambda t: f'"{t}"', "cut off": lambda t: t[:-10], "a letter more": lambda t: t + "A",
        "a percent sign": lambda t: t.replace("e", "%65", 1), "Bearer twice": lambda t: "Bearer " + t,
    }
    for name, change in shapes.items():
        refused(f"mutation: {name}", lambda c=change: mutated(c))
    for segment in range(3):
        for place in [0, 1, 5, 10, 20]:
            refused(f"mutation: letter {place} of segment {segment}", lambda s=segment, p=place: mutated(
                lambda t: ".".join(flip(part, p) if i == s else part for i, part in enumerate(parts(t)))))
    refused("a JWE", lambda: b64(b'{"alg":"RSA-OAEP","enc":"A256GCM"}') + ".AAAA" * 4)
    taken("12 kB of claims", lambda: es256(good(roles=["r" * 50] * 160)))
    refused("more than 16 KiB", lambda: es256(good(roles=["r" * 50] * 320)))
    refused("a signature of 12 kB", lambda: es256(signature=b"\1" * 9000))


for _part in (_algorithms, _confusion, _header, _claims, _times, _shape):
    _part()
