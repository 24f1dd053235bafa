"""Workers that learn and forget the same thing at once do not get into each other's way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from caseway.access.models import Organisation
from caseway.delivery.links import ConnectionCache
from caseway.testing.builders import a_connection

HANDS = 4


def test_what_many_put_and_drop_at_once_is_there_in_the_end(organisation: Organisation) -> None:
    memory = ConnectionCache(organisation.id, a_connection(organisation).id)

    def put_and_drop(hand: int) -> None:
        try:
            for number in range(60):
                memory.drop("type:D_AKTE")
                memory.put("type:D_AKTE", {"by": hand, "number": number}, 60)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(put_and_drop, range(HANDS)))

    assert {"number": 59} == {"number": memory.get("type:D_AKTE")["number"]}
