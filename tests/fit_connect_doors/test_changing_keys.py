"""Keys of the office change while things are on their way, and their ends are told in time (F-11)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from caseway.access.scope import scope
from caseway.cli.main import app
from caseway.core.clock import Clock, now
from caseway.core.errors import Conflict
from caseway.core.jwk import chain_of
from caseway.delivery.key_care import end_overlaps
from caseway.delivery.models import ConnectionKey
from tests.delivery.key_fixtures import a_key, pem
from tests.fit_connect_doors.town import OFFICE, Authority, Town, contents
from tests.portal_setup.pages import text

pytestmark = pytest.mark.mission("F-11")


def connect(town: Town) -> None:
    town.service.join()
    town.authority.join()


def another_key(authority: Authority, folder: Path) -> str:
    """Keep another key for decryption, certified by the platform's authority and published; not in force."""
    (folder / "key.pem").write_bytes(pem(a_key(1)))
    kid = authority.shell("keys", "import", "fit", str(folder / "key.pem"), "--use", "decrypt")["kid"]
    jwk = json.loads(authority.run("keys", "export", "fit", kid).output)
    certified = _certified(authority, {**jwk, "x5c": []})
    chain = "".join(one.public_bytes(Encoding.PEM).decode() for one in chain_of(certified))
    (folder / "chain.pem").write_text(chain)
    authority.shell("keys", "install", "fit", kid, str(folder / "chain.pem"))
    _publish(authority, json.loads(authority.run("keys", "export", "fit", kid).output))
    return str(kid)


def _certified(authority: Authority, jwk: dict[str, Any]) -> dict[str, Any]:
    with httpx2.Client(base_url=authority.platform.url, trust_env=False, timeout=30) as http:
        return dict(http.post("/admin/certificates", json={"jwk": jwk}).raise_for_status().json())


def _publish(authority: Authority, jwk: dict[str, Any]) -> None:
    with authority.subscriber() as http:
        http.post(f"destinations/{OFFICE}/keys", json=jwk).raise_for_status()
        http.patch(f"destinations/{OFFICE}", json={"encryptionKid": jwk["kid"]}).raise_for_status()


def states(authority: Authority) -> dict[str, str]:
    """Return the keys for decryption and their states."""
    rows = authority.shell("keys", "list", "fit")
    return {one["kid"]: one["state"] for one in rows if one["use"] == "decrypt"}


def test_what_was_sealed_for_the_former_key_still_opens_and_new_things_are_sealed_for_the_new_one(
    town: Town, tmp_path: Path
) -> None:
    connect(town)
    (former,) = states(town.authority)
    before = town.service.hand_in()
    town.service.work()
    new = another_key(town.authority, tmp_path)
    town.authority.shell("keys", "activate", "fit", new, "--overlap-days", "30")
    after = town.service.hand_in(papers_of("after"))
    town.work()

    assert {former: "overlap", new: "in_force"} == states(town.authority)
    assert [("delivered", "")] * 2 == [town.service.told(one) for one in (before, after)]
    assert contents(town.service) == contents(town.authority)
    assert [[former], [new]] == [one["kids"] for one in town.platform.describe()["parcels"]]


def papers_of(name: str) -> list[tuple[str, str, str, bytes]]:
    return [
        ("data", "antrag.json", "application/json", json.dumps({"name": name}).encode()),
        ("plan", "lageplan.pdf", "application/pdf", f"%PDF-1.7 {name}".encode()),
    ]


def test_a_key_exchanged_in_the_middle_of_a_submission_has_it_sealed_anew(town: Town, tmp_path: Path) -> None:
    connect(town)
    sent = town.service.hand_in()
    town.fault("unavailable", "submit", times=1)
    town.service.work()
    new = another_key(town.authority, tmp_path)
    town.authority.shell("keys", "activate", "fit", new)
    town.work()
    town.work()

    assert ("delivered", "") == town.service.told(sent)
    assert 1 == town.platform.counts()["handedOver"]
    assert contents(town.service) == contents(town.authority)


def test_a_former_key_is_not_given_up_while_something_waits_that_only_it_opens(
    town: Town, tmp_path: Path, clock: Clock
) -> None:
    connect(town)
    (former,) = states(town.authority)
    town.service.hand_in()
    town.service.work()
    town.fault("unavailable", "get_submission", times=1)
    town.receive()
    new = another_key(town.authority, tmp_path)
    town.authority.shell("keys", "activate", "fit", new, "--overlap-days", "1")
    clock.advance(timedelta(days=2))
    kept = end_overlaps()
    with pytest.raises(Conflict) as refusal:
        town.authority.shell("keys", "retire", "fit", former)
    town.work()
    given_up = end_overlaps()

    assert (0, "keys.still_needed") == (kept, refusal.value.code)
    assert 1 == given_up
    assert {former: "retired", new: "in_force"} == states(town.authority)


def test_the_end_of_a_certificate_is_told_at_the_shell_and_in_the_portal(
    town: Town, tmp_path: Path, clock: Clock
) -> None:
    connect(town)
    new = another_key(town.authority, tmp_path)
    town.authority.shell("keys", "activate", "fit", new)
    with scope(town.authority.organisation.id):
        ends_at = ConnectionKey.objects.get(kid=new).ends_at
    assert ends_at is not None
    clock.advance(ends_at - now() - timedelta(days=13, hours=12))
    (row,) = [one for one in town.authority.shell("keys", "list", "fit") if one["kid"] == new]
    told = CliRunner().invoke(app, ["doctor"]).output

    assert 13 == row["days_left"]
    assert "ends in 13 days" in told


def test_a_key_is_made_here_and_its_private_part_never_shown(town: Town) -> None:
    town.authority.join()
    made = town.authority.shell("keys", "generate", "fit", "sign", "--name", "Bauamt")
    shown = json.loads(town.authority.run("keys", "export", "fit", made["kid"]).output)
    page = text(town.authority.person.get("/connections/fit/keys/"))

    assert ("prepared", "Bauamt", True) == (made["state"], made["subject"], made["self_signed"])
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(shown)
    assert "Bauamt" in page
