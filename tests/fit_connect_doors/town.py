"""An online service and an authority, two organisations on one simulated platform; what they do at doors."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx2
from django.db import connections
from django.test import Client
from typer.testing import CliRunner, Result

from caseway.access.actor import Actor, system
from caseway.access.models import Organisation, Role
from caseway.access.scope import scope
from caseway.cases.models import Rendition
from caseway.cli.main import app
from caseway.core.clock import now
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.drain import drain_lane
from caseway.delivery.following import follow_due
from caseway.delivery.keys import import_key, put_in_force
from caseway.delivery.models import Connection, Delivery, Lane
from caseway.delivery.routes import RouteDraft, save_route
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.keys import Use
from caseway.receiving.collecting import collect_due
from caseway.receiving.finding import poll_due
from caseway.receiving.models import PollState
from caseway.testing.builders import a_user
from caseway.testing.people import signed_in
from caseway.testing.tokens import ALL_SCOPES, issue_token
from tests.api.conftest import File, Sender

OFFICE = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a01"  # the building office of the simulated platform
LEIKA, REGION = "99010003001006", "990010001001"
SERVICE = f"urn:de:fim:leika:leistung:{LEIKA}"
SCHEMA = "https://schema.fitko.de/fim/s00000121_1.0.0.schema.json"
SECRET = "what only the platform and we know of"
SCOPES = (*ALL_SCOPES, "connections:read", "connections:verify")
DATA = b'{"bauvorhaben": {"art": "Carport", "strasse": "Musterweg"}}'
PLAN = b"%PDF-1.7 Lageplan"
PAPERS: tuple[File, ...] = (
    ("data", "antrag.json", "application/json", DATA),
    ("plan", "lageplan.pdf", "application/pdf", PLAN),
)
ROLES = {"data": "structured", "plan": "attachment", "form": "application"}

STRICT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["bauvorhaben"],
    "properties": {"bauvorhaben": {"type": "object", "required": ["art"]}},
}


@dataclass
class Party:
    """One organisation at its doors: the interface, the shell, the portal."""

    organisation: Organisation
    platform: FitConnectSimulator
    version: str = "v2"

    @property
    def actor(self) -> Actor:
        return system(self.organisation.id)

    @cached_property
    def api(self) -> Sender:
        """A system of the organisation that may do everything a system can."""
        return Sender(issue_token(self.organisation, SCOPES))

    def log_in_again(self) -> None:
        """Get another token: the one before does not hold any more."""
        del self.api

    def get(self, path: str) -> dict[str, Any]:
        """Read something over the interface, which must be there."""
        answer = self.api.get(path)
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def post(self, path: str, **said: Any) -> dict[str, Any]:
        """Ask something of the interface, which must go well."""
        answer = self.api.call("POST", path, json.dumps(said).encode())
        assert answer.status_code in (200, 201, 202), answer.content
        return dict(answer.json())

    @cached_property
    def person(self) -> Client:
        """A functional administrator at their browser."""
        return signed_in(a_user(self.organisation, Role.FUNCTIONAL_ADMINISTRATOR, f"max@{self.slug}.example"))

    @property
    def slug(self) -> str:
        return self.organisation.slug

    def shell(self, *words: str, status: int = 0) -> Any:
        """Run `caseway …` for this organisation and return its JSON. The status must be as told."""
        done = self.run(*words, "--json")
        assert done.exit_code == status, done.output
        return json.loads(done.stdout)

    def run(self, *words: str) -> Result:
        """Run `caseway …` for this organisation. Raises what the command raises."""
        return CliRunner().invoke(app, [*words, "-o", self.slug], catch_exceptions=False)

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return settings of a connection to the platform, every address given."""
        at, root = self.platform.addresses, self.platform.platform.pki.root_pem()
        return {
            "platform": "custom",
            "api_version": self.version,
            "token_url": at["token"],
            "submission_url": at["submissionV1" if self.version == "v1" else "submissionV2"],
            "destination_url": at["destinationV2"],
            "routing_url": at["routing"],
            "portal_url": at["portal"],
            "roots_pem": root,
            "trust": "private",  # the system's list of authorities takes long to read
            "ca_pem": root,
            **more,
        }

    def connect(self, settings: Mapping[str, Any], *, environment: str = "sandbox") -> Connection:
        """Test and save the connection `fit`."""
        return save_connection(
            self.actor, ConnectionDraft("fit", "FIT-Connect", "fit_connect", environment, settings)
        )

    def hold(self, jwks: Sequence[dict[str, Any]]) -> None:
        """Keep private keys and put them in force."""
        for jwk in jwks:
            use: Use = "sign" if jwk["key_ops"] == ["sign"] else "decrypt"
            put_in_force(self.actor, "fit", import_key(self.actor, "fit", use, json.dumps(jwk)).kid)

    def work(self) -> None:
        """Bring out what is owed."""
        with scope(self.organisation.id):
            lanes = list(Lane.objects.filter(due_at__lte=now()).values_list("id", flat=True))
        for lane in lanes:
            drain_lane(lane, "w1")


