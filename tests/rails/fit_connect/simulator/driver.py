"""A sender and a subscriber for these tests: plain HTTP, JOSE by a library of others (jwcrypto)."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable
from typing import Any

import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from jwcrypto import jwe, jwk, jws

from caseway.rails.fit_connect.simulator import FitConnectSimulator

BUILDING = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a01"
ORDER = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a02"
SERVICE = {"name": "Bauantrag", "identifier": "urn:de:fim:leika:leistung:99010003001006"}
EVENTS = "https://schema.fitko.de/fit-connect/events/"
SET_SCHEMA = "https://schema.fitko.de/fit-connect/set-payload/1.2.2/set-payload.schema.json"
PROBLEM = {
    "type": f"{EVENTS}problems/schema-violation",
    "title": "Schema violation",
    "detail": "The data breaks the schema.",
    "instance": "data",
}


class Party:
    """One client of the platform; `version` says which API it speaks."""

    def __init__(self, simulator: Any, client: str, version: str = "v2") -> None:
        self.simulator = simulator
        self.version = version
        self.base = simulator.addresses["submissionV1" if version == "v1" else "submissionV2"]
        self.http = httpx2.Client(headers={"User-Agent": "tests/1"}, trust_env=False, timeout=30)
        self.client = client
        self.login()

    def __enter__(self) -> Party:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def login(self) -> None:
        """Fetch a token and use it from now on."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client,
            "client_secret": f"{self.client}-secret",
        }
        self.http.headers.pop("Authorization", None)
        answer = self.http.post(self.simulator.addresses["token"], data=form)
        self.http.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"

    def get(self, path: str, **query: Any) -> httpx2.Response:
        return self.http.get(f"{self.base}/{path}", params=query)

    def post(self, path: str, data: Any) -> httpx2.Response:
        return self.http.post(f"{self.base}/{path}", json=data)

    def put(self, path: str, data: Any) -> httpx2.Response:
        return self.http.put(f"{self.base}/{path}", json=data)

    def upload(self, path: str, text: str) -> httpx2.Response:
        return self.http.put(
            f"{self.base}/{path}", content=text, headers={"Content-Type": "application/jose"}
        )

    def event(self, case_id: str, token: str) -> httpx2.Response:
        headers = {"Content-Type": "application/jose"}
        return self.http.post(f"{self.base}/cases/{case_id}/events", content=token, headers=headers)

    def log(self, case_id: str) -> list[str]:
        """Return the names of a case's events."""
        return [event_name(token) for token in self.get(f"cases/{case_id}/events").json()["eventLog"]]


