"""CRLs (RFC 5280), an OCSP responder (RFC 6960) and the authorities' certificates, below /pki."""

from __future__ import annotations

import base64
from datetime import timedelta
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from caseway.core.clock import now
from caseway.rails.fit_connect.simulator.certificates import PSS, Authority
from caseway.rails.fit_connect.simulator.pki import Pki
from caseway.testing.simulator import Request, Response

LIMIT = 1 << 16
FRESH = timedelta(hours=1)
_AUTHORITIES = ("root", "intermediate")


def answer(pki: Pki, request: Request) -> Response:
    """Answer one request below /pki."""
    rest = request.segments[1:]
    name, _, kind = (rest[0] if rest else "").partition(".")
    if name == "ocsp":
        return _ocsp(pki, request)
    if name not in _AUTHORITIES or request.method != "GET":
        return Response(404)
    certificate = pki.authority(name).certificate
    if kind == "crl":
        return _body("application/pkix-crl", _crl(pki, name))
    if kind == "crt":
        return _body("application/pkix-cert", certificate.public_bytes(Encoding.DER))
    if kind == "pem":
        return _body("application/x-pem-file", certificate.public_bytes(Encoding.PEM))
    return Response(404)


def _body(media_type: str, data: bytes) -> Response:
    return Response(200, [("Content-Type", media_type)], data)


def _crl(pki: Pki, name: str) -> bytes:
    issuer = pki.authority(name)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now() - timedelta(minutes=1))
        .next_update(now() + FRESH)
        .add_extension(x509.CRLNumber(int(now().timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
        )
    )
    for serial, moment in pki.revoked().items() if name == "intermediate" else ():
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(issuer.key, hashes.SHA512(), rsa_padding=PSS).public_bytes(Encoding.DER)


def _ocsp(pki: Pki, request: Request) -> Response:
    try:
        question = ocsp.load_der_ocsp_request(_question(request))
    except ValueError:
        refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        return _body("application/ocsp-response", refused.public_bytes(Encoding.DER))
    issuer = next((a for name in _AUTHORITIES if _asked(a := pki.authority(name), question)), None)
    if issuer is None:
        refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        return _body("application/ocsp-response", refused.public_bytes(Encoding.DER))
    return _body("application/ocsp-response", _verdict(pki, issuer, question))


def _question(request: Request) -> bytes:
    """The request in the body, or base64 in the path (RFC 6960, A.1)."""
    if request.method == "POST":
        return request.read_all(LIMIT)
    return base64.b64decode(unquote(request.raw_path.partition("/ocsp/")[2]))


def _asked(authority: Authority, question: ocsp.OCSPRequest) -> bool:
    key = authority.key.public_key()
    info = key.public_bytes(Encoding.DER, serialization.PublicFormat.PKCS1)
    digest = hashes.Hash(question.hash_algorithm)
    digest.update(info)
    return digest.finalize() == question.issuer_key_hash


def _verdict(pki: Pki, issuer: Authority, question: ocsp.OCSPRequest) -> bytes:
    moment = pki.revoked().get(question.serial_number)
    builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
        issuer_name_hash=question.issuer_name_hash,
        issuer_key_hash=question.issuer_key_hash,
        serial_number=question.serial_number,
        algorithm=question.hash_algorithm,
        cert_status=ocsp.OCSPCertStatus.REVOKED if moment else ocsp.OCSPCertStatus.GOOD,
        this_update=now() - timedelta(minutes=1),
        next_update=now() + FRESH,
        revocation_time=moment,
        revocation_reason=x509.ReasonFlags.key_compromise if moment else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
    for extension in question.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            builder = builder.add_extension(extension.value, critical=False)
    return builder.sign(issuer.key, hashes.SHA512()).public_bytes(Encoding.DER)
