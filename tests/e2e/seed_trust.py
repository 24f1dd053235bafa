"""A connection to FIT-Connect on its way: keys, runs, questions, and who is known to receive what."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from caseway.access.actor import Actor, system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.core.clock import now
from caseway.delivery import keys
from caseway.delivery.endings import note_first_end
from caseway.delivery.links import seal
from caseway.delivery.models import (
    CatalogueEntry,
    CatalogueService,
    ConformanceRun,
    Connection,
    ConnectionKey,
)
from caseway.delivery.onboarding import answer_item, ask_item, checklist, skip_item
from caseway.delivery.proof import digest_of, proven_by
from caseway.delivery.reports import report_of
from caseway.delivery.schemas import register_schema
from caseway.rails.conformance import Clause
from caseway.rails.contract import Finding
from caseway.rails.fit_connect.config import FitConnectSettings

DESTINATION = "d40e7b13-9e11-4f4b-8f3a-5c1e6d3c9a01"
SERVICE = "urn:de:fim:leika:leistung:99102013104000"
SCHEMA = "urn:xoev-de:xhund:schema:1.0"
CLAUSES = (
    Clause("conform.login", "The platform accepts our login"),
    Clause("conform.submit", "A submission with documents is accepted"),
    Clause("conform.large", "A large document goes in fragments"),
    Clause("conform.reject", "A faulty submission is rejected with its reason"),
)


def seed_trust(organisation: Organisation) -> None:
    """Make the connection `fit` and all that is known around it."""
    actor = system(organisation.id)
    row = _connection(organisation)
    _keys(actor, row)
    _run(row, timedelta(days=3), refused=CLAUSES[2])
    _run(row, timedelta(hours=2))
    _run(row, timedelta(seconds=40), running=2)
    _questions(actor)
    json = b'{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}'
    register_schema(
        actor, SCHEMA, "application/json", {"hund.json": json}, name="XHund 1.0", service_id=SERVICE
    )
    _known(row)


def _connection(organisation: Organisation) -> Connection:
    settings = FitConnectSettings(
        client_id="caseway-beispielhausen", client_secret="geheim", roles="both",
        destination_id=DESTINATION, receive_destinations=(DESTINATION,), allow_self_signed=True,
    )  # fmt: skip
    plain, secrets = seal(settings)
    report = [
        Finding("fit_connect.login", True, "The platform accepts our login."),
        Finding("fit_connect.key_trusted", False, "The root of the key is not known.", "Add the root."),
    ]
    with scope(organisation.id):
        return Connection.objects.create(
            organisation=organisation, slug="fit", name="FIT-Connect", rail="fit_connect", environment="test",
            settings=plain, secrets=secrets, checked_at=now(), check_report=[asdict(one) for one in report],
        )  # fmt: skip


def _keys(actor: Actor, row: Connection) -> None:
    first = keys.generate_key(actor, row.slug, "sign")
    second = keys.generate_key(actor, row.slug, "sign")
    keys.put_in_force(actor, row.slug, first.kid)
    keys.put_in_force(actor, row.slug, second.kid)
    keys.generate_key(actor, row.slug, "decrypt")
    with scope(actor.organisation_id):
        ConnectionKey.objects.filter(id=second.id).update(ends_at=now() + timedelta(days=12, hours=1))
        note_first_end(row)


def _run(row: Connection, ago: timedelta, *, refused: Clause | None = None, running: int = 0) -> None:
    started = now() - ago
    tried = CLAUSES[:running] if running else CLAUSES
    findings = [_finding(clause, clause != refused) for clause in tried]
    with scope(row.organisation_id):
        proven = proven_by(row)
        run = ConformanceRun.objects.create(
            organisation_id=row.organisation_id, connection=row, environment=row.environment,
            proven=proven, settings_digest=digest_of(proven), clauses=[asdict(one) for one in CLAUSES],
            started_at=started, findings=findings, started_by="Erika Mustermann",
            passed=refused is None and not running,
            finished_at=None if running else started + timedelta(seconds=73),
            heard_at=now() + timedelta(hours=2),  # goes on for as long as the browsers look
        )  # fmt: skip
        if not running:
            run.report = report_of(run)
            run.save(update_fields=["report"])


def _finding(clause: Clause, ok: bool) -> dict[str, object]:
    if ok:
        return {**asdict(Finding(clause.code, True, f"{clause.title}: it does.")), "at": now().isoformat()}
    bad = Finding(clause.code, False, "The platform takes no fragments here.", "Set the fragment size to 0.")
    return {**asdict(bad), "details": {"status": 413}, "at": now().isoformat()}


def _questions(actor: Actor) -> None:
    codes = [item.code for item in checklist(actor, "fit")]
    answer_item(actor, "fit", codes[0], "Hundesteuer anmelden, Stadt Beispielhausen, für alle Halter.")
    ask_item(actor, "fit", codes[1], "Amt 20, Sachgebiet Steuern")
    skip_item(actor, "fit", codes[-1], "Der Verbund erledigt das für alle Mitglieder.")
    ask_item(actor, "fit", codes[-2], "IT-Verbund Beispielland")


def _known(row: Connection) -> None:
    good = [Finding("fit_connect.signed_data", True, "What the directory says is signed.")]
    bad = Finding("keys.expired", False, "The certificate of its key has ended.", "Ask for a new one.")
    with scope(row.organisation_id):
        _party(row, "Stadt Beispielhausen, Steueramt", DESTINATION, good)
        _party(row, "Kreis Beispielland, Ordnungsamt", DESTINATION.replace("01", "02"), [*good, bad])


def _party(row: Connection, name: str, party_id: str, findings: list[Finding]) -> None:
    ok = all(one.ok for one in findings)
    entry = CatalogueEntry.objects.create(
        organisation_id=row.organisation_id, connection=row, environment="test", party_id=party_id, name=name,
        reachable=ok, trusted=ok, status="active", reply_channels=["fitConnect", "eMail"],
        metadata_versions=["1.0.0", "2.1.0"], findings=[asdict(one) for one in findings],
        details={"imprint": "https://beispielhausen.example/impressum"}, seen_by="Erika Mustermann",
    )  # fmt: skip
    for schema in (SCHEMA, "urn:xoev-de:xhund:schema:0.9"):
        CatalogueService.objects.create(
            organisation_id=row.organisation_id, entry=entry, service=SERVICE, service_key=SERVICE[-14:],
            schema_uri=schema, media_type="application/json", regions=["DE091620000000"],
        )  # fmt: skip
