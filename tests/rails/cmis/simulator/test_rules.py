"""What the simulated DMS holds against a client: the rules of its types."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.rails.cmis.simulator.definitions import read_property
from caseway.rails.cmis.simulator.values import from_record, parse, to_json, to_record
from tests.rails.cmis.simulator.client import Dms

HUND = {"cmis:objectTypeId": "D_HUND", "cmis:name": "Hund", "355": "K-1", "413": ["R017"]}


def test_a_folder_keeps_what_it_was_given(dms: Dms) -> None:
    values = {
        **HUND,
        "410": "Bello",
        "411": "1794787200000",
        "412": "true",
        "413": ["R017", "R004"],
        "414": "12.50",
    }

    made = dms.act("createFolder", values=values)

    assert made.status == 201
    assert {key: made.properties[key] for key in ("410", "411", "412", "413")} == {
        "410": "Bello",
        "411": 1794787200000,
        "412": True,
        "413": ["R017", "R004"],
    }
    assert b'"414":12.50' in made.body


def test_a_missing_required_property_is_refused(dms: Dms) -> None:
    values = {key: value for key, value in HUND.items() if key != "413"}

    assert dms.act("createFolder", values=values).exception == (409, "constraint")


def test_empty_text_is_no_value_for_a_required_property(dms: Dms) -> None:
    assert dms.folder("Akte", key="").exception == (409, "constraint")


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"413": ["R000"]}, (409, "constraint")),
        ({"410": "x" * 61}, (409, "constraint")),
        ({"414": "-1"}, (409, "constraint")),
        ({"414": "100000"}, (409, "constraint")),
        ({"414": "12,50"}, (400, "invalidArgument")),
        ({"411": "2026-11-16"}, (400, "invalidArgument")),
        ({"411": "99999999999999999"}, (400, "invalidArgument")),
        ({"355": ["a", "b"]}, (409, "constraint")),
        ({"999": "x"}, (400, "invalidArgument")),
        ({"cmis:name": "a/b"}, (400, "invalidArgument")),
        ({"cmis:name": " "}, (400, "invalidArgument")),
        ({"cmis:createdBy": "me"}, (409, "constraint")),
        ({"cmis:objectTypeId": "DPORT"}, (409, "constraint")),
        ({"cmis:objectTypeId": "NOPE"}, (404, "objectNotFound")),
        ({"cmis:secondaryObjectTypeIds": ["D_AKTE"]}, (409, "constraint")),
        ({"hub:key": "x"}, (400, "invalidArgument")),
    ],
)
def test_a_value_that_breaks_a_rule_is_refused_and_nothing_is_made(
    changed: dict[str, str], refused: tuple[int, str], dms: Dms
) -> None:
    before = len(dms.simulator.objects())

    assert dms.act("createFolder", values={**HUND, **changed}).exception == refused
    assert len(dms.simulator.objects()) == before


@pytest.mark.parametrize(
    ("switch", "changed"),
    [("lax_required", {"355": ""}), ("lax_choices", {"413": ["R000"]}), ("lax_limits", {"410": "x" * 61})],
)
def test_a_rule_can_be_switched_off(switch: str, changed: dict[str, str], dms: Dms) -> None:
    dms.simulator.faults.add(switch)

    assert dms.act("createFolder", values={**HUND, **changed}).status == 201


def test_a_secondary_type_brings_its_properties(dms: Dms) -> None:
    aspect = {"cmis:secondaryObjectTypeIds": ["hub:filing"], "hub:key": "s-1/d-1"}

    made = dms.act("createFolder", values={**HUND, **aspect})

    assert made.properties["hub:key"] == "s-1/d-1"
    assert made.properties["cmis:secondaryObjectTypeIds"] == ["hub:filing"]


def test_an_update_changes_unsets_and_keeps(dms: Dms) -> None:
    made = dms.act("createFolder", values={**HUND, "410": "Bello", "414": "10"})

    changed = dms.act("update", values={"410": "Rex", "414": None}, objectId=made.id)

    assert [changed.properties[key] for key in ("410", "414", "355")] == ["Rex", None, "K-1"]
    assert changed.properties["cmis:changeToken"] != made.properties["cmis:changeToken"]


def test_an_update_may_not_take_a_required_value_away(dms: Dms) -> None:
    made = dms.folder("Akte")

    assert dms.act("update", values={"355": None}, objectId=made.id).exception == (409, "constraint")


def test_an_update_with_an_old_change_token_is_a_conflict(dms: Dms) -> None:
    made = dms.folder("Akte")
    token = made.properties["cmis:changeToken"]

    assert dms.act("update", values={"304": "1"}, objectId=made.id, changeToken=token).status == 200
    assert dms.act("update", values={"304": "2"}, objectId=made.id, changeToken=token).exception == (
        409,
        "updateConflict",
    )


def test_renaming_moves_the_path_and_respects_other_names(dms: Dms) -> None:
    dms.folder("A")
    other = dms.folder("B")

    assert dms.act("update", values={"cmis:name": "A"}, objectId=other.id).exception == (
        409,
        "nameConstraintViolation",
    )
    assert dms.act("update", values={"cmis:name": "C"}, objectId=other.id).status == 200
    assert dms.get("/root/C", cmisselector="object").id == other.id
    assert dms.get("/root/B", cmisselector="object").exception == (404, "objectNotFound")


def test_names_are_as_they_were_sent_composed_or_not(dms: Dms) -> None:
    dms.folder("Ä")

    assert dms.folder("A\u0308").status == 201


@pytest.mark.parametrize(("wanted", "status"), [("none", 409), ("major", 201), ("minor", 201)])
def test_a_versioned_type_needs_a_versioning_state(wanted: str, status: int, dms: Dms) -> None:
    values = {"cmis:objectTypeId": "DBESCHEID", "cmis:name": "b.pdf"}

    assert dms.send("createDocument", b"x", values, versioningState=wanted).status == status


@settings(max_examples=60)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_a_decimal_survives_form_and_journal(value: Decimal) -> None:
    definition = read_property("1", {"propertyType": "decimal"})

    parsed = parse(definition, f"{value:f}")

    assert (parsed, from_record(to_record(parsed))) == (value, value)


@settings(max_examples=60)
@given(st.integers(min_value=-(10**12), max_value=10**13))
def test_a_datetime_survives_form_json_and_journal(milliseconds: int) -> None:
    definition = read_property("1", {"propertyType": "datetime"})

    parsed = from_record(to_record(parse(definition, str(milliseconds))))

    assert to_json(parsed, extended_dates=False) == milliseconds
    assert parse(definition, to_json(parsed, extended_dates=True)) == parsed
