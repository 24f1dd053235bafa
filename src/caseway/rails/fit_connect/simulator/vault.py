"""RSA keys of 4096 bits: made when first needed, kept in a folder, shared by all simulators of a process."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
import threading
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

BITS = 4096
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_kept: dict[tuple[str, str], RSAPrivateKey] = {}
_locks: dict[tuple[str, str], threading.Lock] = {}
_guard = threading.Lock()


class Vault:
    """Private keys by name. A name that is asked for the first time takes a second or more.

    Without a folder of its own, keys lie in one of the temporary folder that only this user may read, so that
    the next simulator starts quickly; they protect nothing but test data.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or _common_folder()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def key(self, name: str) -> RSAPrivateKey:
        """Return the key of this name, made now if there is none."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a key")
        place = (str(self.folder), name)
        with _guard:
            if place in _kept:
                return _kept[place]
            lock = _locks.setdefault(place, threading.Lock())
        with lock:
            if place not in _kept:
                _kept[place] = self._from_disk(name)
            return _kept[place]

    def known(self, name: str) -> bool:
        """Return whether the key is there already."""
        return (str(self.folder), name) in _kept or (self.folder / f"{name}.pem").exists()

    def _from_disk(self, name: str) -> RSAPrivateKey:
        path = self.folder / f"{name}.pem"
        if not path.exists():
            self._make(path)
        key = serialization.load_pem_private_key(path.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError(f"{path} holds no RSA key")
        return key

    def _make(self, path: Path) -> None:
        """Make a key; when another process was quicker, its key stays."""
        key = rsa.generate_private_key(65537, BITS)
        data = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        handle, made = tempfile.mkstemp(dir=self.folder, prefix=".key-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            with contextlib.suppress(FileExistsError):
                os.link(made, path)
        finally:
            Path(made).unlink()


def _common_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"caseway-fit-connect-keys-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        return Path(tempfile.mkdtemp(prefix="caseway-fit-connect-keys-"))
    return folder
