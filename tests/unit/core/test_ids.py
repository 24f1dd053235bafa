"""Identifiers that Caseway gives."""

from __future__ import annotations

import re

from caseway.core.ids import short_reference, uuid7


def test_ids_made_one_after_the_other_sort_as_they_were_made() -> None:
    made = [uuid7() for _ in range(200)]

    # The clock has a resolution of some 250 ns here: neighbours may share it, the order of time holds.
    assert sorted(one.int >> 64 for one in made) == [one.int >> 64 for one in made]


def test_an_id_is_of_version_7_and_unique() -> None:
    made = {uuid7() for _ in range(1000)}

    assert 1000 == len(made)
    assert {(7, "specified in RFC 4122")} == {(one.version, one.variant) for one in made}


def test_a_reference_can_be_said_on_the_phone() -> None:
    assert re.fullmatch(r"S-[0-9A-HJKMNP-TV-Z]{8}", short_reference("S"))
