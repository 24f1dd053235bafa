"""A clamd for tests: speaks PING and INSTREAM and finds the EICAR string.

Run it with `python -m caseway.testing.clamd --port 3310`.
"""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from caseway.intake.checks.malware import EICAR


class _Conversation(socketserver.StreamRequestHandler):
    timeout = 10
    server: _Clamd

    def handle(self) -> None:
        command = self._read_command()
        if command == b"PING":
            self.wfile.write(b"PONG\0")
        elif command == b"INSTREAM":
            self.wfile.write(self._scan())
        else:
            self.wfile.write(b"UNKNOWN COMMAND\0")

    def _read_command(self) -> bytes:
        word = b""
        while len(word) < 64 and not word.endswith(b"\0"):
            word += self.rfile.read(1) or b"\0"
        return word.strip(b"\0").removeprefix(b"z")

    def _scan(self) -> bytes:
        seen, tail, found = 0, b"", False
        while length := struct.unpack("!I", self.rfile.read(4))[0]:
            seen += length
            window = tail + self.rfile.read(length)
            found = found or EICAR in window
            tail = window[-len(EICAR) + 1 :]
        # The real one breaks off at once; read to the end, the answer surely arrives.
        if seen > self.server.size_limit:
            return b"INSTREAM size limit exceeded. ERROR\0"
        return b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0"


class _Clamd(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, size_limit: int) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.size_limit = size_limit


@contextmanager
def running_clamd(port: int = 0, size_limit: int = 25 * 1024**2) -> Iterator[str]:
    """Serve on 127.0.0.1 and give the address (`tcp://127.0.0.1:…`); port 0 takes a free one."""
    with _Clamd(port, size_limit) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(5)


def main(port: int = 3310) -> None:
    """Serve until interrupted."""
    with running_clamd(port) as address:
        typer.echo(f"clamd for tests listens on {address}")
        threading.Event().wait()


if __name__ == "__main__":
    typer.run(main)
