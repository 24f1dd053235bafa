"""C-09: whoever files can see every call to the DMS and its result, at each door."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from caseway.testing.tokens import issue_token
from tests.api.conftest import Sender
from tests.mission.conftest import DOG_TAX, Hall

pytestmark = pytest.mark.mission("C-09")

FILED = [("createFolder", 201, ""), ("createDocument", 201, "")]


def made(calls: list[dict[str, object]]) -> list[tuple[object, object, object]]:
    """Return the calls that make something: act, status, exception."""
    acts = [(one["action"], one["status"], one["exception"]) for one in calls]
    return [one for one in acts if str(one[0]).startswith("create")]


def test_every_call_that_filed_is_told_with_the_object_that_came_of_it(hall: Hall) -> None:
    accepted = hall.submit(DOG_TAX)
    (delivery,) = hall.deliveries(accepted)

    calls = hall.system.get(f"deliveries/{delivery['id']}/exchanges?limit=200").json()["items"]

    assert FILED == made(calls)
    receipts = [step["receipt"]["remoteId"] for step in delivery["steps"]]
    assert receipts == [one["objectId"] for one in calls if one["action"].startswith("create")]
    assert all(one["at"] and one["url"] and one["durationMs"] >= 0 for one in calls)


def test_what_the_dms_called_its_refusal_is_told_at_every_door(hall: Hall) -> None:
    hall.dms.misbehave("refuse", actions=["createDocument"], message="Erika Mustermann hat Hausverbot")
    accepted = hall.submit(DOG_TAX)
    (delivery,) = hall.deliveries(accepted)
    refused = [FILED[0], ("createDocument", 409, "constraint")]

    at_the_interface = hall.system.get(f"deliveries/{delivery['id']}/exchanges?limit=200").json()["items"]
    at_the_shell = hall.shell("deliveries", "wire", delivery["id"])
    in_the_portal = hall.page(accepted, "wire")

    assert "refused" == delivery["state"]
    assert refused == made(at_the_interface) == made(at_the_shell)
    assert re.search(r'tag bad">409</span><br><span class="mono wrap">constraint<', in_the_portal)
    assert "Hausverbot" not in str(at_the_interface) + str(at_the_shell)


def test_a_conflict_is_told_by_its_name_even_where_the_next_try_mends_it(hall: Hall, tmp_path: Path) -> None:
    settings = tmp_path / "dms.json"
    pieces = {"service_url": f"{hall.dms.url}/cmis/browser", "login": "none", "chunk_bytes": 8}
    settings.write_text(json.dumps(pieces))
    hall.shell("connections", "save", "dms", "--rail", "cmis", "--settings", str(settings))
    hall.dms.misbehave("stale_token", actions=["appendContent"], times=1)
    accepted = hall.submit(DOG_TAX)
    (delivery,) = hall.deliveries(accepted)

    calls = hall.system.get(f"deliveries/{delivery['id']}/exchanges?limit=200").json()["items"]

    assert "delivered" == delivery["state"]
    assert ("appendContent", 409, "updateConflict") in [
        (one["action"], one["status"], one["exception"]) for one in calls
    ]


def test_a_connection_that_broke_is_told_by_what_broke(hall: Hall) -> None:
    hall.dms.misbehave("drop_reply", actions=["createFolder"], times=1)
    accepted = hall.submit(DOG_TAX)
    (delivery,) = hall.deliveries(accepted)

    calls = hall.system.get(f"deliveries/{delivery['id']}/exchanges?limit=200").json()["items"]

    assert ("createFolder", None, "RemoteProtocolError") == made(calls)[0]


def test_who_may_not_read_deliveries_sees_no_wire_log(hall: Hall) -> None:
    (delivery,) = hall.deliveries(hall.submit(DOG_TAX))
    stranger = Sender(issue_token(hall.town.world.organisation, ["submissions:write"], "Other portal"))

    answer = stranger.get(f"deliveries/{delivery['id']}/exchanges")

    assert (403, "access.not_permitted") == (answer.status_code, answer.json()["code"])
