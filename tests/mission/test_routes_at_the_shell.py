"""Routes at the shell: what is added there decides where the next thing goes."""

from __future__ import annotations

from tests.mission.conftest import DOG_TAX, Hall


def test_a_route_is_added_changed_and_removed_at_the_shell(hall: Hall) -> None:
    (everything,) = hall.shell("routes", "list")
    hall.shell("routes", "remove", everything["id"])
    dogs = hall.shell(
        "routes", "add", "dms", "--name", "Dogs", "--form", "hundesteuer", "--kind", "application"
    )
    sent = hall.deliveries(hall.submit(DOG_TAX))
    hall.shell("routes", "change", dogs["id"], "dms", "--name", "Dogs", "--form", "hundesteuer", "--off")
    unsent = hall.deliveries(hall.submit(DOG_TAX))

    assert (["delivered"], []) == ([one["state"] for one in sent], unsent)
    assert (dogs["id"], False) == tuple(hall.shell("routes", "list")[0][name] for name in ("id", "active"))
