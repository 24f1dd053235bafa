"""The second fence: PostgreSQL itself keeps organisations apart."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import DatabaseError, connection

from caseway.access.models import Organisation
from caseway.access.scope import everything, scope
from caseway.access.tenant import TenantModel
from caseway.cases.models import Case


def a_case(organisation: Organisation, reference: str) -> Case:
    with scope(organisation.id):
        return Case.objects.create(organisation=organisation, reference=reference, title="Hundesteuer")


def test_a_forgotten_filter_finds_only_ones_own(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    mine = a_case(organisation, "A-1")
    a_case(other_organisation, "B-1")

    with scope(organisation.id):
        assert [mine.id] == [case.id for case in Case.objects.all()]


def test_raw_sql_without_a_filter_finds_only_ones_own(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    a_case(other_organisation, "B-1")

    with scope(organisation.id), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_case")
        assert cursor.fetchone() == (0,)


def test_outside_a_scope_there_is_nothing(organisation: Organisation) -> None:
    a_case(organisation, "A-1")

    assert Case.objects.count() == 0


def test_a_row_of_another_organisation_cannot_be_written(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), scope(organisation.id):
        Case.objects.create(organisation=other_organisation, reference="X", title="")


def test_the_system_sees_every_organisation(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    a_case(organisation, "A-1")
    a_case(other_organisation, "B-1")

    with everything():
        assert Case.objects.count() == 2


def test_behind_an_inner_scope_the_outer_one_holds_again(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    a_case(organisation, "A-1")
    with everything():
        with scope(other_organisation.id):
            assert Case.objects.count() == 0
        assert Case.objects.count() == 1


def test_every_tenant_table_stands_behind_the_fence(db: None) -> None:
    tables = {model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE c.relrowsecurity AND c.relforcerowsecurity"
        )
        fenced = {name for (name,) in cursor.fetchall()}

    assert set() == tables - fenced


def test_the_application_connects_as_an_ordinary_role(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
