"""openssl as the authority, the responder and the judge: chains, OCSP answers and lists that it made."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from caseway.core.errors import CasewayError, Unavailable
from caseway.rails.fit_connect.chain import Trust, check_chain
from caseway.rails.fit_connect.jwk import PublicKey
from tests.rails.fit_connect.jose.authority import published

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")

PSS = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest", "-sha512")
CONFIG = """
[ca]
default_ca = here
[here]
dir = .
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha512
default_crl_days = 7
policy = any
unique_subject = no
crl_extensions = crl
[any]
commonName = supplied
[crl]
authorityKeyIdentifier = keyid
[req]
distinguished_name = name
prompt = no
[name]
CN = unnamed
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign,digitalSignature
subjectKeyIdentifier = hash
[authority]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://crl.pki.example/root
authorityInfoAccess = OCSP;URI:http://ocsp.pki.example/root
[leaf]
basicConstraints = critical,CA:false
keyUsage = critical,keyEncipherment
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://crl.pki.example/authority
authorityInfoAccess = OCSP;URI:http://ocsp.pki.example/authority
"""


@dataclass
class Office:
    """One folder in which openssl keeps two authorities and a key."""

    folder: Path

    def run(self, *words: str, of: str = "") -> bytes:
        """Run openssl in the folder of an authority."""
        where = self.folder / of if of else self.folder
        done = subprocess.run(["openssl", *words], cwd=where, capture_output=True, timeout=60, check=False)
        assert 0 == done.returncode, done.stderr.decode()
        return done.stdout

    def certificate(self, name: str) -> x509.Certificate:
        """Return a certificate by its file."""
        return x509.load_pem_x509_certificate((self.folder / f"{name}.pem").read_bytes())

    def make_root(self) -> None:
        """Make a key that certifies itself."""
        self.run("genrsa", "-out", "root.key", "4096")
        self.run(
            "req", "-new", "-x509", "-key", "root.key", "-subj", "/CN=root", "-out", "root.pem",
            "-days", "900", "-config", "ca.cnf", "-extensions", "root", *PSS,
        )  # fmt: skip

    def make(self, name: str, issuer: str, section: str, algorithm: str = "RSA") -> None:
        """Make a key and have it certified."""
        self.run(
            "genpkey", "-algorithm", algorithm, "-pkeyopt", "rsa_keygen_bits:4096", "-out", f"{name}.key"
        )
        self.run(
            "req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out", f"{name}.csr",
            "-config", "ca.cnf", *PSS,
        )  # fmt: skip
        self.run(
            "ca", "-batch", "-config", "../ca.cnf", "-extensions", section, "-days", "300", *PSS[:4],
            "-md", "sha512", "-cert", f"../{issuer}.pem", "-keyfile", f"../{issuer}.key",
            "-in", f"../{name}.csr", "-out", f"../{name}.pem", "-notext", of=issuer,
        )  # fmt: skip

    def room(self, name: str) -> None:
        """Make the room an authority keeps its book in."""
        (self.folder / name).mkdir()
        (self.folder / name / "index.txt").touch()
        (self.folder / name / "serial").write_text("1000")

    def fetch(self, url: str, question: bytes | None) -> bytes:
        """Answer as the responder and the list of an authority."""
        name = url.rsplit("/", 1)[1]
        if question is None:
            return self._list(name)
        (self.folder / name / "question.der").write_bytes(question)
        self.run(
            "ocsp", "-index", "index.txt", "-CA", f"../{name}.pem",
            "-rsigner", f"../{name}.pem", "-rkey", f"../{name}.key",
            "-reqin", "question.der", "-respout", "answer.der", "-ndays", "1", "-rmd", "sha512",
            "-rsigopt", "rsa_padding_mode:pss", of=name,
        )  # fmt: skip
        return (self.folder / name / "answer.der").read_bytes()

    def _list(self, name: str) -> bytes:
        self.run(
            "ca", "-gencrl", "-config", "../ca.cnf", "-cert", f"../{name}.pem", "-keyfile", f"../{name}.key",
            *PSS[:4], "-md", "sha512", "-out", "list.pem", of=name,
        )  # fmt: skip
        return self.run("crl", "-in", "list.pem", "-outform", "DER", of=name)

    def lists_only(self, url: str, question: bytes | None) -> bytes:
        """Answer with lists, while the responder is down."""
        if question is not None:
            raise Unavailable("down")
        return self.fetch(url, None)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A root, an authority below it, two certified keys; the second is revoked."""
    office = Office(tmp_path_factory.mktemp("office"))
    (office.folder / "ca.cnf").write_text(CONFIG)
    for name in ("root", "authority"):
        office.room(name)
    office.make_root()
    office.make("authority", "root", "authority", "RSA-PSS")  # a key that can do nothing else
    office.make("good", "authority", "leaf")
    office.make("gone", "authority", "leaf")
    office.run(
        "ca", "-config", "../ca.cnf", "-cert", "../authority.pem", "-keyfile", "../authority.key",
        "-revoke", "../gone.pem", of="authority",
    )  # fmt: skip
    return office


def trust(office: Office) -> Trust:
    """Trust in the root."""
    return Trust(roots=(office.certificate("root"),))


def key_of(office: Office, name: str) -> PublicKey:
    """Return a key with its chain, as it is published."""
    private = load_pem_private_key((office.folder / f"{name}.key").read_bytes(), None)
    assert isinstance(private, RSAPrivateKey)
    return published([office.certificate(name), office.certificate("authority")], private)


@pytest.mark.parametrize("way", ["fetch", "lists_only"])
def test_a_chain_openssl_made_is_trusted(office: Office, way: str) -> None:
    trusted = check_chain(key_of(office, "good"), trust(office), getattr(office, way))

    assert () == trusted.warnings
    assert b"OK" in office.run("verify", "-CAfile", "root.pem", "-untrusted", "authority.pem", "good.pem")


@pytest.mark.parametrize("way", ["fetch", "lists_only"])
def test_a_key_openssl_revoked_is_refused(office: Office, way: str) -> None:
    with pytest.raises(CasewayError) as refused:
        check_chain(key_of(office, "gone"), trust(office), getattr(office, way))

    assert "fit_connect.certificate_revoked" == refused.value.code
