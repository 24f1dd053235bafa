"""A real proxy as a peer: Debian's `tinyproxy`, which tunnels by CONNECT (RFC 9110, 9.3.6)."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from caseway.cli.processes import free_port

USER, PASSWORD = "caseway", "geheim"


@dataclass(frozen=True)
class Proxy:
    """Where a proxy listens, and what it wrote down."""

    port: int
    log: Path

    def tunnels(self) -> list[str]:
        """Return the places it was asked to lead to, as `host:port`."""
        return re.findall(r"CONNECT (\S+:\d+) HTTP", self.log.read_text(errors="replace"))


@contextmanager
def running_proxy(folder: Path, to: int, *, login: bool = False) -> Iterator[Proxy]:
    """Run a proxy that leads to one port of this machine only. Raises `TimeoutError`."""
    proxy = Proxy(free_port(), folder / "tinyproxy.log")
    config = folder / "tinyproxy.conf"
    config.write_text(
        f"Port {proxy.port}\nListen 127.0.0.1\nAllow 127.0.0.1\nConnectPort {to}\nTimeout 60\n"
        f'LogFile "{proxy.log}"\nLogLevel Connect\n' + (f"BasicAuth {USER} {PASSWORD}\n" if login else "")
    )
    program = shutil.which("tinyproxy")
    assert program is not None, "tinyproxy is not installed"
    process = subprocess.Popen(
        [program, "-d", "-c", str(config)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_up(proxy, process)
        yield proxy
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_up(proxy: Proxy, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", proxy.port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("tinyproxy does not come up")
