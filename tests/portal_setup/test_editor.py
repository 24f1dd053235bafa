"""The mapping editor: rules are written, tried on a real submission, checked, published; no script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from caseway.access.actor import Actor
from caseway.access.models import Organisation, Role
from caseway.access.scope import scope
from caseway.delivery.models import Connection
from caseway.intake.models import Submission
from caseway.mapping import catalogue
from caseway.mapping.document import dump
from caseway.mapping.models import MappingVersion
from caseway.mapping.publishing import publish, save_draft
from tests.portal_setup.pages import form_of, hidden

HEAD = {"apiVersion": "caseway/mapping/v1", "kind": "DmsMapping", "version": 1}
DRAFT = "/mappings/hund/draft/"


def document(**more: Any) -> dict[str, Any]:
    """A mapping that files the case only, with our key."""
    rule = {"label": "Auftrag-ID", "value": {"property": "submission.id"}, "required": True}
    case = {"type": "D_AKTE", "parent": {"path": "/Onlineantraege"}, "properties": {"355": rule}}
    return {**HEAD, "id": "hund", "title": "Hund", "targets": {"case": case}, **more}


@pytest.fixture
def draft(actor: Actor) -> MappingVersion:
    with scope(actor.organisation_id):
        return save_draft(actor, document())


def the_draft(actor: Actor) -> dict[str, Any]:
    with scope(actor.organisation_id):
        row = catalogue.get_draft(actor, "hund")
        assert row is not None
        return catalogue.written(row)


def test_opening_and_saving_changes_nothing(client: Client, actor: Actor, draft: MappingVersion) -> None:
    before = the_draft(actor)
    response = client.post(DRAFT, {**form_of(client.get(DRAFT)), "do": "save"})

    assert 302 == response.status_code
    assert before == the_draft(actor)


def test_a_rule_is_added_filled_and_saved(client: Client, actor: Actor, draft: MappingVersion) -> None:
    page = client.post(DRAFT, {**form_of(client.get(DRAFT)), "do": "add:case"})
    rule = {"r.case.1.id": "304", "r.case.1.kind": "const", "r.case.1.value": "D1", "r.case.1.label": "Art"}
    client.post(DRAFT, {**form_of(page), **rule, "do": "save"})

    assert {"label": "Art", "value": {"const": "D1"}} == the_draft(actor)["targets"]["case"]["properties"][
        "304"
    ]


def test_rules_keep_the_order_they_are_moved_to(client: Client, actor: Actor, draft: MappingVersion) -> None:
    page = client.post(DRAFT, {**form_of(client.get(DRAFT)), "do": "add:case"})
    rule = {"r.case.1.id": "304", "r.case.1.kind": "const", "r.case.1.value": "D1"}
    page = client.post(DRAFT, {**form_of(page), **rule, "do": "up:case:1"})
    client.post(DRAFT, {**form_of(page), "do": "save"})

    assert ["304", "355"] == list(the_draft(actor)["targets"]["case"]["properties"])


def test_a_removed_rule_is_gone_once_saved(client: Client, actor: Actor, draft: MappingVersion) -> None:
    page = client.post(DRAFT, {**form_of(client.get(DRAFT)), "do": "remove:case:0"})
    assert "355" in the_draft(actor)["targets"]["case"]["properties"]
    client.post(DRAFT, {**form_of(page), "do": "save"})

    assert "properties" not in the_draft(actor)["targets"]["case"]


def test_an_element_of_the_structured_file_becomes_an_xpath_with_its_namespace(
    client: Client, actor: Actor, draft: MappingVersion, submission: Submission
) -> None:
    page = client.get(DRAFT)
    assert "{n1=urn:example:hundesteuer:1}string(/n1:antrag/n1:hund/n1:name)" in page.content.decode()
    use = "use:xpath:{n1=urn:example:hundesteuer:1}string(/n1:antrag/n1:hund/n1:name)"
    page = client.post(DRAFT, {**form_of(page), "into": "case", "do": use})
    client.post(DRAFT, {**form_of(page), "r.case.1.id": "304", "do": "save"})

    saved = the_draft(actor)
    assert {"n1": "urn:example:hundesteuer:1"} == saved["namespaces"]
    assert {"xpath": "string(/n1:antrag/n1:hund/n1:name)"} == saved["targets"]["case"]["properties"]["304"][
        "value"
    ]


@pytest.mark.mission("C-12")
def test_the_result_shows_what_the_dms_would_get(
    client: Client, connection: Connection, draft: MappingVersion, submission: Submission
) -> None:
    result = client.get(DRAFT).content.decode().partition('id="result"')[2]

    assert str(submission.id) in result
    assert f"{submission.reference} Hundesteuer anmelden" in result
    assert "D_AKTE" in result


def test_values_of_a_submission_are_shown_only_when_asked(
    client: Client, draft: MappingVersion, submission: Submission
) -> None:
    assert "Bello" not in client.get(DRAFT).content.decode()
    assert "Bello" in client.get(f"{DRAFT}?show=yes").content.decode()


def test_a_sensitive_value_is_masked_in_the_result(
    client: Client, actor: Actor, draft: MappingVersion, submission: Submission
) -> None:
    rule = {"label": "Name", "value": {"property": "applicant.familyName"}, "sensitive": True}
    wanted = document()
    wanted["targets"]["case"]["properties"]["304"] = rule
    with scope(actor.organisation_id):
        save_draft(actor, wanted)
    result = client.get(DRAFT).content.decode().partition('id="result"')[2]

    assert "•••" in result
    assert "Mustermann" not in result


@pytest.mark.mission("C-06")
def test_what_the_dms_requires_is_offered_as_a_row_and_blocks_publishing_until_mapped(
    client: Client, actor: Actor, connection: Connection, draft: MappingVersion, submission: Submission
) -> None:
    with scope(actor.organisation_id):
        wanted = document()
        wanted["targets"]["case"]["type"] = "D_HUND"
        save_draft(actor, wanted)
    page = client.get(DRAFT)
    blocked = client.post(f"{DRAFT}publish/", {"seen": hidden(page, "seen")})
    assert "require:case:413|Rasse" in page.content.decode()
    assert 422 == blocked.status_code

    page = client.post(DRAFT, {**form_of(page), "do": "require:case:413|Rasse"})
    filled = {"r.case.1.kind": "const", "r.case.1.value": "R017", "r.case.1.multi": "yes"}
    page = client.post(DRAFT, {**form_of(page), **filled, "do": "save"}, follow=True)
    done = client.post(f"{DRAFT}publish/", {"seen": hidden(page, "seen")})

    assert 302 == done.status_code
    with scope(actor.organisation_id):
        version = catalogue.newest_published(actor, "hund")
        assert version is not None
        assert version.types_fingerprint


def test_without_the_dms_publishing_must_be_asked_for(
    client: Client, actor: Actor, draft: MappingVersion
) -> None:
    seen = hidden(client.get(DRAFT), "seen")
    refused = client.post(f"{DRAFT}publish/", {"seen": seen})
    done = client.post(f"{DRAFT}publish/", {"seen": seen, "unverified": "yes"})

    assert (422, 302) == (refused.status_code, done.status_code)


def test_a_draft_changed_by_somebody_else_is_not_overwritten_unseen(
    client: Client, enter: Callable[..., Client], actor: Actor, draft: MappingVersion
) -> None:
    other = enter(Role.ADMINISTRATOR)
    mine, theirs = form_of(client.get(DRAFT)), form_of(other.get(DRAFT))
    other.post(DRAFT, {**theirs, "d.title": "Ihrer", "do": "save"})
    page = client.post(DRAFT, {**mine, "d.title": "Meiner", "do": "save"})

    assert 409 == page.status_code
    assert "Max Administrator changed this draft" in page.content.decode()
    assert "Ihrer" == the_draft(actor)["title"]
    client.post(DRAFT, {**form_of(page), "do": "save"})
    assert "Meiner" == the_draft(actor)["title"]


def test_publishing_what_somebody_changed_meanwhile_is_refused(
    client: Client, actor: Actor, draft: MappingVersion
) -> None:
    seen = hidden(client.get(DRAFT), "seen")
    with scope(actor.organisation_id):
        save_draft(actor, document(title="Anders"))
    page = client.post(f"{DRAFT}publish/", {"seen": seen, "unverified": "yes"})

    assert 409 == page.status_code
    with scope(actor.organisation_id):
        assert catalogue.newest_published(actor, "hund") is None


def test_a_form_of_a_draft_that_was_published_meanwhile_is_told_so(
    client: Client, actor: Actor, draft: MappingVersion
) -> None:
    sent = form_of(client.get(DRAFT))
    with scope(actor.organisation_id):
        publish(actor, "hund")
    page = client.post(DRAFT, {**sent, "do": "save"})

    assert 404 == page.status_code
    assert "has no draft" in page.content.decode()


def test_wrong_inputs_are_named_with_links_to_their_fields(
    client: Client, actor: Actor, draft: MappingVersion
) -> None:
    sent = {**form_of(client.get(DRAFT)), "r.case.0.id": "", "d.namespaces": "nonsense"}
    page = client.post(DRAFT, {**sent, "do": "save"})

    text = page.content.decode()
    assert 422 == page.status_code
    assert 'href="#r.case.0.id"' in text
    assert 'href="#d.namespaces"' in text
    assert "355" in the_draft(actor)["targets"]["case"]["properties"]


def test_the_yaml_view_says_where_it_is_wrong(client: Client, actor: Actor, draft: MappingVersion) -> None:
    page = client.get(f"{DRAFT}yaml/")
    wrong = client.post(f"{DRAFT}yaml/", {"text": "id: hund\n  x: [", "seen": hidden(page, "seen")})
    text = dump({**HEAD, "id": "hund", "targets": {"case": {"type": "D_HUND"}}})
    saved = client.post(f"{DRAFT}yaml/", {"text": text, "seen": hidden(page, "seen")})

    assert (422, 302) == (wrong.status_code, saved.status_code)
    assert "Line" in wrong.content.decode()
    assert "D_HUND" == the_draft(actor)["targets"]["case"]["type"]


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.AUDITOR])
def test_who_may_only_look_cannot_edit_or_publish(
    enter: Callable[..., Client], draft: MappingVersion, role: Role
) -> None:
    visitor = enter(role)

    assert 200 == visitor.get("/mappings/hund/").status_code
    assert [403] * 3 == [
        visitor.get(DRAFT).status_code,
        visitor.post(DRAFT, {"do": "save"}).status_code,
        visitor.post(f"{DRAFT}publish/").status_code,
    ]


def test_a_mapping_of_another_organisation_is_not_there(
    enter: Callable[..., Client], draft: MappingVersion, other_organisation: Organisation
) -> None:
    stranger = enter(Role.ADMINISTRATOR, other_organisation)

    assert [404] * 4 == [
        stranger.get(path).status_code
        for path in ("/mappings/hund/", DRAFT, "/mappings/hund/1/", "/mappings/hund/1/export.csv")
    ]
