"""The audit trail: complete, in order, and telling when somebody changed it."""

from __future__ import annotations

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caseway.access import audit
from caseway.access.actor import Actor, system
from caseway.access.models import AuditEntry, Organisation, Role
from caseway.access.scope import everything, scope
from caseway.access.trail import TrailFilter, export, search
from caseway.core import secrets
from caseway.core.errors import NotPermitted

ERIKA = "T22000129P"  # the number of the specimen identity card


def auditor(organisation: Organisation) -> Actor:
    return Actor("user", "u-1", "Erika Mustermann", organisation.id, role=Role.AUDITOR)


def write(organisation: Organisation, count: int) -> None:
    for number in range(count):
        audit.record(auditor(organisation), "case.read", "case", number)


def fail_after_writing(organisation: Organisation, subject: str) -> None:
    with scope(organisation.id):
        audit.record(auditor(organisation), "case.read", "case", subject)
        raise RuntimeError


def trail(organisation: Organisation) -> list[AuditEntry]:
    with scope(organisation.id):
        return list(AuditEntry.objects.order_by("number"))


def tamper(sql: str, *values: object) -> None:
    """Change the trail as the owner of the tables, with the append-only trigger switched off."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE access_auditentry DISABLE TRIGGER append_only")
        cursor.execute("SELECT set_config('caseway.organisation', '*', false)")
        cursor.execute(sql, values)
        cursor.execute("ALTER TABLE access_auditentry ENABLE TRIGGER append_only")
        cursor.execute("RESET caseway.organisation")


def test_entries_are_numbered_without_gaps_and_chained(organisation: Organisation) -> None:
    write(organisation, 3)

    entries = trail(organisation)
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert ["", *[entry.hash for entry in entries[:2]]] == [entry.previous_hash for entry in entries]
    assert audit.verify_chain(organisation.id) is None


def test_an_empty_trail_is_whole(organisation: Organisation) -> None:
    assert audit.verify_chain(organisation.id) is None


def test_every_organisation_has_its_own_numbers(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    write(organisation, 2)
    write(other_organisation, 1)

    assert (
        [entry.number for entry in trail(organisation)],
        [entry.number for entry in trail(other_organisation)],
    ) == ([1, 2], [1])


def test_an_entry_stands_and_falls_with_its_transaction(organisation: Organisation) -> None:
    with pytest.raises(RuntimeError):
        fail_after_writing(organisation, "1")
    with scope(organisation.id):
        audit.record(auditor(organisation), "case.read", "case", "2")

    assert [entry.subject_id for entry in trail(organisation)] == ["2"]


def test_an_entry_of_a_failed_inner_scope_is_dropped_alone(organisation: Organisation) -> None:
    with scope(organisation.id):
        audit.record(auditor(organisation), "case.read", "case", "outer")
        with pytest.raises(RuntimeError):
            fail_after_writing(organisation, "inner")

    assert [entry.subject_id for entry in trail(organisation)] == ["outer"]


def test_the_system_s_scope_writes_into_each_organisation_s_trail(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    with everything():
        for where in (other_organisation, organisation, other_organisation):
            audit.record(system(where.id), "sweep.done", "sweep", "1")

    assert (len(trail(organisation)), len(trail(other_organisation))) == (1, 2)


def test_many_at_once_leave_no_gap(organisation: Organisation) -> None:
    def some(_: int) -> None:
        write(organisation, 10)
        connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(some, range(4)))

    assert list(range(1, 41)) == [entry.number for entry in trail(organisation)]
    assert audit.verify_chain(organisation.id) is None


def test_the_application_can_neither_change_nor_delete(organisation: Organisation) -> None:
    write(organisation, 1)

    with pytest.raises(DatabaseError, match="append-only"), scope(organisation.id):
        AuditEntry.objects.update(actor="somebody else")
    with pytest.raises(DatabaseError, match="append-only"), scope(organisation.id):
        AuditEntry.objects.all()._raw_delete("default")


@pytest.mark.parametrize(
    "column",
    ["actor", "actor_kind", "action", "subject_type", "subject_id", "person_key", "previous_hash", "hash"],
)
def test_a_changed_text_is_found(organisation: Organisation, column: str) -> None:
    write(organisation, 4)
    tamper(f"UPDATE access_auditentry SET {column} = 'x' WHERE number = 3")

    assert audit.verify_chain(organisation.id) == 3


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ("UPDATE access_auditentry SET at = at + interval '1 second' WHERE number = 2", 2),
        ("""UPDATE access_auditentry SET details = '{"x": 1}' WHERE number = 2""", 2),
        ("UPDATE access_auditentry SET id = gen_random_uuid() WHERE number = 2", 2),
        ("UPDATE access_auditentry SET number = 9 WHERE number = 4", 4),
        ("DELETE FROM access_auditentry WHERE number = 1", 1),
        ("DELETE FROM access_auditentry WHERE number = 2", 2),
        ("DELETE FROM access_auditentry WHERE number = 4", 4),
        ("DELETE FROM access_auditentry", 1),
        ("UPDATE access_audithead SET number = 3", 5),
    ],
)
def test_other_tampering_is_found(organisation: Organisation, change: str, first: int) -> None:
    write(organisation, 4)
    tamper(change)

    assert first == audit.verify_chain(organisation.id)


def test_an_entry_forged_without_the_installation_s_key_is_found(organisation: Organisation) -> None:
    write(organisation, 2)
    genuine = secrets.ring()
    secrets.install(secrets.KeyRing.parse(secrets.generate_key()))
    try:
        write(organisation, 1)
    finally:
        secrets.install(genuine)

    assert audit.verify_chain(organisation.id) == 3


def test_a_trail_outlives_a_change_of_keys(organisation: Organisation) -> None:
    from django.conf import settings as django_settings

    write(organisation, 2)
    genuine = secrets.ring()
    secrets.install(secrets.KeyRing.parse(f"{secrets.generate_key()},{django_settings.SECRET_KEY_RING}"))
    try:
        write(organisation, 2)
        assert audit.verify_chain(organisation.id) is None
    finally:
        secrets.install(genuine)


def test_an_end_cut_off_together_with_the_head_is_found_by_an_anchor(organisation: Organisation) -> None:
    write(organisation, 4)
    anchor = audit.head(organisation.id)
    tamper("DELETE FROM access_auditentry WHERE number = 4")
    tamper(
        "UPDATE access_audithead SET number = 3, hash = (SELECT hash FROM access_auditentry WHERE number = 3)"
    )

    assert audit.verify_chain(organisation.id) is None
    assert audit.verify_chain(organisation.id, anchor) == 4


def test_a_person_is_stored_only_as_a_keyed_hash_and_found_again(organisation: Organisation) -> None:
    audit.read(auditor(organisation), "document", "d-1", person=ERIKA)
    audit.read(auditor(organisation), "document", "d-2", person="C01X00T478")

    found = search(auditor(organisation), TrailFilter(person=" t22000-129p "))
    assert [entry.subject_id for entry in found] == ["d-1"]
    assert ERIKA not in "".join(export(auditor(organisation), "jsonl"))


def test_a_search_for_a_person_is_itself_in_the_trail(organisation: Organisation) -> None:
    search(auditor(organisation), TrailFilter(person=ERIKA))

    assert [entry.action for entry in trail(organisation)] == ["audit.searched"]


def test_a_read_names_what_was_read_and_by_whom(organisation: Organisation) -> None:
    audit.read(auditor(organisation), "submission", UUID(int=7))

    (entry,) = trail(organisation)
    assert ("user", "u-1", "submission.read", str(UUID(int=7))) == (
        entry.actor_kind,
        entry.actor,
        entry.action,
        entry.subject_id,
    )


def test_caseway_s_own_reads_are_not_in_the_trail(organisation: Organisation) -> None:
    audit.read(system(organisation.id), "document", "d-1")

    assert trail(organisation) == []


def test_details_hold_neither_secrets_nor_addresses(organisation: Organisation) -> None:
    audit.record(auditor(organisation), "x", "y", "1", client_secret="hush", note="mail to erika@example.org")

    (entry,) = trail(organisation)
    assert "hush" not in str(entry.details)
    assert "erika@example.org" not in str(entry.details)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(details=PLAIN, subject=st.text(max_size=150))
def test_whatever_the_details_the_chain_holds(organisation: Organisation, details: Any, subject: str) -> None:
    audit.record(auditor(organisation), "x", "y", subject, given=details)

    assert audit.verify_chain(organisation.id) is None


def test_only_who_may_reads_the_trail(organisation: Organisation) -> None:
    caseworker = Actor("user", "2", "Max Mustermann", organisation.id, role=Role.CASEWORKER)

    with pytest.raises(NotPermitted):
        search(caseworker)
    with pytest.raises(NotPermitted):
        export(caseworker, "csv")


def test_nobody_sees_another_organisation_s_trail(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    write(other_organisation, 2)

    assert search(auditor(organisation)) == []


def test_a_page_continues_behind_the_one_before(organisation: Organisation) -> None:
    write(organisation, 5)

    first = search(auditor(organisation), limit=2)
    second = search(auditor(organisation), before=first[-1].number, limit=2)
    assert [[entry.number for entry in page] for page in (first, second)] == [[5, 4], [3, 2]]


def test_an_export_as_json_lines_is_the_whole_trail_and_itself_in_it(organisation: Organisation) -> None:
    write(organisation, 2)

    lines = [json.loads(line) for line in export(auditor(organisation), "jsonl")]
    assert [line["action"] for line in lines] == ["case.read", "case.read", "audit.exported"]
    assert [entry.hash for entry in trail(organisation)] == [line["hash"] for line in lines]


def test_a_csv_export_holds_no_formulas(organisation: Organisation) -> None:
    audit.record(auditor(organisation), "x", "y", "=HYPERLINK(1)")

    rows = list(csv.DictReader(StringIO("".join(export(auditor(organisation), "csv")))))
    assert rows[0]["subject_id"] == "'=HYPERLINK(1)"
