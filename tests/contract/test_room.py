"""A rail's folder is complete: manifest, words, quality, documentation, and every code explained."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from caseway.rails.manifest import Manifest
from caseway.rails.registry import rails
from caseway.testing.contract import OtherSide
from tests.contract.conftest import ALL, ROOMS

LANGUAGES = ("en", "de", "nl", "da")
SECTIONS = {
    "setup": r"^## (Connect|Set up|Setup)",
    "limits": r"^## Limits",
    "error codes": r"^## Error codes",
    "doubts": r"^## Doubts",
    "removal": r"^## Removal",
}
TIERS = ("bronze", "silver", "gold", "platinum")

every_room = pytest.mark.parametrize("kind", ROOMS, ids=lambda kind: kind.name)


def text(kind: type[OtherSide], name: str) -> str:
    assert kind.room is not None
    return (kind.room / name).read_text(encoding="utf-8")


def test_every_installed_rail_is_held_against_the_contract() -> None:
    assert set() == set(rails()) - {kind.name for kind in ALL}


@every_room
def test_the_manifest_is_valid_and_named_as_the_folder(kind: type[OtherSide]) -> None:
    assert kind.room is not None
    manifest = Manifest.read(kind.room / "manifest.toml")

    assert kind.room.name == manifest.id
    assert set(LANGUAGES) == manifest.names.keys() == manifest.summary.keys()
    assert (Path(manifest.documentation).name, "out" in manifest.directions) == ("README.md", True)


@every_room
def test_the_retry_window_is_promised_in_hours(kind: type[OtherSide]) -> None:
    assert kind.room is not None
    policy = Manifest.read(kind.room / "manifest.toml").retry

    assert policy.window >= 24 * 3600
    assert list(policy.delays) == sorted(policy.delays)


@every_room
def test_the_quality_scale_says_of_each_rule_how_it_stands(kind: type[OtherSide]) -> None:
    quality = tomllib.loads(text(kind, "quality.toml"))
    rules = [rule for tier in TIERS for rule in quality[tier].values()]

    assert quality["tier"] in ("none", *TIERS)
    assert {rule["state"] for rule in rules} <= {"done", "todo", "exempt"}
    assert all(rule["proof"] for rule in rules if rule["state"] != "todo")


@every_room
@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_of_the_rail_has_every_section(kind: type[OtherSide], section: str) -> None:
    assert re.search(SECTIONS[section], text(kind, "README.md"), re.MULTILINE)


@every_room
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_has_words_in_every_language(kind: type[OtherSide], language: str) -> None:
    words = tomllib.loads(text(kind, f"strings.{language}.toml"))["settings"]

    assert set(rails()[kind.name].settings_type.model_fields) == words.keys()
    assert all(all(one) for one in words.values())


@every_room
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_has_words_in_every_language(kind: type[OtherSide], language: str) -> None:
    words = tomllib.loads(text(kind, f"strings.{language}.toml"))["choices"]
    fields = rails()[kind.name].settings_type.model_fields
    offered = {name: get_args(one.annotation) for name, one in fields.items()}
    choices = {
        name: set(values)
        for name, values in offered.items()
        if get_origin(fields[name].annotation) is Literal
    }

    assert choices == {name: set(called) for name, called in words.items()}
    assert all(len(set(called.values())) == len(called) for called in words.values())


@every_room
def test_every_setting_is_typed_titled_described_and_grouped(kind: type[OtherSide]) -> None:
    fields = rails()[kind.name].settings_type.model_fields.values()

    assert all(one.annotation and one.title and one.description for one in fields)
    assert all(isinstance(one.json_schema_extra, dict) and one.json_schema_extra["group"] for one in fields)


@every_room
def test_every_code_the_rail_can_raise_is_explained(kind: type[OtherSide]) -> None:
    assert kind.room is not None
    code = re.compile(rf'code="({kind.name}\.[a-z_.]+)"|default_code = "({kind.name}\.[a-z_.]+)"')
    source = "".join(file.read_text(encoding="utf-8") for file in sorted(kind.room.glob("*.py")))
    raised = {one or other for one, other in code.findall(source)}

    assert raised
    assert set() == {one for one in raised if f"`{one}`" not in text(kind, "README.md")}


@every_room
def test_the_middle_does_not_import_the_rail(kind: type[OtherSide]) -> None:
    assert kind.room is not None
    source = kind.room.parent.parent
    middle = [
        file for part in ("delivery", "intake", "cases", "core") for file in (source / part).rglob("*.py")
    ]

    guilty = [
        file.name for file in middle if f"caseway.rails.{kind.name}" in file.read_text(encoding="utf-8")
    ]
    assert [] == guilty
