"""The room of the rail is complete: manifest, words in four languages, documented codes, honest quality."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from caseway.rails import cmis
from caseway.rails.cmis.config import CmisSettings
from caseway.rails.manifest import Manifest

ROOM = Path(cmis.__file__).parent
LANGUAGES = ("en", "de", "nl", "da")
CODE = re.compile(r'"(cmis\.[a-z_]+(?:\.[a-z_]+)?)"')


def strings(language: str) -> dict[str, dict[str, object]]:
    return tomllib.loads((ROOM / f"strings.{language}.toml").read_text(encoding="utf-8"))


def test_the_manifest_is_valid_and_speaks_four_languages() -> None:
    manifest = Manifest.read(ROOM / "manifest.toml")

    assert set(LANGUAGES) == manifest.names.keys() == manifest.summary.keys()
    assert manifest.can_probe


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_has_words(language: str) -> None:
    assert set(CmisSettings.model_fields) == strings(language)["settings"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str) -> None:
    ours, english = strings(language), strings("en")

    assert {name: set(table) for name, table in english.items()} == {
        name: set(table) for name, table in ours.items()
    }


def test_the_form_and_the_english_words_agree() -> None:
    shown = {name: [one.title, one.description] for name, one in CmisSettings.model_fields.items()}

    assert strings("en")["settings"] == shown


def test_every_code_is_in_the_table_of_errors() -> None:
    readme = (ROOM / "README.md").read_text(encoding="utf-8")
    used = {code for file in ROOM.glob("*.py") for code in CODE.findall(file.read_text(encoding="utf-8"))}

    internal = {"cmis.repository", "cmis.renames"}
    assert set() == {code for code in used - internal if f"`{code}`" not in readme}


def test_quality_says_done_todo_or_exempt_with_a_reason() -> None:
    quality = tomllib.loads((ROOM / "quality.toml").read_text(encoding="utf-8"))
    rules = [rule for tier in ("bronze", "silver", "gold", "platinum") for rule in quality[tier].values()]

    assert {rule["state"] for rule in rules} <= {"done", "todo", "exempt"}
    assert all(rule["proof"] for rule in rules if rule["state"] != "todo")


def test_files_stay_small() -> None:
    lengths = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in ROOM.glob("*.py")}

    assert {name for name, length in lengths.items() if length >= 300} == set()
