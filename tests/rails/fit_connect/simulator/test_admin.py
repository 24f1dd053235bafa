"""The admin API, the page and the command line."""

from __future__ import annotations

import uuid
from pathlib import Path

import httpx2
import pytest

from caseway.core.errors import Invalid
from caseway.rails.fit_connect.simulator import FitConnectSimulator, main
from caseway.rails.fit_connect.simulator.options import Roots
from tests.rails.fit_connect.simulator.driver import (
    BUILDING,
    SERVICE,
    Party,
    announcement,
    encrypt,
    submitted,
)


def test_the_page_shows_what_came_and_what_is_switched(platform: FitConnectSimulator, sender: Party) -> None:
    sent = submitted(sender, [b"x"])
    platform.switch_on({"kind": "slow", "actions": ["areas"]})
    page = sender.http.get(platform.url).text
    for text in (
        sent["submissionId"],
        "1 of 1",
        "Turn off slow",
        platform.addresses["submissionV2"],
        "Bauamt",
    ):
        assert text in page
    assert "demo-sender-secret" not in page


def test_forms_of_the_page_work_and_other_sites_may_not_send_them(
    platform: FitConnectSimulator, sender: Party
) -> None:
    form = {"kind": "slow", "value": "0.5", "times": "1"}
    foreign = {"Sec-Fetch-Site": "cross-site"}
    address = f"{platform.url}/_sim/form/add"
    assert 403 == sender.http.post(address, data=form, headers=foreign).status_code
    assert 303 == sender.http.post(address, data=form).status_code
    [fault] = list(platform.faults)
    assert (0.5, 1) == (fault.parameters["seconds"], fault.times)
    sender.http.post(f"{platform.url}/_sim/form/remove", data={"id": fault.id})
    assert [] == list(platform.faults)
    sender.http.post(f"{platform.url}/admin/form/advance", data={"days": "2"})
    assert 172800 == platform.platform.store.clock.offset


def test_clients_and_destinations_are_added_while_it_runs(
    platform: FitConnectSimulator, sender: Party
) -> None:
    admin = platform.addresses["admin"]
    known = platform.platform.store.destinations[BUILDING]
    keys = [platform.platform.destination_key(known, kid) for kid in known.keys]
    service = {
        "identifier": SERVICE["identifier"],
        "regions": ["DE99"],
        "submissionSchemas": [{"schemaUri": "urn:de:test", "mimeType": "application/json"}],
    }
    body = {"name": "Probedorf", "services": [service], "keys": keys}
    made = sender.http.post(f"{admin}/destinations", json=body)
    assert (201, known.encryption_kid) == (made.status_code, made.json()["encryptionKid"])
    destination = made.json()["destinationId"]
    client = {"id": "new", "secret": "new-secret", "kind": "subscriber", "destinations": [destination]}
    assert 201 == sender.http.post(f"{admin}/clients", json=client).status_code
    assert 201 == sender.post("submissions", announcement("v2", destinationId=destination)).status_code
    with Party(platform, "new") as subscriber:
        assert 0 == subscriber.get("submissions", destinationId=destination).json()["totalCount"]
    assert [] == sender.http.get(f"{admin}/destinations/{destination}/private-keys").json()["keys"]
    sender.http.post(f"{admin}/destinations/{destination}/status", json={"status": "inactive"})
    assert 422 == sender.post("submissions", announcement("v2", destinationId=destination)).status_code


@pytest.mark.parametrize("bad", [{"keys": [{"kty": "EC"}]}, {"id": "x"}, {"clients": ["nobody"]}])
def test_a_wrong_destination_is_400(
    platform: FitConnectSimulator, sender: Party, bad: dict[str, object]
) -> None:
    before = len(platform.platform.store.destinations)
    assert 400 == sender.http.post(f"{platform.addresses['admin']}/destinations", json=bad).status_code
    assert before == len(platform.platform.store.destinations)


def test_counts_and_log_tell_what_happened(platform: FitConnectSimulator, sender: Party) -> None:
    submitted(sender, [b"one", b"two"])
    found = sender.http.get(f"{platform.addresses['admin']}/counts").json()
    assert ({"submitted": 1}, 2, 1) == (
        found["submissions"],
        found["effects"]["attachments_uploaded"],
        found["handedOver"],
    )
    entries = sender.http.get(f"{platform.addresses['admin']}/log").json()["entries"]
    expected = ["token", "create_submission", "put_attachment", "put_attachment", "submit"]
    assert expected == [entry["action"] for entry in entries]


def test_what_is_handed_over_twice_is_counted(platform: FitConnectSimulator, sender: Party) -> None:
    identity = str(uuid.uuid4())
    for expected in (0, 1):
        made = sender.post("submissions", announcement("v2", [identity])).json()
        here = f"submissions/{made['submissionId']}"
        sender.upload(f"{here}/attachments/{identity}", encrypt(platform, b"x"))
        sender.put(here, {f"encrypted{name}": encrypt(platform, b"{}") for name in ("Metadata", "Data")})
        assert expected == platform.counts()["doubled"]


def test_faults_are_switched_over_the_admin_api(platform: FitConnectSimulator, sender: Party) -> None:
    faults = f"{platform.addresses['admin']}/faults"
    assert 422 == sender.http.post(faults, json={"kind": "unknown"}).status_code
    assert 201 == sender.http.post(faults, json={"kind": "refuse", "actions": ["info"]}).status_code
    assert 403 == sender.get("info").status_code
    assert 204 == sender.http.delete(f"{faults}/refuse").status_code
    assert 200 == sender.get("info").status_code


def test_unknown_paths_and_methods_are_problems(platform: FitConnectSimulator, sender: Party) -> None:
    found = [
        sender.get("nothing"),
        sender.http.delete(f"{sender.base}/submissions"),
        sender.get("submissions/x"),
    ]
    assert [404, 405, 403] == [item.status_code for item in found]
    assert {"application/problem+json"} == {item.headers["content-type"] for item in found}
    assert 404 == httpx2.get(f"{platform.addresses['admin']}/nothing", trust_env=False).status_code


def test_roots_and_public_url_move_the_apis() -> None:
    roots = Roots(submission_v1="old", submission_v2="deep/down", token="auth")
    with FitConnectSimulator(roots=roots) as platform, Party(platform, "demo-sender") as sender:
        assert f"{platform.url}/deep/down/v2" == platform.addresses["submissionV2"]
        assert f"{platform.url}/auth/token" == platform.addresses["token"]
        assert 201 == sender.post("submissions", announcement("v2")).status_code
    with FitConnectSimulator(public_url="https://fit-connect.example") as platform:
        assert "https://fit-connect.example/submission-api" == platform.addresses["submissionBaseUrl"]


def test_a_seed_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_text("areas: 1")
    with pytest.raises(Invalid, match="seed"):
        FitConnectSimulator(seed=tmp_path / "seed.yaml")


@pytest.mark.parametrize("option", ["--set=nothing=1", "--root=nothing=x", "--fault=nothing"])
def test_the_command_line_refuses_what_it_does_not_know(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == main(["--port", "0", option])
    assert "nothing" in capsys.readouterr().err
