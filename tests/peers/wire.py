"""A TCP wire between two programs that can lose the reply to a request after its effect has happened."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

_HEAD = 200_000  # bytes of a request that are looked into


@dataclass
class _Talk:
    """One connection and the head of the request that is on it now."""

    client: socket.socket
    server: socket.socket
    request: bytes = b""
    answered: bool = False


@dataclass
class LossyWire:
    """Passes bytes on; `lose(words)` has the next replies to requests that hold the words thrown away."""

    to_port: int
    lost: int = 0
    _losses: list[bytes] = field(default_factory=list)
    _talks: list[_Talk] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._spawn(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for talk in self._talks:
            _hang_up(talk)
        for thread in list(self._threads):
            thread.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def lose(self, words: str, times: int = 1) -> None:
        """Lose the replies to the next requests whose first bytes hold the words."""
        with self._lock:
            self._losses += [words.encode()] * times

    def _spawn(self, run: object, *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            talk = _Talk(client, socket.create_connection(("127.0.0.1", self.to_port)))
            self._talks.append(talk)
            self._spawn(self._up, talk)
            self._spawn(self._down, talk)

    def _up(self, talk: _Talk) -> None:
        with suppress(OSError):
            while piece := talk.client.recv(65536):
                if talk.answered:
                    talk.request, talk.answered = b"", False
                if len(talk.request) < _HEAD:
                    talk.request += piece
                talk.server.sendall(piece)
        _hang_up(talk)

    def _down(self, talk: _Talk) -> None:
        with suppress(OSError):
            while piece := talk.server.recv(65536):
                if not talk.answered and self._to_be_lost(talk.request):
                    break
                talk.answered = True
                talk.client.sendall(piece)
        _hang_up(talk)

    def _to_be_lost(self, request: bytes) -> bool:
        with self._lock:
            words = next((one for one in self._losses if one in request), None)
            if words is None:
                return False
            self._losses.remove(words)
            self.lost += 1
            return True


def _hang_up(talk: _Talk) -> None:
    with suppress(OSError):
        talk.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    for side in (talk.client, talk.server):
        with suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
        side.close()
