"""Rooms: the folder in which one arrival is unpacked. What lies there is plain text, so it never stays.

A room is locked by the process that uses it; the lock ends with the process, however it ends, and then the
room is swept.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from caseway.configuration import configuration
from caseway.core.log import get_logger

_LOCK = ".lock"
_FRESH = 60.0  # seconds in which a new folder may be without its lock
_swept: set[int] = set()  # this process, once it has swept


@contextmanager
def room() -> Iterator[Path]:
    """Give a folder that only we can read, and remove it with all that is in it. Raises `OSError`."""
    if os.getpid() not in _swept:
        _swept.add(os.getpid())
        sweep()
    folder = Path(tempfile.mkdtemp(prefix="room-", dir=_rooms()))
    try:
        with _locked(folder):
            inside = folder / "in"
            inside.mkdir(mode=0o700)
            yield inside
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> int:
    """Remove the rooms of processes that are no more. Returns how many."""
    gone = 0
    for folder in _rooms().glob("room-*"):
        if _abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    if gone:
        get_logger().info("room.swept", rooms=gone)
    return gone


def _rooms() -> Path:
    rooms = configuration().data / "rooms"
    rooms.mkdir(mode=0o700, parents=True, exist_ok=True)
    return rooms


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _abandoned(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return _age(folder) > _FRESH


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
