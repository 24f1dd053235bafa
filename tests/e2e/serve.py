"""The product's pages on a free port of this machine, with a database of its own, until its input ends.

Run as `python -m tests.e2e.serve <folder>`; writes one line, the address, when it is ready.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def main(folder: Path) -> None:
    os.environ["CASEWAY_DATA"] = str(folder)
    os.environ["CASEWAY_DATABASE_URL"] = ""
    os.environ["DJANGO_SETTINGS_MODULE"] = "caseway.settings"
    import django

    django.setup()

    from django.core.wsgi import get_wsgi_application

    from caseway.access.database import migrate
    from caseway.embedded import EmbeddedPostgres
    from tests.e2e.seed import seed

    postgres = EmbeddedPostgres(folder, durable=False)
    postgres.start()
    try:
        migrate(quiet=True)
        seed()
        with make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
            sys.stdout.flush()
            sys.stdin.read()
            server.shutdown()
    finally:
        postgres.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
