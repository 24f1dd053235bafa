"""Where the time of an accept goes: the web application called in one thread, under cProfile.

`python -m bench.profile_accept [count]` prints for each request: processor time, trips to the database
and `fsync` calls, and then the dearest functions. Requests are those of `bench.accept`.
"""

from __future__ import annotations

import cProfile
import io
import os
import pstats
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.accept import request_body
from bench.world import world

Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


def main(count: int) -> None:
    """Accept requests plainly, then counting, then under the profiler."""
    with world() as here:
        from caseway.access.models import Organisation
        from caseway.testing.tokens import issue_token
        from caseway.testing.trips import trips
        from caseway.wsgi import application

        token = issue_token(Organisation.objects.get(id=here.organisation_id), ["submissions:write"])
        here.connect(f"{here.simulator()}/cmis/browser")

        def accept() -> None:
            for _ in range(count):
                _accept(application, token)

        for _ in range(3):
            used = time.process_time()
            accept()
            sys.stdout.write(f"{(time.process_time() - used) / count * 1000:.2f} ms cpu\n")
        with trips() as seen, _fsyncs() as synced:
            accept()
        trips_each, syncs_each = seen.answers / count, synced.total() / count
        sys.stdout.write(f"{trips_each:.1f} trips to the database, {syncs_each:.1f} fsync for each request\n")
        for sql, times in seen.most_common(30):
            sys.stdout.write(f"{times / count:5.1f} {sql}\n")
        profiler = cProfile.Profile(time.process_time)
        profiler.runcall(accept)
        for order in ("cumulative", "tottime"):
            pstats.Stats(profiler).sort_stats(order).print_stats(90)


def _accept(application: Application, token: str) -> None:
    body, headers = request_body(1000)
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/api/v1/submissions",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        **headers,
    }
    response = application(environ, lambda said, *_: status.append(said))
    answer = b"".join(response)
    response.close()
    if not status[0].startswith("201"):
        raise SystemExit(f"{status[0]}: {answer!r}")


@contextmanager
def _fsyncs() -> Iterator[Counter[str]]:
    seen: Counter[str] = Counter()
    true = os.fsync

    def counted(descriptor: Any) -> None:
        seen["fsync"] += 1
        true(descriptor)

    os.fsync = counted  # type: ignore[assignment]
    try:
        yield seen
    finally:
        os.fsync = true


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
