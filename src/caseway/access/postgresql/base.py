"""The database engine of `caseway.settings`."""

from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for how it finds out that a kept connection is broken."""

    def is_usable(self) -> bool:
        """Tell whether the connection can be used; asked before the first statement of each request.

        A server that went away has said so, or hung up: then there is something to read where nothing was
        asked. Only then it is worth a statement to find out; Django spends one each time.
        """
        return self._nothing_to_read() or super().is_usable()

    def _nothing_to_read(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        wire = select.poll()
        wire.register(self.connection.fileno(), select.POLLIN)
        return not wire.poll(0)
