"""What needs a person, by cause; the plan of a replay, its start, and its end."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.delivery.models import Connection, Delivery, DeliveryState, Replay
from caseway.testing.builders import a_connection, a_delivery, a_submission

GROUP = ("dms", "cmis.constraint")


@pytest.fixture
def stuck(organisation: Organisation, dms: Connection) -> list[Delivery]:
    return [a_delivery(a_submission(organisation), dms, DeliveryState.REFUSED) for _ in range(3)]


def plan(client: Client, organisation: Organisation, **form: object) -> Replay | None:
    client.post(reverse("portal:attention_plan", args=GROUP), form)
    with scope(organisation.id):
        return Replay.objects.order_by("-id").first()


def act(client: Client, replay: Replay, what: str) -> int:
    return client.post(reverse("portal:replay_act", args=[replay.id]), {"act": what}).status_code


def test_causes_are_grouped_by_connection(
    administrator: Client, organisation: Organisation, stuck: list[Delivery]
) -> None:
    other = a_connection(organisation, "other", name="Another DMS")
    a_delivery(a_submission(organisation), other, DeliveryState.REFUSED)
    page = administrator.get("/attention/").content.decode()

    assert ["dms", "other"] == [slug for slug in ("dms", "other") if f"/attention/{slug}/cmis." in page]


def test_a_group_lists_its_deliveries_with_what_helps(administrator: Client, stuck: list[Delivery]) -> None:
    page = administrator.get(reverse("portal:attention_group", args=GROUP)).content.decode()

    assert stuck[0].remedy in page
    assert all(delivery.submission.reference in page for delivery in stuck)


def test_a_group_that_is_settled_says_so(administrator: Client, dms: Connection) -> None:
    page = administrator.get(reverse("portal:attention_group", args=GROUP)).content.decode()

    assert "No delivery has this cause any more" in page


@pytest.mark.mission("X-05")
def test_the_plan_says_what_it_will_send_and_what_it_will_skip_before_anything_happens(
    administrator: Client, organisation: Organisation, stuck: list[Delivery]
) -> None:
    with scope(organisation.id):
        Delivery.objects.filter(id=stuck[0].id).update(state=DeliveryState.DELIVERED)
    replay = plan(administrator, organisation, which="selected", delivery=[str(one.id) for one in stuck])
    assert replay is not None
    page = administrator.get(reverse("portal:replay", args=[replay.id])).content.decode()

    assert ("Will send 2" in page, "Will skip 1" in page) == (True, True)
    with scope(organisation.id):
        assert 2 == Delivery.objects.filter(state=DeliveryState.REFUSED).count()


def test_all_of_a_group_are_planned_with_one_button(
    administrator: Client, organisation: Organisation, stuck: list[Delivery]
) -> None:
    replay = plan(administrator, organisation, which="all")

    assert replay is not None
    with scope(organisation.id):
        assert 3 == replay.items.count()


def test_a_replay_is_started_paused_resumed_and_cancelled(
    administrator: Client, organisation: Organisation, stuck: list[Delivery]
) -> None:
    replay = plan(administrator, organisation, which="all")
    assert replay is not None

    assert [302] * 4 == [act(administrator, replay, what) for what in ("start", "pause", "resume", "cancel")]
    with scope(organisation.id):
        assert Replay.State.CANCELLED == Replay.objects.get().state


def test_what_a_replay_cannot_do_now_is_refused_in_words(
    administrator: Client, organisation: Organisation, stuck: list[Delivery]
) -> None:
    replay = plan(administrator, organisation, which="all")
    assert replay is not None

    assert (409, 404) == (act(administrator, replay, "resume"), act(administrator, replay, "explode"))


def test_a_running_replay_is_followed_and_a_finished_one_is_not(
    administrator: Client, organisation: Organisation, stuck: list[Delivery]
) -> None:
    replay = plan(administrator, organisation, which="all")
    assert replay is not None
    address = reverse("portal:replay", args=[replay.id])
    before = administrator.get(address).content.decode()
    act(administrator, replay, "start")
    running = administrator.get(address).content.decode()

    assert (False, True) == ("every 2s" in before, "every 2s" in running)


def test_an_auditor_may_look_and_not_act(
    auditor: Client, administrator: Client, organisation: Organisation, stuck: list[Delivery]
) -> None:
    replay = plan(administrator, organisation, which="all")
    assert replay is not None

    assert (200, 403) == (
        auditor.get(reverse("portal:replay", args=[replay.id])).status_code,
        act(auditor, replay, "start"),
    )
