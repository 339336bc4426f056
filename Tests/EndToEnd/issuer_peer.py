"""An issuer of tokens: its key set, its description, and tokens that other hands than the gateway's have signed."""

import base64
import json
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from joserfc import jwk, jws

from peer import Peer
from record import RECORD

AUDIENCE = "jobgate"
SCOPES = "conversions:read transfer-jobs:read"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value):
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()


class Key:
    """A key pair: `public` is its JWK as the key set has it, `sign` makes a raw signature of any of its algorithms."""

    def __init__(self, private, kid, **members):
        self.private, self.kid = private, kid
        self.whole = {**jwk.import_key(private_pem(private), key_type(private)).as_dict(private=True), "kid": kid}
        secret = {"d", "p", "q", "dp", "dq", "qi"}
        self.public = {name: value for name, value in self.whole.items() if name not in secret} | members

    @classmethod
    def rsa(cls, kid, bits=2048, **members):
        return cls(rsa.generate_private_key(65537, bits), kid, **members)

    @classmethod
    def ec(cls, kid, curve=ec.SECP256R1, **members):
        return cls(ec.generate_private_key(curve()), kid, **members)

    @classmethod
    def ed25519(cls, kid, **members):
        return cls(ed25519.Ed25519PrivateKey.generate(), kid, **members)

    def sign(self, algorithm, data, salt=None):
        """A signature with the algorithm's name, made by `cryptography` alone."""
        size = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}.get(algorithm[2:])
        if algorithm.startswith("RS"):
            return self.private.sign(data, padding.PKCS1v15(), size())
        if algorithm.startswith("PS"):
            pss = padding.PSS(padding.MGF1(size()), size().digest_size if salt is None else salt)
            return self.private.sign(data, pss, size())
        if algorithm.startswith("ES"):
            r, s = utils.decode_dss_signature(self.private.sign(data, ec.ECDSA(size())))
            width = (self.private.curve.key_size + 7) // 8
            return r.to_bytes(width, "big") + s.to_bytes(width, "big")
        return self.private.sign(data)

    def der_signature(self, data):
        """ECDSA as everything but JOSE writes it."""
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))


def private_pem(private):
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def key_type(private):
    if isinstance(private, rsa.RSAPrivateKey):
        return "RSA"
    return "EC" if isinstance(private, ec.EllipticCurvePrivateKey) else "OKP"


def claims(issuer, **changes):
    """What a good token says; `None` leaves a claim out."""
    now = time.time()
    whole = {
        "iss": issuer, "aud": AUDIENCE, "sub": "user-1", "exp": int(now) + 1200, "iat": int(now), "scope": SCOPES,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def by_joserfc(key, algorithm, payload, **header):
    """A token that another JOSE library made from first to last."""
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    whole = {"alg": algorithm, "kid": key.kid, "typ": "JWT", **header}
    token = jws.serialize_compact(
        whole, compact(payload), jwk.import_key(key.whole, key_type(key.private)), registry=registry)
    return remembered(token)


def by_hand(key, algorithm, payload, header=None, signature=None):
    """A token of any header and payload, bytes or values, with a signature of any algorithm or any bytes."""
    if header is None:
        header = {"alg": algorithm, "kid": key.kid, "typ": "JWT"}
    signed = f"{b64(compact(header))}.{b64(compact(payload))}"
    if signature is None:
        signature = key.sign(algorithm, signed.encode())
    elif callable(signature):
        signature = signature(signed.encode())
    return remembered(f"{signed}.{b64(signature)}")


def remembered(token):
    """Neither a token nor its signature may be found in anything that the program says."""
    signature = token.rpartition(".")[2]
    if len(signature) > 20:
        RECORD.secret("token's signature", signature)
    return token


class IssuerPeer(Peer):
    """The server. `keys` are the JWKs of its key set at /keys, or bytes or text that stand there instead."""

    def __init__(self, *keys):
        self.keys = [key.public for key in keys]
        self.description = {}
        super().__init__()
        self.description = {"issuer": self.url, "jwks_uri": self.url + "/keys"}

    def answer(self, asked):
        if asked.method != "GET":
            self.violations.append(f"{asked.method} {asked.path}")
        if asked.path == "/.well-known/openid-configuration":
            asked.name = "description"
            return 200, "application/json", json.dumps(self.description)
        asked.name = "keys" if asked.path == "/keys" else "other"
        if asked.name == "other":
            self.violations.append(f"nobody was told of {asked.path}")
            return 404, "text/plain", "not here"
        return 200, "application/json", self.keys if isinstance(self.keys, str) else json.dumps({"keys": self.keys})

    @property
    def fetches(self):
        return self.count("keys")


def issuer_settings(name, issuer, **members):
    """The settings of an issuer, for `start(config=…)`."""
    whole = {"issuer": issuer, "audience": [AUDIENCE], **members}
    return {f"issuers.{name}.{member}": value for member, value in whole.items()}
