"""The malware scan of a content while it streams into the store: an infected one never gets its name."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache

from caseway.configuration import configuration
from caseway.core.errors import Invalid, NotConfigured, Unavailable
from caseway.core.log import get_logger
from caseway.intake.checks.malware import Scanner, Verdict, open_scanner

log = get_logger("caseway.intake")


@lru_cache(maxsize=1)
def scanner() -> Scanner | None:
    """Return the scanner of the configuration (`clamd://host:port`, `clamd:///socket`, `eicar`, `off`)."""
    setting = configuration().malware
    if setting.startswith("clamd:///"):
        setting = f"unix://{setting.removeprefix('clamd://')}"
    return open_scanner(setting.replace("clamd://", "tcp://", 1))


def require_clean(content: bytes) -> None:
    """Scan a small content. Raises `Invalid` (`malware.found`) and `Unavailable`; silence is no verdict."""
    if (chosen := scanner()) is not None:
        _judge(_verdict(chosen, io.BytesIO(content)))


def scanned(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Pass a content on while it is scanned; raise at its end, before anybody can keep it.

    Raises as `require_clean` does.
    """
    chosen = scanner()
    if chosen is None:
        yield from chunks
        return
    with _Scan(chosen) as scan:
        for chunk in chunks:
            scan.feed(chunk)
            yield chunk
        _judge(scan.verdict())


class _Scan:
    """One scan in a thread of its own, fed through a pipe: the scanner reads a stream, we have pieces."""

    def __init__(self, chosen: Scanner) -> None:
        reading, self._writing = os.pipe()
        self._open = True
        self._outcome: Verdict | Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(chosen, reading), name="scan")
        self._thread.start()

    def __enter__(self) -> _Scan:
        return self

    def __exit__(self, *_: object) -> None:
        self._finish()

    def feed(self, chunk: bytes) -> None:
        """Give a piece to the scanner; one that has stopped reading says why in its verdict."""
        rest = memoryview(chunk)
        while rest and self._open:
            try:
                rest = rest[os.write(self._writing, rest) :]
            except BrokenPipeError:
                self._close()

    def verdict(self) -> Verdict:
        """Wait for the verdict. Raises what the scanner raised."""
        self._finish()
        if isinstance(self._outcome, Exception):
            raise self._outcome
        if self._outcome is None:
            raise Unavailable("The malware scanner gave no verdict.", code="malware.scanner_unavailable")
        return self._outcome

    def _run(self, chosen: Scanner, reading: int) -> None:
        with os.fdopen(reading, "rb") as stream:
            try:
                self._outcome = _verdict(chosen, stream)
            except (Unavailable, NotConfigured) as error:
                self._outcome = error

    def _finish(self) -> None:
        self._close()
        self._thread.join()

    def _close(self) -> None:
        if self._open:
            self._open = False
            os.close(self._writing)


def _verdict(chosen: Scanner, stream: io.BufferedIOBase) -> Verdict:
    try:
        return chosen.scan(stream)  # type: ignore[arg-type]
    except Unavailable:
        log.error("scanner.unavailable")
        raise


def _judge(verdict: Verdict) -> None:
    if not verdict.clean:
        log.warning("document.infected", malware=verdict.name)
        raise Invalid(
            "A file of the submission is infected and was not stored.",
            code="malware.found",
            remedy="Clean the file, or leave it out, and send the submission under a new key.",
            malware=verdict.name,
        )
