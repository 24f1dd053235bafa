"""Filing an application, and everything that goes wrong on the way, against a DMS that does it on purpose."""

from __future__ import annotations

from typing import Any

import pytest

from caseway.core.errors import CasewayError, Invalid, NotConfigured, Refused
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.rails.contract import Link
from caseway.rails.registry import rail
from tests.rails.cmis.desk import ALL, APPLICATION, ATTACHMENT, Desk, document, link_to, mapping, occasion


def filed(dms: CmisSimulator) -> list[dict[str, Any]]:
    return [one for one in dms.objects() if one["path"].startswith("/Onlineantraege/")]


def contents(dms: CmisSimulator) -> list[str]:
    return sorted(one["sha256"] for one in filed(dms) if one["sha256"])


EXPECTED = sorted(one.sha256 for one in ALL)


def test_an_application_is_filed_with_all_its_documents(dms: CmisSimulator, desk: Desk) -> None:
    receipts = desk.file(occasion())

    assert ["case", *(f"document:{one.id}" for one in ALL)] == list(receipts)
    assert contents(dms) == EXPECTED
    assert dms.doubles() == []
    assert not any(receipt.warnings for receipt in receipts.values())


def test_every_target_has_its_type_and_properties(dms: CmisSimulator, desk: Desk) -> None:
    desk.file(occasion())

    by_type = {one["properties"].get("362"): one for one in filed(dms)}
    assert {None, "DOC01", "DOC02", "DOC07"} == by_type.keys()
    assert by_type[None]["properties"]["304"] == "hundesteuer"
    assert by_type["DOC01"]["properties"]["355"] == occasion().facts.values["submission.id"]
    assert "Müller" in by_type["DOC01"]["name"]


def test_a_later_message_goes_to_the_same_case_file(dms: CmisSimulator, desk: Desk) -> None:
    desk.file(occasion())
    later = document("message", "Nachricht.pdf", b"%PDF message")

    desk.file(occasion([later], submission="two", kind="message", **{"message.id": "m-1"}))

    folders = [one for one in filed(dms) if one["type"] == "D_AKTE"]
    assert len(folders) == 1
    assert desk.receipts[f"document:{later.id}"].remote_id in {
        one["id"] for one in filed(dms) if one["path"].startswith(folders[0]["path"] + "/")
    }


def test_a_later_message_needs_not_what_only_the_application_told(dms: CmisSimulator, desk: Desk) -> None:
    asked = {"value": {"xpath": "string(/antrag)"}, "required": True}
    as_before = mapping()["targets"]["case"]["properties"]
    told = {"properties": {**as_before, "304": {**asked, "default": "x"}}}
    strict = {"properties": {**as_before, "304": asked}}
    desk.file(occasion(resolved=mapping(case=told)))
    later = document("message", "Nachricht.pdf", b"%PDF message")

    desk.file(
        occasion([later], mapping(case=strict), submission="two", kind="message", **{"message.id": "m-1"})
    )

    assert f"document:{later.id}" in desk.receipts
    assert 1 == len([one for one in filed(dms) if one["type"] == "D_AKTE"])


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_reply_lost_at_any_step_makes_no_double(dms: CmisSimulator, desk: Desk, after: int) -> None:
    dms.faults.add("drop_reply", actions=["createFolder", "createDocument"], after=after, times=1)

    receipts = desk.file(occasion())

    assert dms.doubles() == []
    assert contents(dms) == EXPECTED
    assert [after] == [number for number, one in enumerate(receipts.values()) if one.adopted]


@pytest.mark.parametrize("strategy", [["path"], ["children"], ["query"], ["path", "query"]])
def test_every_way_of_looking_finds_what_arrived(dms: CmisSimulator, desk: Desk, strategy: list[str]) -> None:
    dms.faults.add("drop_reply", actions=["createFolder", "createDocument"])

    receipts = desk.file(occasion(resolved=mapping(idempotency={"strategy": strategy})))

    assert all(receipt.adopted for receipt in receipts.values())
    assert dms.doubles() == []


