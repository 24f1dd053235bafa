"""A document as the body of a request: encrypted while it is sent, and anew each time it is sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from caseway.rails.fit_connect.body import Body
from caseway.rails.fit_connect.jwe import Sealed, Sealing, sealed_size
from caseway.rails.fit_connect.jwk import PublicKey


@dataclass
class SealedBody:
    """Content for one recipient. `sealed` is what the newest complete sending carried."""

    open_plain: Callable[[], AbstractContextManager[BinaryIO]]
    size: int  # of the plaintext, in bytes
    recipient: PublicKey
    content_type: str
    _newest: Sealing | None = field(default=None, init=False)

    @property
    def body(self) -> Body:
        """The body, of known length."""
        return Body(sealed_size(self.size, self.recipient, self.content_type), self._open)

    @property
    def sealed(self) -> Sealed:
        """Hash, tag and size of what was sent. Raises `RuntimeError` when nothing was, to its end."""
        if self._newest is None:
            raise RuntimeError("not sealed yet")
        return self._newest.sealed

    @contextmanager
    def _open(self) -> Iterator[Sealing]:
        with self.open_plain() as plain:
            self._newest = Sealing(plain, self.size, self.recipient, self.content_type)
            yield self._newest
