"""The tutorial runs as it is written: every command of it, in order, on a machine of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from caseway.cli.processes import free_port, wait_for
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
PAGE = ROOT / "docs" / "tutorial" / "file-your-first-application.md"
_BLOCK = re.compile(r"(?:<!-- (?P<note>[^>]*?) -->\n)?```sh\n(?P<code>.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A piece of shell, and what the comment before it says of it."""

    note: str
    code: str


def blocks(ports: dict[str, int]) -> list[Block]:
    """Return the blocks of the page, with ports that are free here."""
    text = PAGE.read_text(encoding="utf-8")
    for written, free in ports.items():
        text = text.replace(written, str(free))
    return [Block(one["note"] or "", one["code"]) for one in _BLOCK.finditer(text)]


@contextmanager
def running(code: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """Run a block in the background, as in a terminal of its own."""
    with (folder / "background.log").open("ab") as log:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {code.strip()}"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def script(run: list[Block]) -> str:
    """Return the blocks as one script that stops at the first surprise."""
    lines = ["set -euo pipefail"]
    for block in run:
        if block.note == "fails":
            lines.append(f"if {block.code.strip()}; then echo 'this should have failed'; exit 9; fi")
        else:
            lines.append(block.code)
    return "\n".join(lines)


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What lies in the DMS at the end of the page."""
    folder = tmp_path_factory.mktemp("tutorial")
    ports = {"8000": free_port(), "8090": free_port()}
    environment = {name: text for name, text in os.environ.items() if not name.startswith("CASEWAY_")}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}",
        "CASEWAY_PORT": str(ports["8000"]),  # what else listens on this machine is not known
        "CASEWAY_URL": f"http://127.0.0.1:{ports['8000']}",
    }
    found = [block for block in blocks(ports) if not block.note.startswith("not run")]
    with ExitStack() as stack:
        for block in found:
            if block.note == "background":
                stack.enter_context(running(block.code, folder, environment))
        wait_for(f"http://127.0.0.1:{ports['8000']}/health/ready", 120)
        wait_for(f"http://127.0.0.1:{ports['8090']}/_sim/counts", 60)
        done = subprocess.run(
            ["bash", "-c", script([block for block in found if block.note != "background"])],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr + (folder / "background.log").read_text()
        with urllib.request.urlopen(f"http://127.0.0.1:{ports['8090']}/_sim/state") as answer:
            state = json.load(answer)
        yield {"said": done.stdout + done.stderr, "objects": state["objects"]}


@pytest.mark.mission("X-10")
def test_whoever_follows_the_page_ends_with_a_case_file_and_its_documents(filed: dict[str, Any]) -> None:
    case = [one for one in filed["objects"] if one["type"] == "D_HUND"]
    documents = [one for one in filed["objects"] if one["type"] == "DPORT"]

    assert 1 == len(case)
    assert 2 == len(documents)
    assert "R017" in json.dumps(case[0])


def test_the_step_that_should_fail_names_the_property_the_dms_asks_for(filed: dict[str, Any]) -> None:
    assert "413" in filed["said"]
