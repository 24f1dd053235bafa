"""An answer goes where the applicant chose, else by the fallback; what is not connected is said (F-07)."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

import pytest

from caseway.core.errors import Invalid
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.routes import RouteDraft, save_route
from caseway.rails.email.simulator import EmailSimulator
from caseway.rails.registry import rails
from caseway.testing.ledger import LedgerRail
from tests.answers.test_doors import post as answered
from tests.fit_connect_doors.test_answering import ANSWER, ANSWER_FILES
from tests.fit_connect_doors.town import OFFICE, SCHEMA, Authority, Town
from tests.portal_setup.pages import text

pytestmark = pytest.mark.mission("F-07")

TO = "erika.mustermann@example.org"
WISHES = {
    "email": TO,
    "fink": "postfach-1",
    "elster": "1234567890",
    "letter": "",
}


@pytest.fixture
def mails() -> Iterator[EmailSimulator]:
    with EmailSimulator(security="none") as running:
        yield running


def mail(authority: Authority, server: EmailSimulator, channel: str = "") -> None:
    """Connect the office to a mail server, for answers by this channel only or for all."""
    settings = {
        "host": "localhost",
        "port": server.smtp_port,
        "security": "none",
        "sender": "Bauamt <bauamt@example.org>",
    }
    save_connection(authority.actor, ConnectionDraft("mail", "Mail server", "email", "sandbox", settings))
    save_route(authority.actor, RouteDraft(name="Mail", connection="mail", kind="answer", channel=channel))


def applied(town: Town, channel: str) -> str:
    """Have somebody apply who wants to be answered so; return the case at the office."""
    town.service.join()
    town.authority.join()
    town.service.hand_in(reply={"channel": channel, "address": WISHES[channel]})
    town.work()
    return str(town.authority.arrival()["caseId"])


def test_who_wants_an_e_mail_gets_one_though_the_application_came_over_fit_connect(
    town: Town, mails: EmailSimulator
) -> None:
    case = applied(town, "email")
    mail(town.authority, mails, "email")
    made = answered(town.authority.api, case, ANSWER, ANSWER_FILES)
    town.authority.work()

    (delivery,) = town.authority.get(f"submissions/{made.json()['id']}")["deliveries"]
    assert ("mail", "delivered") == (delivery["connection"], delivery["state"])
    assert [[TO]] == [list(one.recipients) for one in mails.mails.all()]
    assert "submit-reply" not in town.events()


@pytest.fixture
def printing(monkeypatch: pytest.MonkeyPatch) -> LedgerRail:
    """A printing house beside the rails there are, which sends a letter to anybody."""
    house = LedgerRail(parts=("answer",))
    house.manifest = house.manifest.model_copy(update={"id": "print", "answers": True})
    known = MappingProxyType({**rails(), "print": house})
    for place in ("caseway.rails.registry.rails", "caseway.answers.conversation.rails"):
        monkeypatch.setattr(place, lambda: known)
    return house


@pytest.mark.parametrize("channel", ["fink", "elster", "letter"])
def test_what_no_way_of_its_own_leads_to_goes_by_the_route_for_all(
    town: Town, printing: LedgerRail, channel: str
) -> None:
    case = applied(town, channel)
    save_connection(town.authority.actor, ConnectionDraft("print", "Printing house", "print", "sandbox", {}))
    save_route(town.authority.actor, RouteDraft(name="Letters", connection="print", kind="answer"))
    made = answered(town.authority.api, case, ANSWER, ANSWER_FILES)
    before = town.authority.get(f"cases/{case}/conversation")["ways"]
    town.authority.work()

    (delivery,) = town.authority.get(f"submissions/{made.json()['id']}")["deliveries"]
    assert (channel, "print", True) == (
        before["channel"],
        before["way"]["connection"],
        before["way"]["fallback"],
    )
    assert ("print", "delivered", 1) == (delivery["connection"], delivery["state"], len(printing.entries))


@pytest.mark.parametrize("channel", WISHES)
def test_a_way_that_is_not_connected_is_named_to_the_office_and_nothing_is_sent(
    town: Town, channel: str
) -> None:
    case = applied(town, channel)
    made = answered(town.authority.api, case, ANSWER, ANSWER_FILES)
    town.authority.work()

    told = town.authority.get(f"cases/{case}/conversation")
    assert (channel, None) == (told["ways"]["channel"], told["ways"]["way"])
    assert "not_connected" == told["items"][-1]["state"]
    assert [] == town.authority.get(f"submissions/{made.json()['id']}")["deliveries"]
    assert "not connected" in text(town.authority.person.get(f"/cases/{case}/conversation/"))


def test_who_could_never_accept_an_answer_is_told_so_beside_the_setting_and_not_saved(town: Town) -> None:
    changes = {"reply_channel": "fit_connect", "reply_standards": [SCHEMA]}  # as demo-sender, which is no id
    with pytest.raises(Invalid) as refusal:
        town.service.join(**changes)

    assert "whose id is no UUID" in refusal.value.details["fields"]["__all__"]
    assert [] == town.service.shell("connections", "list")
    town.service.join(**changes, reply_issuer="destination", sender_destination_id=OFFICE)