def test_the_key_in_an_aspect_finds_what_arrived(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("drop_reply", actions=["createFolder", "createDocument"])
    aspect = {"strategy": ["secondary"], "secondaryType": "hub:filing", "nameSuffix": "none"}

    receipts = desk.file(occasion(resolved=mapping(idempotency=aspect)))

    assert all(receipt.adopted for receipt in receipts.values())
    assert dms.doubles() == []


@pytest.mark.parametrize("kind", ["unavailable", "rate_limited", "server_error", "html_error"])
def test_a_failing_server_is_tried_again_until_all_is_filed(
    dms: CmisSimulator, desk: Desk, kind: str
) -> None:
    dms.faults.add(kind, actions=["createDocument"], times=2)

    desk.file(occasion())

    assert contents(dms) == EXPECTED
    assert dms.doubles() == []


def test_an_upload_cut_off_leaves_nothing_and_is_sent_again(dms: CmisSimulator, desk: Desk) -> None:
    large = document("application", "Plan.pdf", bytes(3_000_000))
    dms.faults.add("cut_connection", actions=["createDocument"], times=1, bytes=100_000)

    desk.file(occasion([large]))

    assert [large.sha256] == contents(dms)


def test_a_name_the_server_changes_is_kept_with_a_warning(dms: CmisSimulator, desk: Desk) -> None:
    plain = mapping(idempotency={"nameSuffix": "none"})
    dms.faults.add("rename_on_conflict")
    desk.file(occasion([APPLICATION], plain))
    other = document("application", APPLICATION.filename, b"another application", index=9)

    receipts = desk.file(occasion([other], plain, submission="two"))

    receipt = receipts[f"document:{other.id}"]
    assert receipt.warnings == ("cmis.renamed_by_server",)
    assert receipt.facts["name"] != APPLICATION.filename
    assert len(contents(dms)) == 2


def test_a_lost_reply_of_a_renamed_object_is_still_found(dms: CmisSimulator, desk: Desk) -> None:
    plain = mapping(idempotency={"nameSuffix": "none"})
    dms.faults.add("rename_on_conflict")
    desk.file(occasion([APPLICATION], plain))
    other = document("application", APPLICATION.filename, b"another application", index=9)
    own_key = mapping(
        idempotency={"nameSuffix": "none"},
        application={
            "properties": {
                "355": {"value": {"property": "document.id"}},
                "362": {"value": {"const": "DOC01"}},
            }
        },
    )
    dms.faults.add("drop_reply", actions=["createDocument"], times=1)

    receipts = desk.file(occasion([other], own_key, submission="two"))

    assert receipts[f"document:{other.id}"].adopted
    assert len(contents(dms)) == 2


def test_where_names_are_changed_a_double_raises_an_alarm_and_a_second_try_makes_no_third(
    dms: CmisSimulator, link: Link
) -> None:
    dms.faults.add("rename_on_conflict")
    first, again = Desk(link), Desk(link)
    first.file(occasion([APPLICATION]))
    with pytest.raises(Refused) as error:
        again.file(occasion([APPLICATION]))
    ours = first.receipts["case"].remote_id
    (surplus,) = set(error.value.details["object_ids"]) - {ours}
    post(link, surplus, cmisaction="delete")

    receipts = Desk(link).file(occasion([APPLICATION]))  # planned anew: nothing is known of the tries before

    assert error.value.code == "cmis.duplicate_found"
    assert receipts["case"].remote_id == ours
    assert [] == dms.doubles()


def test_a_foreign_object_of_our_name_stays_and_ours_is_numbered(dms: CmisSimulator, desk: Desk) -> None:
    plain = mapping(idempotency={"nameSuffix": "none"})
    desk.file(occasion([APPLICATION], plain))
    other = document("application", APPLICATION.filename, b"another application", index=9)

    receipts = desk.file(occasion([other], plain, submission="two"))

    assert receipts[f"document:{other.id}"].facts["name"] == "Antrag Müller~2.pdf"
    assert sorted([APPLICATION.sha256, other.sha256]) == contents(dms)


def test_a_foreign_object_of_our_name_can_be_a_stop(dms: CmisSimulator, desk: Desk) -> None:
    strict = mapping(idempotency={"nameSuffix": "none"}, application={"onExisting": "fail"})
    desk.file(occasion([APPLICATION], strict))
    other = document("application", APPLICATION.filename, b"another application", index=9)

    with pytest.raises(Refused) as error:
        desk.file(occasion([other], strict, submission="two"))

    assert error.value.code == "cmis.name_taken"
    assert [APPLICATION.sha256] == contents(dms)


def test_two_workers_at_the_same_step_share_one_object(dms: CmisSimulator, link: Link) -> None:
    first, second = Desk(link), Desk(link)

    first.file(occasion())
    second.file(occasion())

    assert {k: r.remote_id for k, r in first.receipts.items()} == {
        k: r.remote_id for k, r in second.receipts.items()
    }
    assert all(receipt.adopted for receipt in second.receipts.values())
    assert dms.doubles() == []


def test_an_index_that_lags_is_waited_for(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("query_lag", seconds=60)
    dms.faults.add("drop_reply", actions=["createFolder"], times=1)
    only_query = mapping(idempotency={"strategy": ["query"], "settleSeconds": 30})
    planned = rail("cmis").plan(occasion(resolved=only_query), desk.link)[0]
    desk.go(planned, None)

    with pytest.raises(CasewayError) as error:
        rail("cmis").probe(desk.step(planned, None), desk.link)

    assert error.value.code == "cmis.index_settling"
    assert 25 <= error.value.retry_after.total_seconds() <= 30  # type: ignore[attr-defined]


def test_an_umlaut_in_two_forms_is_the_same_name(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("drop_reply", actions=["createFolder"], times=1)
    decomposed = "Grünfläche"

    receipts = desk.file(occasion([], **{"service.name": decomposed}))

    assert "Grünfläche" in receipts["case"].facts["name"]
    assert dms.doubles() == []


def test_an_apostrophe_in_the_key_is_found_by_query(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("drop_reply", actions=["createFolder"], times=1)
    named = mapping(
        idempotency={"strategy": ["query"]},
        case={"properties": {"355": {"value": {"property": "submission.reference"}}}},
    )

    receipts = desk.file(occasion([], named, submission="O'Neill\\"))

    assert receipts["case"].adopted


def test_a_moved_and_renamed_case_folder_is_found_by_id(dms: CmisSimulator, desk: Desk) -> None:
    desk.file(occasion([APPLICATION]))
    folder = desk.receipts["case"].remote_id
    post(
        desk.link, folder, cmisaction="update", **{"propertyId[0]": "cmis:name", "propertyValue[0]": "Akte 7"}
    )

    desk.file(occasion([APPLICATION, ATTACHMENT]))

    (attached,) = [one for one in filed(dms) if one["sha256"] == ATTACHMENT.sha256]
    assert attached["path"].startswith("/Onlineantraege/Akte 7/")


def test_a_deleted_case_folder_is_a_matter_for_a_person(dms: CmisSimulator, desk: Desk) -> None:
    desk.file(occasion([]))
    post(desk.link, desk.receipts["case"].remote_id, cmisaction="delete")

    with pytest.raises(Refused) as error:
        desk.file(occasion([APPLICATION]))

    assert error.value.code == "cmis.case_folder_gone"


def post(link: Link, object_id: str, **form: str) -> None:
    """Do something in the DMS as its own user would."""
    root = f"{link.settings.service_url}/DMS/root"
    link.client.post(root, params={"objectId": object_id}, data=form).raise_for_status()


def test_a_rule_of_the_dms_stops_with_its_own_words(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("refuse", actions=["createDocument"], message="Feld 362: Wert nicht erlaubt")

    with pytest.raises(Refused) as error:
        desk.file(occasion())

    assert error.value.code == "cmis.constraint"
    assert error.value.details["remote"] == "Feld 362: Wert nicht erlaubt"


@pytest.mark.parametrize(
    ("kind", "code"), [("unauthorized", "cmis.unauthorized"), ("forbidden", "cmis.permission_denied")]
)
def test_missing_rights_are_a_matter_of_configuration(
    dms: CmisSimulator, desk: Desk, kind: str, code: str
) -> None:
    dms.faults.add(kind, actions=["createFolder"])

    with pytest.raises(NotConfigured) as error:
        desk.file(occasion())

    assert code == error.value.code


def test_a_required_property_without_value_stops_before_the_first_call(
    dms: CmisSimulator, desk: Desk
) -> None:
    incomplete = mapping(application={"properties": {"355": {"value": {"property": "submission.id"}}}})

    with pytest.raises(Invalid) as error:
        desk.file(occasion(resolved=incomplete))

    assert error.value.code == "mapping.required_property_missing"
    assert filed(dms) == []


def test_an_object_that_could_not_be_known_again_is_not_planned(link: Link) -> None:
    nameless = mapping(idempotency={"nameSuffix": "none", "keyProperty": "304"})

    with pytest.raises(Invalid) as error:
        rail("cmis").plan(occasion(resolved=nameless), link)

    assert error.value.code == "cmis.key_missing"


def test_a_persistent_internal_error_ends_with_a_person(dms: CmisSimulator) -> None:
    dms.faults.add("too_large", bytes=1_000_000, status=500)
    large = document("application", "Plan.pdf", bytes(2_000_000))
    with link_to(dms.browser_url, server_errors=3) as link, pytest.raises(Refused) as error:
        Desk(link).file(occasion([large]))

    assert error.value.code == "cmis.server_error_persists"
    assert contents(dms) == []


def test_a_document_too_large_for_the_dms_is_refused_at_once(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("too_large", bytes=1_000_000)
    large = document("application", "Plan.pdf", bytes(2_000_000))

    with pytest.raises(Refused) as error:
        desk.file(occasion([large]))

    assert error.value.code == "cmis.too_large"
    assert desk.attempts[f"document:{large.id}"] == 1


def test_planning_twice_gives_the_same_steps(link: Link) -> None:
    assert rail("cmis").plan(occasion(), link) == rail("cmis").plan(occasion(), link)