class Service(Party):
    """The organisation whose citizens apply."""

    def join(self, **changes: Any) -> Connection:
        """Connect as a sender, and route everything on the channel `fit-connect` there."""
        who = {"client_id": "demo-sender", "client_secret": "demo-sender-secret", "roles": "send"}
        how = {"addressing": "routing", "region": REGION}
        connection = self.connect(self.settings(**{**who, **how, **changes}))
        save_route(self.actor, RouteDraft(name="Bauanträge", connection="fit", channel="fit-connect"))
        return connection

    def hand_in(self, papers: Sequence[File] = PAPERS, **said: Any) -> str:
        """Hand an application in over the interface; return its id."""
        submission = {
            "form": {"id": "bau", "name": "Bauantrag"},
            "service": {"id": "bau", "name": "Baugenehmigung", "leikaId": LEIKA},
            "channel": "fit-connect",
            "documents": [{"part": one[0], "role": ROLES[one[0]], "title": one[0]} for one in papers],
            **said,
        }
        answer = self.api.submit(submission, papers)
        assert answer.status_code == 201, answer.content
        return str(answer.json()["id"])

    def delivery(self, submission_id: str) -> dict[str, Any]:
        """Return the one delivery of an application, with all that is told of it."""
        (row,) = self.get(f"submissions/{submission_id}")["deliveries"]
        return self.get(f"deliveries/{row['id']}")

    def told(self, submission_id: str) -> tuple[str, str]:
        """Return state and code of the delivery, as the interface tells them."""
        found = self.delivery(submission_id)
        return found["state"], found["code"]


class Authority(Party):
    """The organisation of the building office."""

    def join(self, **changes: Any) -> Connection:
        """Connect as the subscriber of the office, with its keys."""
        connection = self.change(**changes)
        self.hold(self.platform.private_keys(OFFICE))
        return connection

    def change(self, **changes: Any) -> Connection:
        """Save the connection of the office with other settings; its keys stay as they are."""
        who = {"client_id": "demo-subscriber", "client_secret": "demo-subscriber-secret", "roles": "receive"}
        how = {"receive_destinations": [OFFICE], "poll_seconds": 10, "callback_secret": SECRET}
        return self.connect(self.settings(**{**who, **how, **changes}))

    def be_called_at(self, url: str) -> None:
        """Have the office called back there, as its subscriber asks the platform to."""
        with self.subscriber() as http:
            called = {"callback": {"url": url, "secret": SECRET}}
            http.patch(f"destinations/{OFFICE}", json=called).raise_for_status()

    @contextmanager
    def subscriber(self) -> Iterator[httpx2.Client]:
        """Speak to the Destination API of the platform as the office's subscriber."""
        at = self.platform.addresses
        form = {"grant_type": "client_credentials", "client_id": "demo-subscriber"}
        form["client_secret"] = "demo-subscriber-secret"
        with httpx2.Client(base_url=at["destinationV2"], trust_env=False, timeout=30) as http:
            token = http.post(at["token"], data=form).raise_for_status().json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            yield http

    def arrival(self) -> dict[str, Any]:
        """Return the one arrival, with all that is told of it."""
        (row,) = self.get("arrivals")["items"]
        return self.get(f"arrivals/{row['id']}")


@dataclass
class Town:
    """Both, and the platform between them."""

    service: Service
    authority: Authority
    platform: FitConnectSimulator

    def fault(self, kind: str, *actions: str, **more: Any) -> None:
        """Have the platform do something wrong."""
        self.platform.switch_on({"kind": kind, "actions": list(actions), **more})

    def receive(self) -> None:
        """Let the authority ask what waits, and take it in."""
        self._hurry()
        poll_due()
        collect_due()

    def follow(self) -> None:
        """Let the service ask what became of what it sent."""
        self._hurry()
        follow_due()

    def work(self) -> None:
        """Let everything go its way once: sent, received, answered, heard of."""
        self._hurry()
        self.service.work()
        self.receive()
        self.authority.work()
        self.follow()

    def _hurry(self) -> None:
        """Let what waits for its time be due: nobody here can wait."""
        for party in (self.service, self.authority):
            with scope(party.organisation.id):
                PollState.objects.update(next_at=now(), collect_after=None)
                Delivery.objects.filter(state="sent").update(follow_at=now())
                Delivery.objects.filter(state__in=["waiting", "unknown"]).update(next_attempt_at=now())
                Lane.objects.filter(due_at__isnull=False).update(due_at=now())

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let everybody work, again and again, while the block runs."""
        done = Event()

        def work() -> None:
            try:
                while not done.wait(0.1):
                    self.work()
            finally:
                connections.close_all()

        thread = Thread(target=work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join(30)

    def events(self) -> list[str]:
        """Return what the platform's log says of submissions, in order."""
        return [
            event["name"]
            for case in self.platform.describe()["cases"]
            for event in case["events"]
            if event["name"] != "notify-submission"
        ]


def written(content: object) -> Path:
    """Return a file with some JSON in it."""
    folder = Path(tempfile.mkdtemp())
    file = folder / "said.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def contents(party: Party) -> set[str]:
    """Return the SHA-256 of everything a party holds."""
    with scope(party.organisation.id):
        return set(Rendition.objects.values_list("sha256", flat=True))
