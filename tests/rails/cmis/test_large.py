"""Large documents in pieces: taken up where they stopped, no byte twice, constant memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from caseway.core.errors import Refused
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.rails.contract import Link
from caseway.rails.registry import rail
from tests.rails.cmis.desk import Desk, document, link_to, mapping, occasion

LARGE = document("application", "Plan.pdf", Random(7).randbytes(1_000_000))


@pytest.fixture
def link(dms: CmisSimulator) -> Iterator[Link]:
    with link_to(dms.browser_url, chunk_bytes=300_000) as opened:
        yield opened


def uploaded(dms: CmisSimulator) -> list[str]:
    return [one["sha256"] for one in dms.objects() if one["sha256"]]


def appends(dms: CmisSimulator) -> int:
    return sum(1 for note in dms.log.entries() if note.action == "appendContent")


def test_a_large_document_goes_in_pieces(dms: CmisSimulator, desk: Desk) -> None:
    receipts = desk.file(occasion([LARGE]))

    assert [LARGE.sha256] == uploaded(dms)
    assert appends(dms) == 4
    assert receipts[f"document:{LARGE.id}"].facts["length"] == 1_000_000


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_reply_lost_between_pieces_adds_no_byte_twice(dms: CmisSimulator, desk: Desk, after: int) -> None:
    dms.faults.add("drop_reply", actions=["appendContent"], after=after, times=1)

    desk.file(occasion([LARGE]))

    assert [LARGE.sha256] == uploaded(dms)
    assert dms.doubles() == []
    assert appends(dms) == 4


def test_an_upload_that_stops_goes_on_where_it_was(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("unavailable", actions=["appendContent"], after=2, times=3)

    desk.file(occasion([LARGE]))

    assert [LARGE.sha256] == uploaded(dms)
    assert appends(dms) == 4 + 3


def test_a_server_that_says_yes_to_the_first_piece_and_keeps_nothing_gets_it_as_content(
    dms: CmisSimulator, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenCMIS 1.1.0 in memory does so (tests/peers)."""
    contents = dms.repository.store.contents
    append = contents.appended
    monkeypatch.setattr(contents, "appended", lambda old, more: old and append(old, more))

    desk.file(occasion([LARGE]))

    assert [LARGE.sha256] == uploaded(dms)


def test_a_server_that_appends_to_nothing_gets_the_first_piece_as_content(
    dms: CmisSimulator, desk: Desk
) -> None:
    dms.faults.add("refuse", actions=["appendContent"], times=1)

    desk.file(occasion([LARGE]))

    assert [LARGE.sha256] == uploaded(dms)


def test_a_stale_token_is_read_anew(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("stale_token", actions=["appendContent"], after=1, times=1)

    desk.file(occasion([LARGE]))

    assert [LARGE.sha256] == uploaded(dms)


def test_a_token_that_is_always_stale_ends_with_a_person(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("stale_token", actions=["appendContent"])

    with pytest.raises(Refused) as error:
        desk.file(occasion([LARGE]))

    assert error.value.code == "cmis.update_conflict"


def test_a_half_filed_document_is_completed_not_doubled(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("unavailable", actions=["appendContent"], times=1)
    planned = rail("cmis").plan(occasion([LARGE]), desk.link)
    for step in planned:
        desk.go(step, LARGE if step.document_id else None)
    desk.progress.clear()  # a crash before anything was noted

    desk.unknown.add(planned[1].key)
    desk.attempts[planned[1].key] = 2
    desk.file(occasion([LARGE]))

    assert [LARGE.sha256] == uploaded(dms)
    assert dms.doubles() == []


def test_a_half_filed_document_planned_anew_is_completed_even_where_names_are_changed(
    dms: CmisSimulator, link: Link
) -> None:
    dms.faults.add("rename_on_conflict")
    dms.faults.add("too_large", actions=["appendContent"], after=1, times=1, bytes=1)
    case = Desk(link).file(occasion([]))
    with pytest.raises(Refused):
        Desk(link, receipts=dict(case)).file(occasion([LARGE]))

    Desk(link, receipts=dict(case)).file(occasion([LARGE]))

    assert [LARGE.sha256] == uploaded(dms)
    assert [] == dms.doubles()


def test_a_type_that_requires_content_gets_it_in_one_stream(tmp_path: Path) -> None:
    types = """
folders: [/Onlineantraege]
types:
  - {id: D_AKTE, parentId: 'cmis:folder', propertyDefinitions: {'355': {maxLength: 40}, '304': {}}}
  - {id: DPORT, parentId: 'cmis:document', contentStreamAllowed: required,
     propertyDefinitions: {'355': {}, '362': {}}}
"""
    file = tmp_path / "types.yaml"
    file.write_text(types)
    no_messages = mapping(message={"enabled": False})
    with CmisSimulator(types=file) as dms, link_to(dms.browser_url, chunk_bytes=300_000) as link:
        Desk(link).file(occasion([LARGE], no_messages))

        assert [LARGE.sha256] == uploaded(dms)
        assert appends(dms) == 0


MEMORY = """
import resource, sys, hashlib
from contextlib import contextmanager
from tests.rails.cmis.desk import *
from dataclasses import replace

size = 300 * 1024 * 1024
class Zeros:
    def __init__(self): self.left = size
    def seekable(self): return False
    def read(self, count=-1):
        piece = bytes(min(count, self.left)); self.left -= len(piece); return piece
    def __enter__(self): return self
    def __exit__(self, *_): return None

large = replace(document("application", "Film.bin", b""), size=size, open=Zeros)
with link_to(sys.argv[1], chunk_bytes=int(sys.argv[2])) as link:
    desk = Desk(link)
    desk.file(occasion([]))
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    desk.file(occasion([large]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((peak - base) // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("chunk", [0, 64 * 1024 * 1024])
def test_300_mb_are_sent_in_constant_memory(dms: CmisSimulator, chunk: int) -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", MEMORY, dms.browser_url, str(chunk)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 150
    assert 300 * 1024 * 1024 in {one["size"] for one in dms.objects()}
