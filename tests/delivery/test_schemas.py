"""Schemas of subject data: checked before they are kept, found by a rail, used at the shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from caseway.access.actor import Actor, system
from caseway.access.models import AuditEntry, Organisation
from caseway.access.scope import scope
from caseway.cli.main import app
from caseway.core.errors import Invalid, NotFound, NotPermitted
from caseway.delivery.keyring import RegisteredSchemas
from caseway.delivery.schemas import MAX_BYTES, list_schemas, register_schema, remove_schema
from caseway.rails.subject_data import check_subject_data
from tests.unit.rails.test_subject_data import JSON, XSD, said, xml

pytestmark = pytest.mark.mission("F-03")


@pytest.fixture
def actor(organisation: Organisation) -> Actor:
    return system(organisation.id)


def registered(actor: Actor, which: object = XSD) -> None:
    assert which in (XSD, JSON)
    schema = XSD if which is XSD else JSON
    register_schema(actor, schema.uri, schema.media_type, schema.files)


def test_a_rail_finds_a_registered_schema_and_checks_by_it(actor: Actor) -> None:
    registered(actor, XSD)
    registered(actor, JSON)

    schemas = RegisteredSchemas(actor.organisation_id)
    by_xsd, by_json = schemas.get(XSD.uri), schemas.get(JSON.uri)

    assert by_xsd is not None
    assert by_json is not None
    assert ("antrag.xsd", "antrag.json") == (by_xsd.entry, by_json.entry)
    assert ([], 1) == (check_subject_data(by_xsd, xml()), len(check_subject_data(by_xsd, xml(plz="x"))))
    assert ([], 1) == (check_subject_data(by_json, said()), len(check_subject_data(by_json, said(mail="x"))))


def test_registering_again_replaces_and_is_written_down(actor: Actor) -> None:
    registered(actor)
    registered(actor)
    remove_schema(actor, XSD.uri)

    with scope(actor.organisation_id):
        trail = list(AuditEntry.objects.order_by("number").values_list("action", "details__replaced"))
    assert [] == list_schemas(actor)
    assert [("schemas.registered", False), ("schemas.registered", True), ("schemas.removed", None)] == trail
    with pytest.raises(NotFound):
        remove_schema(actor, XSD.uri)


@pytest.mark.parametrize(
    ("uri", "files", "code"),
    [
        ("kein URI", {"a.xsd": b"x"}, "schema.uri_unusable"),
        ("urn:a", {}, "schema.files_unusable"),
        ("urn:a", {"../a.xsd": b"x"}, "schema.files_unusable"),
        ("urn:a", {"/a.xsd": b"x"}, "schema.files_unusable"),
        ("urn:a", {"a.xsd": b"x" * (MAX_BYTES + 1)}, "schema.too_large"),
        ("urn:a", {"a.xsd": b"<x/>", "b.xsd": b"<x/>"}, "schema.entry_missing"),
        ("urn:a", {"a.xsd": b'<?xml version="1.0" encoding="ISO-8859-1"?><x>\xe4</x>'}, "schema.unusable"),
    ],
)
def test_what_is_no_schema_is_refused(actor: Actor, uri: str, files: dict[str, bytes], code: str) -> None:
    with pytest.raises(Invalid) as raised:
        register_schema(actor, uri, "application/xml", files)

    assert code == raised.value.code
    assert [] == list_schemas(actor)


def test_who_may_not_may_not(actor: Actor, organisation: Organisation) -> None:
    auditor = Actor("user", "a", "A", organisation.id, "auditor")

    with pytest.raises(NotPermitted):
        registered(auditor)


def test_schemas_are_kept_at_the_shell(actor: Actor, tmp_path: Path) -> None:
    for name, content in XSD.files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)

    added = CliRunner().invoke(app, ["schemas", "add", XSD.uri, str(tmp_path), "--name", "Antrag", "--json"])
    listed = CliRunner().invoke(app, ["schemas", "list", "--json"])
    removed = CliRunner().invoke(app, ["schemas", "remove", XSD.uri])

    assert {"uri": XSD.uri, "entry": "antrag.xsd", "files": 3} == json.loads(added.output)
    assert [("Antrag", "application/xml")] == [
        (one["name"], one["media_type"]) for one in json.loads(listed.output)
    ]
    assert (0, []) == (removed.exit_code, list_schemas(actor))
