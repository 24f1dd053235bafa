"""The simulated administration PKI: root, intermediate, certificates of destinations, some of them bad."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from caseway.core.clock import now
from caseway.rails.fit_connect.simulator import jose
from caseway.rails.fit_connect.simulator.certificates import FOREVER, Authority, Places, authority, leaf
from caseway.rails.fit_connect.simulator.vault import Vault

VARIANTS = ("good", "expired", "revoked", "incomplete", "self_signed", "wrong_key", "untrusted")
VALID_DAYS = 730


class Pki:
    """Issues certificates under one root. `url` gives the address where CRL, OCSP and issuers are served.

    Certificates carry their place of revocation; those of two years' validity begin a month ago, so that a
    test that holds the clock in the near past still finds them valid.
    """

    def __init__(self, vault: Vault, url: Callable[[], str]) -> None:
        self.vault = vault
        self._url = url
        self._lock = threading.RLock()
        self._authorities: dict[str, Authority] = {}
        self._revoked: dict[int, datetime] = {}
        self._chains: dict[tuple[str, str, str, str], list[str]] = {}

    def authority(self, name: str) -> Authority:
        """Return `root`, `intermediate`, or `stranger` (a root nobody trusts)."""
        with self._lock:
            found = self._authorities.get(name)
            if found is None:
                found = self._authorities[name] = self._make_authority(name)
            return found

    def root_pem(self) -> str:
        """Return the certificate to trust."""
        return self._root().certificate.public_bytes(Encoding.PEM).decode()

    def key_jwk(self, name: str, kid: str, operation: str, variant: str = "good") -> dict[str, Any]:
        """Return the public JWK of one of the simulator's own keys, with its chain."""
        key = self.vault.key(name)
        return self.jwk(key.public_key(), kid, operation, variant, private=key)

    def jwk(
        self,
        key: RSAPublicKey,
        kid: str,
        operation: str,
        variant: str = "good",
        *,
        private: RSAPrivateKey | None = None,
    ) -> dict[str, Any]:
        """Return a public JWK with a chain of this variant. Raises `ValueError` for an unknown variant.

        A key that is not the simulator's cannot sign itself; `self_signed` is then a lone certificate of an
        authority nobody knows.
        """
        bare = jose.public_jwk(key, kid, operation, [])
        place = (str(bare["n"]), kid, operation, variant)
        with self._lock:
            chain = self._chains.get(place)
            if chain is None:
                chain = self._chains[place] = self._chain(key, kid, operation, variant, private)
        return {**bare, "x5c": chain}

    def revoke(self, serial: int) -> None:
        """Revoke one certificate."""
        with self._lock:
            self._revoked.setdefault(serial, now())

    def revoked(self) -> dict[int, datetime]:
        """Return the revoked serial numbers and since when."""
        with self._lock:
            return dict(self._revoked)

    def _chain(
        self, key: RSAPublicKey, kid: str, operation: str, variant: str, private: RSAPrivateKey | None
    ) -> list[str]:
        if variant not in VARIANTS:
            raise ValueError(f"The variants of a certificate are {', '.join(VARIANTS)}.")
        encrypts = operation == "wrapKey"
        begin = now() - timedelta(days=30)
        end = now() - timedelta(days=1) if variant == "expired" else now() + timedelta(days=VALID_DAYS)
        if variant in ("self_signed", "untrusted"):
            stranger = self.authority("stranger")
            signer = private if private is not None and variant == "self_signed" else stranger
            certificate = leaf(kid, key, signer, (begin, end), encrypts=encrypts)
            return _x5c(certificate) if variant == "self_signed" else _x5c(certificate, stranger.certificate)
        subject_key = self.vault.key("stranger").public_key() if variant == "wrong_key" else key
        issuer = self.authority("intermediate")
        places = self._places("intermediate")
        certificate = leaf(kid, subject_key, issuer, (begin, end), encrypts=encrypts, places=places)
        if variant == "revoked":
            self.revoke(certificate.serial_number)
        if variant == "incomplete":
            return _x5c(certificate)
        return _x5c(certificate, issuer.certificate, self._root().certificate)

    def _make_authority(self, name: str) -> Authority:
        if name == "root":
            return self._root_from_disk()
        key = self.vault.key(name)
        if name == "stranger":
            return authority("A root nobody trusts", key)
        return authority("Intermediate authority", key, self._root(), self._places("root"))

    def _root(self) -> Authority:
        return self.authority("root")

    def _root_from_disk(self) -> Authority:
        """The root's certificate stays the same as long as its key, so that it can be trusted for good."""
        key = self.vault.key("root")
        path = self.vault.folder / "root.crt"
        if path.exists():
            found = x509.load_pem_x509_certificate(path.read_bytes())
            if found.public_key() == key.public_key() and found.not_valid_after_utc == FOREVER[1]:
                return Authority("Root authority", found, key)
        made = authority("Root authority", key)
        partial = path.with_name(f".root-{threading.get_ident()}-{id(self)}")
        partial.write_bytes(made.certificate.public_bytes(Encoding.PEM))
        partial.replace(path)
        return made

    def _places(self, issuer: str) -> Places:
        base = f"{self._url()}/pki"
        return Places(f"{base}/{issuer}.crl", f"{base}/{issuer}.crt", f"{base}/ocsp")


def _x5c(*chain: x509.Certificate) -> list[str]:
    """Base64 (not base64url) of DER, the leaf first (RFC 7517, 4.7)."""
    return [base64.b64encode(item.public_bytes(Encoding.DER)).decode() for item in chain]
