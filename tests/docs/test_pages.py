"""The documentation is true where a machine can tell: links, generated pages, promises, words."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from caseway.delivery.models import DeliveryState
from tests.conftest import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md")])
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def anchors(page: Path) -> set[str]:
    """Return the names of a page's headings, as they are linked to."""
    heads = re.findall(r"^#+ (.*)$", _FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for found in _LINK.finditer(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        path, _, anchor = (found[1] or found[2]).partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(found[0])

    assert [] == broken


def test_the_generated_pages_are_current(tmp_path: Path) -> None:
    environment = os.environ | {"CASEWAY_DATA": str(tmp_path)}
    command = [sys.executable, str(ROOT / "scripts" / "reference"), "--check"]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout + done.stderr


def test_every_code_of_the_source_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    used = set()
    for file in (ROOT / "src" / "caseway").rglob("*.py"):
        used |= set(re.findall(r'\bcode="([a-z_]+\.[a-z_]+)"', file.read_text(encoding="utf-8")))

    assert [] == sorted(code for code in used if f"`{code}`" not in page)
    assert len(used) > 150


def test_every_promise_names_tests_that_exist_or_says_not_yet() -> None:
    text = (ROOT / "PROMISES.md").read_text(encoding="utf-8")
    promises = re.split(r"^(?=\d+\. )", text, flags=re.MULTILINE)[1:]

    assert 12 == len(promises)
    assert [] == [one[:40] for one in promises if not _TEST.search(one) and "Not yet" not in one]
    assert [] == [f"{file}::{name}" for file, name in _TEST.findall(text) if name not in functions(file)]


def functions(file: str) -> set[str]:
    """Return the names of a file's tests; none where there is no such file."""
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_state_is_in_the_glossary_in_four_languages() -> None:
    lines = (ROOT / "docs" / "reference" / "glossary.md").read_text(encoding="utf-8").splitlines()
    words = {
        line.split("|")[1].strip(" `"): line.split("|")[2:-1] for line in lines if line.startswith("| `")
    }

    assert set(DeliveryState.values) <= set(words)
    assert [] == [code for code, said in words.items() if len([one for one in said if one.strip()]) != 4]


def test_every_function_of_the_mission_has_one_row() -> None:
    with (ROOT / "docs" / "mission-rows.toml").open("rb") as stream:
        rows = [row["id"] for row in tomllib.load(stream)["row"]]

    assert sorted(set(rows)) == sorted(rows)


def test_the_description_for_catalogues_of_public_code_is_in_four_languages() -> None:
    described = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))

    assert {"en", "de", "nl", "da"} == set(described["description"])
    for text in described["description"].values():
        assert 150 <= len(text["longDescription"]) <= 10000
        assert len(text["shortDescription"]) <= 150
        assert [one for one in text["features"] if len(one) <= 100] == text["features"]
    with (ROOT / "pyproject.toml").open("rb") as stream:
        assert tomllib.load(stream)["project"]["version"] == described["softwareVersion"]


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert "Québec Free and Open-Source Licence" in text
