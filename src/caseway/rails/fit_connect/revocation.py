"""Asking whether certificates were revoked: OCSP (RFC 6960) where a certificate names a responder, else CRL.

Only fetched here; the answers are judged by the path validation (`chain`), signatures and freshness
included. It is asked only about certificates whose chain was found good, so that no stranger's certificate
sends us to an address of its choice. What cannot be fetched is told as a reason, not raised: the policy
decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import pairwise
from time import monotonic
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from caseway.core.errors import CasewayError, Unavailable
from caseway.core.http import ACTION, classified

Fetch: TypeAlias = Callable[[str, bytes | None], bytes]
"""Returns what an address answers: to a GET, or to an OCSP request by POST. Raises `Unavailable`."""

MAX_BYTES = 20_000_000  # large authorities have lists of some megabytes
SECONDS = 20.0
_ADDRESSES = 3  # of one certificate; more are no help


@dataclass
class Evidence:
    """What was told about the certificates of a chain, in DER, and why something was not."""

    ocsps: list[bytes] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)  # who gave no answer, and why


def fetch_over(client: httpx2.Client, max_bytes: int = MAX_BYTES, seconds: float = SECONDS) -> Fetch:
    """Return a way to fetch over a client of `caseway.core.http`, bounded in size and in seconds."""

    def fetch(url: str, question: bytes | None) -> bytes:
        deadline = monotonic() + seconds
        with classified(), _asked(client, url, question, seconds) as response:
            if response.status_code != 200:
                raise _silent(url, f"status {response.status_code}")
            content = bytearray()
            for piece in response.iter_bytes():
                content += piece
                if len(content) > max_bytes or monotonic() > deadline:
                    raise _silent(url, "too much, or too slow")
            return bytes(content)

    return fetch


def _asked(
    client: httpx2.Client, url: str, question: bytes | None, seconds: float
) -> AbstractContextManager[httpx2.Response]:
    return client.stream(
        "GET" if question is None else "POST",
        url,
        content=question,
        headers={} if question is None else {"Content-Type": "application/ocsp-request"},
        extensions={ACTION: "revocation"},
        timeout=seconds,
        follow_redirects=False,
    )


def gather(path: Sequence[x509.Certificate], fetch: Fetch, *, lists_only: bool = False) -> Evidence:
    """Return what is told about each certificate of a path but the last, which is the root: leaf first."""
    evidence = Evidence()
    for certificate, issuer in pairwise(path):
        if not lists_only and _ask_responders(certificate, issuer, fetch, evidence):
            continue
        _ask_lists(certificate, fetch, evidence)
    return evidence


def _ask_responders(
    certificate: x509.Certificate, issuer: x509.Certificate, fetch: Fetch, evidence: Evidence
) -> bool:
    question = _question(certificate, issuer)
    for url in _responders(certificate):
        answer = _fetched(url, question, fetch, evidence)
        if answer is not None and _says_something(answer):
            evidence.ocsps.append(answer)
            return True
    return False


def _ask_lists(certificate: x509.Certificate, fetch: Fetch, evidence: Evidence) -> None:
    urls = list(_lists(certificate))
    if not urls and not list(_responders(certificate)):
        evidence.silent.append("a certificate names no address to ask")
    for url in urls:
        answer = _fetched(url, None, fetch, evidence)
        if answer is not None:
            evidence.crls.append(answer)
            return


def _fetched(url: str, question: bytes | None, fetch: Fetch, evidence: Evidence) -> bytes | None:
    try:
        return fetch(url, question)
    except CasewayError as error:
        evidence.silent.append(f"{urlsplit(url).hostname}: {error.code}")
        return None


def _question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """Ids of certificates are hashed with SHA-1: every responder knows it, and nothing is secured by it."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())
    return builder.build().public_bytes(serialization.Encoding.DER)


def _says_something(answer: bytes) -> bool:
    """Say whether an answer knows the certificate; its signature is not looked at here."""
    try:
        response = ocsp.load_der_ocsp_response(answer)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return False
        return response.certificate_status is not ocsp.OCSPCertStatus.UNKNOWN
    except ValueError:
        return False


def _responders(certificate: x509.Certificate) -> Iterator[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return
    responder = AuthorityInformationAccessOID.OCSP
    yield from _addresses(one.access_location for one in access if one.access_method == responder)


def _lists(certificate: x509.Certificate) -> Iterator[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return
    yield from _addresses(name for point in points for name in point.full_name or ())


def _addresses(names: Iterable[x509.GeneralName]) -> Iterator[str]:
    urls = [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]
    yield from [url for url in urls if urlsplit(url).scheme in ("http", "https")][:_ADDRESSES]


def _silent(url: str, why: str) -> Unavailable:
    return Unavailable(
        f"{urlsplit(url).hostname} does not tell whether certificates were revoked: {why}.",
        code="fit_connect.revocation_unreachable",
        remedy="It is tried again by itself; a firewall may stand in the way.",
    )
