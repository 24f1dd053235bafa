"""Real processes for tests that kill them: started, killed, started again, ended together.

Every process leads a group of its own, so that a kill takes its children too (a web process has some), and
ends with the test run, however that ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from caseway.cli.processes import free_port, python, wait_for

__all__ = ["Arming", "Process", "Supervisor", "free_port", "look_after", "python", "running", "wait_for"]


@dataclass
class Process:
    """A program that can be started many times; `deaths` counts those that nobody asked for politely."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    deaths: int = 0
    _popen: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self, **more: str) -> None:
        """Start it with more environment variables; its output goes to the log."""
        parent = shutil.which("setpriv")  # it ends with us, however we end
        command = [parent, "--pdeathsig", "KILL", *self.command] if parent else list(self.command)
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                command,
                env={**os.environ, **self.environment, **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def died(self) -> bool:
        """Tell whether it has ended since it was started; counts the death and buries it."""
        if self._popen is None or self._popen.poll() is None:
            return False
        self._bury()
        self.deaths += 1
        return True

    def kill(self) -> None:
        """Kill the whole group at once, as a power cut would."""
        if self._popen is not None and self._popen.poll() is None:
            os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()
            self.deaths += 1
        self._bury()

    def stop(self, patience: float = 25) -> None:
        """Ask it to end; kill it when it does not."""
        if self._popen is not None and self._popen.poll() is None:
            self._popen.send_signal(signal.SIGTERM)
            try:
                self._popen.wait(patience)
            except subprocess.TimeoutExpired:
                os.killpg(self._popen.pid, signal.SIGKILL)
                self._popen.wait()
        self._bury()

    def _bury(self) -> None:
        """End what a dead leader left behind in its group."""
        if self._popen is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen = None


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """Start processes and end them, the youngest first, when the block ends."""
    try:
        for process in processes:
            process.start()
        yield
    finally:
        for process in reversed(processes):
            process.stop()


@dataclass(frozen=True)
class Arming:
    """A crash point and how often it is passed before the process dies there."""

    point: str
    count: int
    mark: Path

    def environment(self) -> dict[str, str]:
        """Return the variables that `caseway.testing.crash` reads."""
        return {"CASEWAY_CRASH": f"{self.point}:{self.count}", "CASEWAY_CRASH_MARK": str(self.mark)}


@dataclass
class Supervisor:
    """Starts a victim again after each death, armed by the next plan until the plans are used up."""

    victim: Process
    plans: Iterator[Arming]

    def start(self) -> None:
        """Start the victim with its next arming, or unarmed when there is none left."""
        arming = next(self.plans, None)
        self.victim.start(**(arming.environment() if arming else {}))

    def look(self) -> bool:
        """Start the victim again if it died. Returns whether it had."""
        if not self.victim.died():
            return False
        self.start()
        return True

    def until(self, done: Callable[[], bool], *, seconds: float, pause: float = 0.1) -> float:
        """Look after the victim until `done()` is true. Returns the seconds it took.

        Raises `TimeoutError` when it never is.
        """
        began = time.monotonic()
        while not done():
            self.look()
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"{self.victim.name} did not finish in {seconds:.0f} s")
            time.sleep(pause)
        return time.monotonic() - began


def look_after(processes: Sequence[Process], done: Callable[[], bool], *, seconds: float) -> None:
    """Start again whoever dies until `done()` is true. Raises `TimeoutError` when it never is."""
    end = time.monotonic() + seconds
    while not done():
        for process in processes:
            if process.died():
                process.start()
        if time.monotonic() > end:
            raise TimeoutError(f"not done in {seconds:.0f} s")
        time.sleep(0.2)
