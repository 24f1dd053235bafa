"""Bindings: for any set of them exactly one mapping, or none, serves a form and service at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caseway.access.actor import Actor, system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.core.errors import CasewayError, Conflict, Invalid
from caseway.mapping.bindings import in_force
from caseway.mapping.models import MappingBinding, MappingVersion
from caseway.mapping.publishing import bind, mapping_for, publish, save_draft, succeed, unbind
from tests.mapping_store.test_drafts import document

START = datetime(2026, 11, 1, tzinfo=UTC)


class Spoken(NamedTuple):
    """One binding as a person says it: form, service, day."""

    form: str
    service: str
    day: int


SPOKEN = st.builds(
    Spoken, st.sampled_from(["", "f1", "f2"]), st.sampled_from(["", "s1", "s2"]), st.integers(0, 4)
)


@pytest.fixture
def actor(organisation: Organisation) -> Actor:
    return system(organisation.id)


@pytest.fixture
def version(actor: Actor) -> MappingVersion:
    with scope(actor.organisation_id):
        save_draft(actor, document())
        return publish(actor, "hund")


def best_by_reading(said: set[Spoken], form: str, service: str, day: int) -> Spoken | None:
    """The rule in words, step by step: form and service, form, service, anything; there the latest."""
    for wanted in ((form, service), (form, ""), ("", service), ("", "")):
        begun = [one for one in said if (one.form, one.service) == wanted and one.day <= day]
        if begun:
            return max(begun, key=lambda one: one.day)
    return None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.sets(SPOKEN, max_size=8), form=st.sampled_from(["f1", "f2", "f3"]), day=st.integers(-1, 5))
def test_exactly_one_mapping_serves_for_any_set_of_bindings(
    actor: Actor, version: MappingVersion, said: set[Spoken], form: str, day: int
) -> None:
    at = START + timedelta(days=day, hours=12)
    asked: dict[str, Any] = {"form_id": form, "service_id": "s1", "connection_slug": "dms"}
    with scope(actor.organisation_id):
        MappingBinding.objects.all().delete()
        bound = {_bind(actor, version, one).id: one for one in said}
        serving = mapping_for(actor.organisation_id, **asked, at=at)
        holding = in_force(list(MappingBinding.objects.all()), at)

    best = best_by_reading(said, form, "s1", day)
    assert (best is not None) == (serving is not None)
    assert best is None or best in {bound[one] for one in holding}


def test_the_more_particular_binding_wins_whatever_is_later(actor: Actor) -> None:
    found = []
    with scope(actor.organisation_id):
        for name in ("alles", "dienst", "formular", "beides"):
            save_draft(actor, document(name))
            publish(actor, name)
        rows = {row.mapping_id: row for row in MappingVersion.objects.all()}
        for name, form, service in (
            ("beides", "f1", "s1"),
            ("formular", "f1", ""),
            ("dienst", "", "s1"),
            ("alles", "", ""),
        ):
            _bind(actor, rows[name], Spoken(form, service, len(found)))
        for form, service in (("f1", "s1"), ("f1", "s9"), ("f9", "s1"), ("f9", "s9")):
            found.append(_serving(actor, form, service))

    assert ["beides@1", "formular@1", "dienst@1", "alles@1"] == found


def test_two_bindings_of_the_same_moment_cannot_be(actor: Actor, version: MappingVersion) -> None:
    with scope(actor.organisation_id):
        _bind(actor, version, Spoken("f1", "", 0))
        with pytest.raises(Conflict) as refused:
            _bind(actor, version, Spoken("f1", "", 0))

    assert "mapping.bound_already" == refused.value.code


def test_a_draft_and_a_base_cannot_be_bound(actor: Actor) -> None:
    with scope(actor.organisation_id):
        draft = save_draft(actor, document("entwurf"))
        save_draft(actor, {**document("basis"), "abstract": True})
        base = publish(actor, "basis")
        codes = [_refusal(actor, row) for row in (draft, base)]

    assert ["mapping.draft_bound", "mapping.abstract_bound"] == codes


def test_a_binding_that_holds_is_kept_as_the_record(actor: Actor, version: MappingVersion) -> None:
    with scope(actor.organisation_id):
        held = bind(actor, version, form_id="f1", connection_slug="dms")
        coming = bind(
            actor, version, form_id="f1", connection_slug="dms", valid_from=datetime(2999, 1, 1, tzinfo=UTC)
        )
        unbind(actor, coming.id)
        with pytest.raises(Conflict):
            unbind(actor, held.id)


def test_a_binding_of_another_connection_or_organisation_does_not_count(
    actor: Actor, version: MappingVersion, other_organisation: Organisation
) -> None:
    with scope(actor.organisation_id):
        bind(actor, version, connection_slug="andere", valid_from=START)
        assert _serving(actor, "f1", "s1") == ""
    with scope(other_organisation.id):
        assert _serving(system(other_organisation.id), "f1", "s1") == ""


def _bind(actor: Actor, version: MappingVersion, said: Spoken) -> MappingBinding:
    return bind(
        actor,
        version,
        form_id=said.form,
        service_id=said.service,
        connection_slug="dms",
        valid_from=START + timedelta(days=said.day),
    )


def _serving(actor: Actor, form: str, service: str) -> str:
    found = mapping_for(
        actor.organisation_id,
        form_id=form,
        service_id=service,
        connection_slug="dms",
        at=START + timedelta(days=9),
    )
    return str(found or "")


def _refusal(actor: Actor, row: MappingVersion) -> str:
    try:
        bind(actor, row, connection_slug="dms")
    except Invalid as error:
        return error.code
    except CasewayError as error:
        raise AssertionError(error.code) from error
    return ""


def test_a_new_version_takes_over_what_the_one_before_serves(actor: Actor, version: MappingVersion) -> None:
    with scope(actor.organisation_id):
        bind(actor, version, form_id="f1", connection_slug="dms", valid_from=START)
        save_draft(actor, document())
        newer = publish(actor, "hund")
        taken = succeed(actor, newer)

        serves = mapping_for(
            actor.organisation_id,
            form_id="f1",
            service_id="",
            connection_slug="dms",
            at=taken[0].valid_from,
        )

    assert newer == serves


def test_where_nothing_was_bound_nothing_is_taken_over(actor: Actor, version: MappingVersion) -> None:
    with scope(actor.organisation_id):
        assert [] == succeed(actor, version)
