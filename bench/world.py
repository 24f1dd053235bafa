"""A whole installation for one bench: PostgreSQL with fsync, a simulated DMS in a process, workers."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caseway.access.actor import Actor
    from caseway.delivery.models import Connection

THREADS = 4


@dataclass
class World:
    """What a bench works with; `stack` ends what it starts."""

    folder: Path
    stack: ExitStack
    organisation_id: Any
    connections: dict[str, Connection] = field(default_factory=dict)

    @property
    def admin(self) -> Actor:
        from caseway.access.actor import Actor
        from caseway.access.models import Role

        return Actor("user", "admin@example.org", "Alex Amtmann", self.organisation_id, Role.ADMINISTRATOR)

    def simulator(self) -> str:
        """Start a simulated DMS in a process of its own; returns its address."""
        from caseway.cli.processes import free_port, wait_for

        port = free_port()
        self.process("simulator", "-m", "caseway.rails.cmis.simulator", f"--port={port}", "--auth=none")
        wait_for(f"http://127.0.0.1:{port}/_sim/counts")
        return f"http://127.0.0.1:{port}"

    def worker(self, name: str = "worker") -> Any:
        """Start a worker process."""
        return self.process(name, "-m", "caseway", "worker")

    def process(self, name: str, *arguments: str) -> Any:
        from caseway.testing.harness import Process

        command = [sys.executable, "-W", "ignore", *arguments]
        process = Process(name, command, self.folder / f"{name}.log")
        process.start()
        self.stack.callback(process.stop)
        return process

    def connect(self, url: str, slug: str = "dms", form: str = "", **settings: Any) -> Connection:
        """Save a connection with a mapping of one document type and a route for a form (empty: every one)."""
        from caseway.access.scope import scope
        from caseway.core.clock import now
        from caseway.delivery.connections import ConnectionDraft, save_connection
        from caseway.delivery.models import Route
        from caseway.demo.seed import document
        from caseway.mapping.models import MappingVersion
        from caseway.mapping.publishing import bind, publish, save_draft

        draft = ConnectionDraft(
            slug, slug, "cmis", "sandbox", {"service_url": url, "login": "none", **settings}
        )
        connection = save_connection(self.admin, draft)
        with scope(self.organisation_id):
            mapping = MappingVersion.objects.filter(mapping_id="onlinevorgang").first()
            if mapping is None:
                save_draft(self.admin, document("onlinevorgang"))
                mapping = publish(self.admin, "onlinevorgang")
            bind(self.admin, mapping, form_id=form, connection_slug=slug, valid_from=now())
            Route.objects.create(
                organisation_id=self.organisation_id, name=slug, connection=connection, form_id=form
            )
        self.connections[slug] = connection
        return connection

    def accept(self, count: int, key: str, form: str = "", documents: int = 1) -> float:
        """Accept submissions of about 1 KB as the REST door does, in threads; returns the seconds."""
        began = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as hands:
            for _ in hands.map(lambda n: self.accept_one(f"{key}-{n}", form, documents), range(count)):
                pass
            for _ in range(THREADS):
                hands.submit(_let_go)
        return time.perf_counter() - began

    def accept_one(self, key: str, form: str = "", documents: int = 1, content: Any = None) -> Any:
        """Accept one submission with an application and further documents."""
        from caseway.access.actor import Actor
        from caseway.intake.data import SubmissionData
        from caseway.intake.files import IncomingFile
        from caseway.intake.receive import receive_submission

        scopes = frozenset({"submissions:write"})
        portal = Actor("client", "portal", "Portal", self.organisation_id, scopes=scopes)
        parts = [f"f{number}" for number in range(1, documents + 1)]
        roles = ["application", *["attachment"] * (documents - 1)]
        said = SubmissionData.model_validate(
            {
                "form": {"id": form or "parken", "name": "Bewohnerparkausweis"},
                "service": {"id": "99088001080000", "name": "Bewohnerparkausweis"},
                "applicant": {"givenName": "Erika", "familyName": "Mustermann"},
                "documents": [{"part": p, "role": r} for p, r in zip(parts, roles, strict=True)],
            },
            strict=False,
        )
        files = [
            IncomingFile(part, f"{part}.pdf", "application/pdf", content or [_paper(f"{key} {part}")])
            for part in parts
        ]
        return receive_submission(portal, said, files, key).submission

    def delivered(self) -> int:
        """Count the deliveries that are over."""
        from caseway.access.scope import everything
        from caseway.delivery.models import Delivery

        with everything():
            return Delivery.objects.filter(state="delivered").count()

    def wait(self, count: int, seconds: float) -> float:
        """Wait until so many deliveries are over; returns the seconds, or ends the bench."""
        began = time.perf_counter()
        while self.delivered() < count:
            if time.perf_counter() - began > seconds:
                raise SystemExit(f"only {self.delivered()} of {count} were delivered in {seconds} s")
            time.sleep(0.05)
        return time.perf_counter() - began


def _paper(text: str) -> bytes:
    return f"%PDF-1.7 {text}".encode().ljust(1000)


def _let_go() -> None:
    from django.db import connections

    connections.close_all()


@contextmanager
def world() -> Iterator[World]:
    """Set everything up in a temporary folder and end it afterwards. Once in a process."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="caseway-bench-")))
        os.environ.update(
            CASEWAY_DATA=str(folder / "data"),
            CASEWAY_DATABASE_URL="",
            CASEWAY_MALWARE="off",
            CASEWAY_LOG_LEVEL="ERROR",
            DJANGO_SETTINGS_MODULE="caseway.settings",
        )
        import django
        from django.db import connections

        django.setup()
        from caseway.access.database import migrate
        from caseway.access.models import Organisation
        from caseway.configuration import configuration
        from caseway.delivery.links import close_clients
        from caseway.embedded import EmbeddedPostgres

        server = EmbeddedPostgres(configuration().data, durable=True)
        server.start()
        stack.callback(server.stop)
        stack.callback(connections.close_all)
        stack.callback(close_clients)
        migrate(quiet=True)
        organisation = Organisation.objects.create(slug="bench", name="Stadt Beispielhausen")
        yield World(folder, stack, organisation.id)
