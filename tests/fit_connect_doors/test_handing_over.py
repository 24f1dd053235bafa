"""From the form to the platform: announced, sealed, in fragments, submitted, and what is refused before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from caseway.access.clients import register_client
from caseway.access.scope import scope
from caseway.cli.main import app
from caseway.core.errors import Conflict, NotPermitted
from caseway.delivery.models import WireExchange
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.fit_connect.simulator.options import Roots
from tests.fit_connect_doors.town import (
    DATA,
    LEIKA,
    OFFICE,
    PLAN,
    REGION,
    SCHEMA,
    STRICT,
    Authority,
    Service,
    Town,
    contents,
    written,
)

MAY = ("submissions:write", "submissions:read", "deliveries:read")


def submit(
    service: Service, web: str, folder: Path, data: bytes = DATA, scopes: Sequence[str] = MAY
) -> dict[str, object]:
    """Run `caseway submit --via fit-connect … --wait`, as a form portal's clerk would."""
    client, secret = register_client(service.actor, "Shell", ["client_credentials"], [], scopes)
    (folder / "antrag.json").write_bytes(data)
    (folder / "lageplan.pdf").write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20)
    words = ["submit", str(folder / "lageplan.pdf"), str(folder / "antrag.json")]
    words += ["--structured", str(folder / "antrag.json"), "--form", "bau", "--leika", LEIKA]
    words += ["--service-name", "Baugenehmigung", "--region", REGION, "--via", "fit-connect"]
    words += ["--url", web, "--client-id", client.client_id, "--client-secret", secret]
    done = CliRunner().invoke(app, [*words, "--wait", "60", "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


@pytest.mark.mission("F-03")
def test_at_the_shell_an_application_goes_all_the_way_in_fragments(
    town: Town, web: str, tmp_path: Path
) -> None:
    town.service.join(fragment_bytes=2000)
    town.authority.join()
    with town.at_work():
        told = submit(town.service, web, tmp_path)

    (delivery,) = told["deliveries"]  # type: ignore[misc, attr-defined]
    assert ("delivered", "") == (delivery["state"], delivery["code"])
    (parcel,) = town.platform.describe()["parcels"]
    assert ("accepted", 3) == (parcel["status"], len(parcel["announced"]))  # 5129 bytes in pieces of 2000
    assert contents(town.service) == contents(town.authority)


@pytest.mark.mission("F-03")
def test_at_the_shell_data_that_break_their_schema_are_refused_before_anything_is_announced(
    town: Town, web: str, tmp_path: Path
) -> None:
    town.service.join()
    town.service.shell("schemas", "add", SCHEMA, str(written(STRICT)))
    with town.at_work():
        told = submit(town.service, web, tmp_path, b'{"bauvorhaben": {"strasse": "Musterweg"}}')

    (delivery,) = told["deliveries"]  # type: ignore[misc, attr-defined]
    assert ("attention", "fit_connect.subject_data_invalid") == (delivery["state"], delivery["code"])
    problems = town.service.get(f"deliveries/{delivery['id']}")["details"]["problems"]
    assert ["art" in one for one in problems] == [True]
    assert [] == town.events()


def test_at_the_shell_who_may_not_see_what_becomes_of_it_is_told_before_anything_is_handed_in(
    service: Service, web: str, tmp_path: Path
) -> None:
    with pytest.raises(NotPermitted) as refusal:
        submit(service, web, tmp_path, scopes=MAY[:2])

    assert "submit.may_not_wait" == refusal.value.code
    assert [] == service.get("submissions")["items"]


@pytest.mark.mission("F-03")
def test_an_application_without_data_is_refused_before_anything_is_announced(town: Town) -> None:
    town.service.join()
    sent = town.service.hand_in([("plan", "lageplan.pdf", "application/pdf", PLAN)])
    town.service.work()

    assert ("attention", "fit_connect.subject_data_missing") == town.service.told(sent)
    assert [] == town.events()


@pytest.mark.mission("F-03")
@pytest.mark.parametrize("action", ["create_submission", "put_attachment", "submit"])
def test_an_answer_that_is_lost_at_any_step_hands_nothing_over_twice(town: Town, action: str) -> None:
    town.service.join()
    town.fault("drop_reply", action, times=1)
    sent = town.service.hand_in()
    town.service.work()
    town.work()

    assert ("sent", "") == town.service.told(sent)
    assert (1, 0) == (town.platform.counts()["handedOver"], town.platform.counts()["doubled"])


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[FitConnectSimulator]:
    """A platform every part of which lies at an address of its own."""
    roots = Roots("zugang", "alt/einreichung", "neu/einreichung", "neu/zustellpunkte", "wegweiser", "amt")
    with FitConnectSimulator(roots=roots) as running:
        yield running


@pytest.mark.mission("F-10")
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_same_flow_on_either_version_with_every_address_set(
    elsewhere: FitConnectSimulator, service: Service, authority: Authority, version: str
) -> None:
    elsewhere.reset()
    service.platform = authority.platform = elsewhere
    service.version = authority.version = version
    town = Town(service, authority, elsewhere)
    service.join()
    authority.join()
    sent = service.hand_in()
    town.work()

    assert ("delivered", "") == service.told(sent)
    (parcel,) = elsewhere.describe()["parcels"]
    assert (version, "accepted", OFFICE) == (parcel["version"], parcel["status"], parcel["destinationId"])
    assert contents(service) == contents(authority)
    ours = "alt/" if version == "v1" else "neu/"
    asked = paths(service) | paths(authority)
    assert {"zugang", "wegweiser", "amt", ours.rstrip("/")} <= asked
    assert not asked & {"alt", "neu", "submission-api", "token"} - {ours.rstrip("/")}


@pytest.mark.mission("F-10")
def test_the_addresses_of_another_version_are_told_before_anything_is_saved(service: Service) -> None:
    wrong = service.settings(
        client_id="demo-sender",
        client_secret="demo-sender-secret",
        destination_id=OFFICE,
        submission_url=f"{service.platform.url}/nothing",
    )
    save = ("connections", "save", "fit", "--rail", "fit_connect", "--settings", str(written(wrong)))
    with pytest.raises(Conflict) as refusal:
        service.shell(*save)

    assert "fit_connect.wrong_address" in {one["code"] for one in refusal.value.details["findings"]}
    assert [] == service.shell("connections", "list")


def paths(party: Service | Authority) -> set[str]:
    """Return the first part of every path a party asked for."""
    with scope(party.organisation.id):
        urls = WireExchange.objects.values_list("url", flat=True)
        return {urlsplit(url).path.split("/")[1] for url in urls}