def announcement(version: str, files: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    """Return the body of POST submissions."""
    field = "serviceType" if version == "v1" else "publicService"
    return {"destinationId": BUILDING, "announcedAttachments": list(files), field: SERVICE, **more}


def encrypt(simulator: FitConnectSimulator, data: bytes, destination: str = BUILDING, **header: Any) -> str:
    """Return a JWE for the destination as it is now."""
    known = simulator.platform.store.destinations[destination]
    public = simulator.platform.destination_key(known, known.encryption_kid)
    assert public is not None
    key = jwk.JWK(**{name: public[name] for name in ("kty", "n", "e")})
    head = {
        "alg": "RSA-OAEP-256",
        "enc": "A256GCM",
        "kid": public["kid"],
        "cty": "application/json",
        **header,
    }
    made = jwe.JWE(data, json.dumps({name: value for name, value in head.items() if value is not None}))
    made.add_recipient(key)
    return made.serialize(compact=True)


def decrypt(simulator: FitConnectSimulator, text: str, destination: str = BUILDING) -> bytes:
    """Return what a JWE holds, opened with the destination's private key."""
    opened = jwe.JWE()
    for key in simulator.private_keys(destination):
        if key["key_ops"] == ["unwrapKey"]:
            secret = {name: key[name] for name in ("kty", "n", "e", "d", "p", "q", "dp", "dq", "qi")}
            opened.deserialize(text, jwk.JWK(**secret))
    return opened.payload


def submitted(sender: Party, files: Iterable[bytes] = (), **more: Any) -> dict[str, Any]:
    """Send one whole submission; return its ids and the tags of its JWEs."""
    ids = [str(uuid.uuid4()) for _ in files]
    made = sender.post("submissions", announcement(sender.version, ids, **more)).raise_for_status().json()
    here = f"submissions/{made['submissionId']}"
    tags = {}
    for identity, data in zip(ids, files, strict=True):
        text = encrypt(sender.simulator, data)
        tags[identity] = text.rpartition(".")[2]
        sender.upload(f"{here}/attachments/{identity}", text).raise_for_status()
    body = {f"encrypted{name}": encrypt(sender.simulator, b"{}") for name in ("Metadata", "Data")}
    sender.put(here, body).raise_for_status()
    given = {name.removeprefix("encrypted").lower(): text.rpartition(".")[2] for name, text in body.items()}
    return {**made, "attachments": ids, "tags": {**given, "attachments": tags}}


def answer(simulator: FitConnectSimulator, sent: dict[str, Any], verb: str, **changes: Any) -> str:
    """Return a SET that accepts, rejects or forwards a submission, signed by the destination."""
    payload = {"problems": [PROBLEM]} if verb == "reject" else {"authenticationTags": sent["tags"]}
    claims = {
        "$schema": SET_SCHEMA,
        "iss": sent["destinationId"],
        "sub": f"submission:{sent['submissionId']}",
        "txn": f"case:{sent['caseId']}",
        "iat": int(simulator.platform.store.clock.seconds()),
        "jti": str(uuid.uuid4()),
        "events": {f"{EVENTS}{verb}-submission": payload},
        **changes,
    }
    return signed(signing_key(simulator, sent["destinationId"]), claims)


def signing_key(simulator: FitConnectSimulator, destination: str = BUILDING) -> dict[str, Any]:
    """Return the private JWK that signs for a destination."""
    return next(key for key in simulator.private_keys(destination) if key["key_ops"] == ["sign"])


def signed(key: dict[str, Any], claims: dict[str, Any], **header: Any) -> str:
    """Return a compact JWS (RFC 7515, 5.1) with PS512, whatever its header says."""
    head = {"typ": "secevent+jwt", "alg": "PS512", "kid": key["kid"], **header}
    body = {name: value for name, value in claims.items() if value is not None}
    text = ".".join(_b64url(json.dumps(part).encode()) for part in (head, body))
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=hashes.SHA512.digest_size)
    return f"{text}.{_b64url(_private(key).sign(text.encode(), pss, hashes.SHA512()))}"


def _private(key: dict[str, Any]) -> rsa.RSAPrivateKey:
    number = {name: int.from_bytes(_bytes(key[name])) for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")}
    public = rsa.RSAPublicNumbers(number["e"], number["n"])
    names = ("p", "q", "d", "dp", "dq", "qi")
    secret = rsa.RSAPrivateNumbers(*(number[name] for name in names), public)
    return secret.private_key(unsafe_skip_rsa_key_validation=True)


def _b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_token(token: str, keys: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a JWS after checking it against a JWKS."""
    opened = jws.JWS()
    opened.deserialize(token)
    kid = json.loads(opened.objects["protected"])["kid"]
    public = next(key for key in keys["keys"] if key["kid"] == kid)
    opened.verify(jwk.JWK(**{name: public[name] for name in ("kty", "n", "e")}), alg="PS512")
    return json.loads(opened.objects["protected"]), json.loads(opened.payload)


def event_name(token: str) -> str:
    """Return the name of a SET's event, unchecked."""
    opened = jws.JWS()
    opened.deserialize(token)
    [uri] = json.loads(opened.objects["payload"])["events"]
    return uri.removeprefix(EVENTS)
