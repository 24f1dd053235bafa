"""Rows of several tables in one statement: as they are, or none of them where the first is there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils.text import format_lazy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.models import Case, Document, Event
from caseway.cases.writing import new_row, write, write_unless
from caseway.core.clock import Clock
from caseway.core.ids import uuid7
from caseway.testing.trips import trips

# What PostgreSQL stores: no NUL, no half of a surrogate pair.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def case(organisation: Organisation) -> Case:
    return Case(organisation=organisation, reference="C-1", title="Hund")


def test_rows_of_several_tables_go_in_one_trip_in_any_order(case: Case) -> None:
    document = Document(
        organisation_id=case.organisation_id, case=case, role="message", title="a", filename="a"
    )

    with scope(case.organisation_id), trips() as seen:
        write(document, case)

    assert 1 == sum(count for sql, count in seen.items() if "INSERT" in sql)
    with scope(case.organisation_id):
        assert case.id == Document.objects.get().case_id


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(texts, plain, max_size=4), title=texts, at=st.datetimes(timezones=st.just(UTC)))
def test_what_was_written_is_read_again(
    organisation: Organisation, data: Any, title: str, at: datetime
) -> None:
    event = Event(organisation=organisation, kind="case.opened", data=data, actor=title, at=at)

    with scope(organisation.id):
        write(event)
        read = Event.objects.get(id=event.id)

    assert (data, title, at) == (read.data, read.actor, read.at)
    assert read.transaction > 0


def test_a_text_that_is_only_made_when_it_is_read_is_written_as_it_reads(organisation: Organisation) -> None:
    event = new_row(
        Event,
        organisation_id=organisation.id,
        kind="case.opened",
        data={"rule": format_lazy("{} of {}", 1, 2)},
    )

    with scope(organisation.id):
        write(event)
        assert {"rule": "1 of 2"} == Event.objects.get().data


def test_nothing_is_written_where_the_first_row_is_there_already(case: Case) -> None:
    same = Case(organisation_id=case.organisation_id, reference="C-1", title="Katze")
    event = Event(organisation_id=case.organisation_id, kind="case.opened", case=same)

    with scope(case.organisation_id):
        assert write_unless("case_reference", case)
        assert not write_unless("case_reference", same, event)
        assert ["Hund"] == list(Case.objects.values_list("title", flat=True))
        assert 0 == Event.objects.count()
    assert (False, True) == (case._state.adding, same._state.adding)


def test_other_doubled_rows_are_an_error(case: Case) -> None:
    with scope(case.organisation_id):
        write(case)

    with pytest.raises(IntegrityError), scope(case.organisation_id):
        write_unless(
            "case_reference", Case(id=case.id, organisation_id=case.organisation_id, reference="C-2")
        )


def test_a_new_row_is_what_the_model_would_make(organisation: Organisation, clock: Clock) -> None:
    values = {"organisation_id": organisation.id, "kind": "case.opened", "id": uuid7()}
    names = [field.attname for field in Event._meta.concrete_fields if field.name != "transaction"]

    made, row = Event(**values), new_row(Event, **values)

    assert {name: getattr(made, name) for name in names} == {name: getattr(row, name) for name in names}
    assert (True, None) == (row._state.adding, row._state.db)


def test_two_new_rows_share_nothing(organisation: Organisation) -> None:
    first, second = (new_row(Event, organisation_id=organisation.id, kind="case.opened") for _ in range(2))

    assert first.id != second.id
    assert first.data is not second.data


def test_a_new_row_with_a_name_that_is_no_column_is_an_error() -> None:
    with pytest.raises(TypeError):
        new_row(Event, case=None)
