"""Drafts and versions: one draft a mapping, numbered versions, and what is published never changes."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction

from caseway.access.actor import Actor, system
from caseway.access.models import AuditEntry, Organisation, Role
from caseway.access.scope import scope
from caseway.cases.models import Event
from caseway.core.errors import Conflict, Invalid, NotFound, NotPermitted
from caseway.mapping import catalogue
from caseway.mapping.models import MappingVersion
from caseway.mapping.publishing import (
    NOTHING_SEEN,
    discard_draft,
    drift,
    export_yaml,
    import_table,
    import_yaml,
    new_draft_from,
    publish,
    save_draft,
)

HEAD = {"apiVersion": "caseway/mapping/v1", "kind": "DmsMapping", "version": 1}
KEY = {"label": "Auftrag-ID", "value": {"property": "submission.id"}}
TYPES = {
    "D_AKTE": {
        "id": "D_AKTE",
        "baseId": "cmis:folder",
        "propertyDefinitions": {"355": {"propertyType": "string"}, "413": {"propertyType": "string"}},
    }
}


def document(mapping_id: str = "hund", **rules: Any) -> dict[str, Any]:
    """A mapping of one target; rules by property id as `p355=…`."""
    properties = {name[1:]: rule for name, rule in rules.items()} or {"355": KEY}
    return {**HEAD, "id": mapping_id, "targets": {"case": {"type": "D_AKTE", "properties": properties}}}


def wanting(property_id: str) -> dict[str, Any]:
    """The same types, with one property required."""
    definitions = {**TYPES["D_AKTE"]["propertyDefinitions"], property_id: {"required": True}}  # type: ignore[dict-item]
    return {"D_AKTE": {**TYPES["D_AKTE"], "propertyDefinitions": definitions}}


@pytest.fixture
def actor(organisation: Organisation) -> Actor:
    return system(organisation.id)


def person(organisation: Organisation, role: Role) -> Actor:
    return Actor("user", "u-1", "Max Mustermann", organisation.id, role=role)


def test_versions_are_numbered_and_the_newest_is_found(actor: Actor) -> None:
    with scope(actor.organisation_id):
        for _ in range(3):
            save_draft(actor, document())
            publish(actor, "hund")

        newest = catalogue.newest_published(actor, "hund")
        assert newest is not None
        assert (3, 3) == (newest.version, newest.document["version"])


def test_a_published_version_cannot_be_changed_even_in_the_database(actor: Actor) -> None:
    with scope(actor.organisation_id):
        save_draft(actor, document())
        version = publish(actor, "hund")
    with pytest.raises(DatabaseError), scope(actor.organisation_id):
        MappingVersion.objects.filter(id=version.id).update(title="anders")
    with pytest.raises(DatabaseError), scope(actor.organisation_id):
        MappingVersion.objects.filter(id=version.id).delete()


def test_the_order_in_which_rules_were_written_is_kept(actor: Actor) -> None:
    with scope(actor.organisation_id):
        save_draft(actor, document(p999=KEY, p1=KEY, pcustom=KEY))
        draft = catalogue.get_draft(actor, "hund")
        assert draft is not None

        assert ["999", "1", "custom"] == list(catalogue.written(draft)["targets"]["case"]["properties"])


def test_a_draft_saved_over_an_unseen_change_is_refused(actor: Actor) -> None:
    with scope(actor.organisation_id):
        seen = catalogue.revision(save_draft(actor, document()).document)
        save_draft(actor, document(p413=KEY), seen=seen)
        with pytest.raises(Conflict) as refused:
            save_draft(actor, document(p304=KEY), seen=seen)

    assert "mapping.draft_changed" == refused.value.code


def test_a_second_beginner_learns_of_the_first(actor: Actor) -> None:
    with scope(actor.organisation_id):
        save_draft(actor, document(), seen=NOTHING_SEEN)
        with pytest.raises(Conflict) as refused:
            save_draft(actor, document(), seen=NOTHING_SEEN)

    assert "mapping.draft_exists" == refused.value.code


def test_of_two_who_begin_at_once_one_draft_is_left(actor: Actor) -> None:
    codes: list[str] = []

    def begin() -> None:
        try:
            with scope(actor.organisation_id):
                save_draft(actor, document(), seen=NOTHING_SEEN)
        except Conflict as error:
            codes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert ["mapping.draft_exists"] * 3 == codes
    with scope(actor.organisation_id):
        assert 1 == MappingVersion.objects.count()


def test_a_required_property_without_a_rule_stops_publishing(actor: Actor) -> None:
    with scope(actor.organisation_id):
        save_draft(actor, document())
        with pytest.raises(Invalid) as refused, transaction.atomic():
            publish(actor, "hund", wanting("413"))
        assert catalogue.newest_published(actor, "hund") is None

    assert "mapping.not_publishable" == refused.value.code
    assert any("413" in finding["sentence"] for finding in refused.value.details["findings"])


def test_an_error_of_lint_stops_publishing(actor: Actor) -> None:
    with scope(actor.organisation_id):
        save_draft(actor, document(p355={"value": {"property": "submission.idd"}}))
        with pytest.raises(Invalid) as refused:
            publish(actor, "hund")

    assert "mapping.not_publishable" == refused.value.code


def test_drift_tells_a_change_that_breaks_from_one_that_does_not(actor: Actor) -> None:
    with scope(actor.organisation_id):
        save_draft(actor, document())
        version = publish(actor, "hund", TYPES)
        same, changed, broken = (
            drift(actor, version, types) for types in (TYPES, wanting("355"), wanting("413"))
        )

    assert [(False, False), (True, False), (True, True)] == [
        (one.changed, one.breaks) for one in (same, changed, broken)
    ]


def test_a_mapping_extends_a_published_version_and_keeps_it_when_the_base_goes_on(actor: Actor) -> None:
    with scope(actor.organisation_id):
        save_draft(actor, document("base"))
        publish(actor, "base")
        save_draft(
            actor,
            {**HEAD, "id": "hund", "extends": "base@1", "targets": {"case": {"properties": {"413": KEY}}}},
        )
        child = publish(actor, "hund")
        save_draft(actor, document("base", p999=KEY))
        publish(actor, "base")
        child.refresh_from_db()

        assert child.resolved is not None
        assert {"355", "413"} == set(child.resolved["targets"]["case"]["properties"])


def test_publishing_is_in_the_trail_and_an_event(actor: Actor, organisation: Organisation) -> None:
    with scope(organisation.id):
        save_draft(actor, document())
        publish(actor, "hund")
    with scope(organisation.id):
        assert AuditEntry.objects.filter(action="mappings.publish", subject_id="hund").exists()
        assert {"mapping": "hund", "version": 1, "verified": False} == Event.objects.get().data


def test_a_table_imported_over_a_mapping_keeps_what_it_has_no_column_for(actor: Actor) -> None:
    rich = {**KEY, "required": True, "type": "string"}
    chain = {"value": {"first": [{"property": "form.id"}, {"const": "x"}]}}
    with scope(actor.organisation_id):
        save_draft(actor, document(p355=rich, p9=chain))
        draft = import_table(
            actor, "Name;Ziel;Repo-ID;Typ;Wert\nNummer;Akte;355;Eigenschaft;antrag.id\n", "hund"
        )

    case = draft.document["targets"]["case"]
    assert "D_AKTE" == case["type"]
    assert {**rich, "label": "Nummer", "value": {"property": "antrag.id"}} == case["properties"]["355"]
    assert chain == case["properties"]["9"]


def test_yaml_goes_out_and_comes_back_the_same(actor: Actor) -> None:
    with scope(actor.organisation_id):
        draft = save_draft(actor, document(p9=KEY, p355=KEY))
        text = export_yaml(draft)
        again = import_yaml(actor, text, mapping_id="hund")
        assert text == export_yaml(again)
        with pytest.raises(Invalid) as refused:
            import_yaml(actor, text, mapping_id="andere")

    assert "mapping.other_id" == refused.value.code


def test_a_discarded_draft_leaves_the_versions(actor: Actor) -> None:
    with scope(actor.organisation_id):
        save_draft(actor, document())
        publish(actor, "hund")
        new_draft_from(actor, "hund", 1)
        discard_draft(actor, "hund")

        assert ["hund@1"] == [str(row) for row in catalogue.versions_of(actor, "hund")]


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.AUDITOR])
def test_who_may_only_read_cannot_edit_or_publish(organisation: Organisation, role: Role) -> None:
    reader = person(organisation, role)
    with scope(organisation.id):
        save_draft(system(organisation.id), document())
        assert 1 == len(catalogue.list_mappings(reader))
        for forbidden in (lambda: save_draft(reader, document()), lambda: publish(reader, "hund")):
            with pytest.raises(NotPermitted):
                forbidden()


def test_a_mapping_of_another_organisation_is_not_found(
    actor: Actor, other_organisation: Organisation
) -> None:
    with scope(actor.organisation_id):
        save_draft(actor, document())
        publish(actor, "hund")
    with scope(other_organisation.id), pytest.raises(NotFound):
        catalogue.versions_of(system(other_organisation.id), "hund")
