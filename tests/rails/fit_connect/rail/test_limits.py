"""What is too much is known before the first byte; what is just enough arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import CasewayError, Invalid, TooLarge
from caseway.rails.contract import Document, Link
from caseway.rails.fit_connect.pieces import pieces_of
from tests.rails.fit_connect.rail.kit import World, contents
from tests.rails.fit_connect.rail.papers import data, occasion, paper

MB = 1_000_000


def sized(size: int, name: str = "Plan.bin") -> Document:
    """Return a document that is only said to be so large."""
    return replace(paper("attachment", name, b"", "application/octet-stream"), size=size)


def planned(world: World, papers: Sequence[Document], **changes: Any) -> CasewayError | int:
    """Return how many steps there are, or why there are none."""
    desk = world.sender(**changes)
    try:
        return len(desk.plan(occasion([data(), *papers])))
    except CasewayError as error:
        return error
    finally:
        assert [] == [one for one in world.exchanges if one.action != "token"]


def code_of(found: CasewayError | int) -> str:
    assert isinstance(found, CasewayError)
    return found.code


def test_a_hundred_attachments_arrive(world: World) -> None:
    papers = [
        paper("attachment", f"Anlage {number}.txt", b"%d" % number, "text/plain", number)
        for number in range(100)
    ]
    world.sender().all(occasion([data(), *papers]))

    arrived = contents(world.collect(world.receiver()))

    assert [b"%d" % number for number in range(100)] == list(arrived.values())[1:]


def test_one_more_than_a_hundred_is_not_begun(world: World) -> None:
    papers = [sized(1, f"Anlage {number}") for number in range(101)]

    assert "fit_connect.too_many_attachments" == code_of(planned(world, papers))


def test_fragments_count_as_attachments(world: World) -> None:
    assert "fit_connect.too_many_attachments" == code_of(
        planned(world, [sized(101_000)], fragment_bytes=1000)
    )


@pytest.mark.parametrize(("size", "fits"), [(374 * MB, True), (376 * MB, False)])
def test_an_attachment_in_one_piece_is_measured_as_it_will_be_sealed(
    world: World, size: int, fits: bool
) -> None:
    found = planned(world, [sized(size)], fragment_bytes=0)

    assert fits == (found == 3)
    assert fits or "fit_connect.attachment_too_large" == code_of(found)


def test_what_is_larger_goes_in_fragments(world: World) -> None:
    assert 2 + 4 == planned(world, [sized(500 * MB)])


def test_all_together_are_measured_too(world: World) -> None:
    papers = [sized(400 * MB, f"Plan {number}") for number in range(4)]

    found = planned(world, papers)

    assert isinstance(found, TooLarge)
    assert "fit_connect.submission_too_large" == found.code
    assert 2 + 9 == planned(world, papers[:3])


def test_subject_data_that_are_too_large_are_not_begun(world: World) -> None:
    desk = world.sender(max_answer_bytes=MB)
    large = replace(data(), size=MB + 1)

    with pytest.raises(Invalid) as caught:
        desk.plan(occasion([large]))

    assert "fit_connect.subject_data_too_large" == caught.value.code


class _Cut:
    def __init__(self, fragment_bytes: int) -> None:
        self.fragment_bytes = fragment_bytes


@settings(max_examples=60, deadline=None)
@given(size=st.integers(0, 10_000), fragment=st.integers(0, 4_000))
def test_pieces_are_all_of_a_document_and_nothing_twice(size: int, fragment: int) -> None:
    if fragment and size // fragment > 200:
        fragment = size
    link = Link(UUID(int=1), "sandbox", _Cut(fragment), None, None)  # type: ignore[arg-type]

    pieces = pieces_of(sized(size), link)

    assert size == sum(piece.length for piece in pieces)
    assert [sum(one.length for one in pieces[:at]) for at in range(len(pieces))] == [p.offset for p in pieces]
    assert len(pieces) == len({piece.attachment_id for piece in pieces})
    assert all(UUID(piece.attachment_id).version == 4 for piece in pieces)
    assert not fragment or all(piece.length <= fragment for piece in pieces)
