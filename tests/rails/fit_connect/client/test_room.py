"""The words of the rail: every setting in four languages, every code of the client explained."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from caseway.rails import fit_connect
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.refusals import NOT_THERE
from caseway.rails.manifest import Manifest

ROOM = Path(fit_connect.__file__).parent
LANGUAGES = ("en", "de", "nl", "da")
CLIENT = (
    *("answer", "body", "check", "client", "destinations", "errors", "events", "login"),
    *("parcel", "refusals", "replies", "routing", "submissions"),
)
CODE = re.compile(r'"(fit_connect\.[a-z_]+)"')


def strings(language: str) -> dict[str, dict[str, object]]:
    return tomllib.loads((ROOM / f"strings.{language}.toml").read_text(encoding="utf-8"))


def test_the_manifest_speaks_four_languages_and_goes_both_ways() -> None:
    manifest = Manifest.read(ROOM / "manifest.toml")

    assert set(LANGUAGES) == manifest.names.keys() == manifest.summary.keys()
    assert ("in", "out") == manifest.directions


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_and_group_has_words(language: str) -> None:
    words = strings(language)
    groups = {one.json_schema_extra["group"] for one in FitConnectSettings.model_fields.values()}  # type: ignore[index]

    assert set(FitConnectSettings.model_fields) == words["settings"].keys()
    assert groups == words["groups"].keys()
    assert strings("en")["steps"].keys() == words["steps"].keys()


def test_the_form_and_the_english_words_agree() -> None:
    shown = {name: [one.title, one.description] for name, one in FitConnectSettings.model_fields.items()}

    assert strings("en")["settings"] == shown


def test_every_code_of_the_client_is_explained() -> None:
    readme = (ROOM / "README.md").read_text(encoding="utf-8")
    sources = [(ROOM / f"{name}.py").read_text(encoding="utf-8") for name in CLIENT]
    used = {code for source in sources for code in CODE.findall(source)}
    used |= {f"fit_connect.{subject}_unknown" for subject in NOT_THERE}

    assert set() == {code for code in used if f"`{code}`" not in readme}


def test_the_quality_scale_says_of_each_rule_how_it_stands() -> None:
    quality = tomllib.loads((ROOM / "quality.toml").read_text(encoding="utf-8"))
    rules = [rule for tier in ("bronze", "silver", "gold", "platinum") for rule in quality[tier].values()]

    assert {rule["state"] for rule in rules} <= {"done", "todo", "exempt"}
    assert all(rule["proof"] for rule in rules if rule["state"] != "todo")
