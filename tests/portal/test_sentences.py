"""Sentences of the engine and the rails in the reader's language: every one has its German."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override

from caseway.access.models import Organisation
from caseway.core.errors import NotConfigured, Refused
from caseway.delivery.models import Connection, DeliveryState
from caseway.portal.sentences import _book, book, said, translated, words_of
from caseway.rails.registry import rails
from caseway.testing.builders import a_delivery, a_submission

ROOT = Path(__file__).resolve().parents[2]
MISSING = "The DMS requires Rasse (413), which has no value."
OURS = "caseway.locale"
NOT_ON_A_SCREEN = ("api", "backup", "cli", "demo", "embedded.py", "mailing.py", "simulator", "testing")
"""Said on the shell, to systems, or by the other side of a simulator."""


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    with override("de"):
        yield


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a rail that somebody else brings, a package named `foreign_rail`."""
    (tmp_path / "foreign_rail").mkdir()
    (tmp_path / "foreign_rail" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "foreign_rail"
    sys.modules.pop("foreign_rail", None)
    book.cache_clear()
    _book.cache_clear()


def packages() -> dict[str, str]:
    """Each catalogue by the folder whose sentences it has."""
    return {"": OURS, **{f"rails/{name}": f"caseway.rails.{name}" for name in rails()}}


def sentences() -> dict[str, set[str]]:
    """What the source can say on a screen, by the package whose catalogue has it."""
    sys.path.insert(0, str(ROOT / "scripts" / "reference"))
    try:
        from codes import SOURCE, everything_said  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    found: dict[str, set[str]] = {package: set() for package in packages().values()}
    for file, one in everything_said():
        place = file.relative_to(SOURCE)
        if one.aloud and not set(NOT_ON_A_SCREEN) & set(place.parts):
            room = "/".join(place.parts[:2])
            found[packages().get(room, OURS)] |= {numbered(text) for text in (*one.sentences, *one.remedies)}
    return {package: {text for text in texts if has_words(text)} for package, texts in found.items()}


def numbered(text: str) -> str:
    numbers = iter(range(1, 100))
    return re.sub("…", lambda _: f"{{{next(numbers)}}}", text)


def has_words(text: str) -> bool:
    return " " in text and len(re.findall("[A-Za-z]", re.sub(r"\{\d+\}", "", text))) >= 8


def gaps(text: str) -> set[str]:
    return set(re.findall(r"\{\d+\}", text))


def test_every_sentence_has_its_german() -> None:
    lacking = {
        text for package, texts in sentences().items() for text in texts - book(package, "de").whole.keys()
    }

    assert set() == lacking


@pytest.mark.parametrize("package", packages().values())
def test_a_translation_has_the_same_gaps_and_ends_alike(package: str) -> None:
    pairs = book(package, "de").whole

    assert [] == [english for english, german in pairs.items() if gaps(english) != gaps(german)]
    assert [] == [
        english for english, german in pairs.items() if english[-1] in ".?!" and german[-1] not in ".?!"
    ]


@pytest.mark.parametrize("package", packages().values())
def test_nothing_is_translated_that_nobody_says(package: str) -> None:
    folder = ROOT / "src" / ("caseway" if package == OURS else package.replace(".", "/"))
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in folder.rglob("*.py"))
    constants = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    texts = "\n".join(text for text in constants if isinstance(text, str))

    def is_there(english: str) -> bool:
        return all(piece.strip(" .:") in texts for piece in re.split(r"\{\d+\}", english))

    others = book(package, "de").whole.keys() - sentences()[package]
    assert set() == {english for english in others if not is_there(english)}


def test_what_was_filled_in_stands_in_the_german_sentence() -> None:
    found = said(MISSING)

    assert MISSING != found
    assert "413" in found
    assert "Rasse" in found


def test_for_an_english_reader_it_stays_as_it_is() -> None:
    with override("en"):
        assert MISSING == translated(MISSING)


def test_what_no_catalogue_has_stays_and_is_known_as_english() -> None:
    assert translated("Nobody ever said this.") is None
    assert "Nobody ever said this." == said("Nobody ever said this.")


def test_an_error_is_told_with_what_helps() -> None:
    error = Refused(MISSING, code="x.y", remedy="Compare the two documents.")

    assert words_of(error) == f"{said(MISSING)} {said('Compare the two documents.')}"
    assert MISSING not in words_of(error)


def test_the_fullest_shape_is_tried_first_and_gaps_may_change_places(folder: Path) -> None:
    rows = {
        "It is {1}.": "Es ist {1}.",
        "It is {1} of {2}.": "Von {2} ist es {1}.",
        "{1} is off.": "{1} ist aus.",
        "three": "drei",
    }
    catalogue = "".join(f'"{english}" = "{german}"\n' for english, german in rows.items())
    (folder / "sentences.de.toml").write_text(catalogue, encoding="utf-8")
    foreign = book("foreign_rail", "de")

    assert "Von vier\nFünfteln ist es drei." == foreign.find("It is three of vier\nFünfteln.")
    assert "Es ist gut." == foreign.find("It is gut.")
    assert "Alles ist aus." == foreign.find("Alles is off.")
    assert foreign.find("It was gut.") is None


def test_no_page_fails_for_a_catalogue_that_cannot_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "sentences.de.toml").write_text("not toml", encoding="utf-8")
    monkeypatch.setattr("caseway.portal.sentences._room", lambda _: "foreign_rail")

    assert "Nobody says this of a foreign rail." == said("Nobody says this of a foreign rail.")
    assert MISSING != said(MISSING)


@pytest.mark.parametrize(
    "broken", [b"not toml", b'"a" = "\xff"', b'"a" = 1', b'"It is {1}." = "Es ist {2}."', b"[table]\na = 'b'"]
)
def test_a_catalogue_that_cannot_be_read_is_told(folder: Path, broken: bytes) -> None:
    (folder / "sentences.de.toml").write_bytes(broken)

    with pytest.raises(NotConfigured) as raised:
        book("foreign_rail", "de")

    assert "rail.broken" == raised.value.code


def test_a_package_without_a_catalogue_has_an_empty_one(folder: Path) -> None:
    assert folder.exists()
    assert book("foreign_rail", "de").find("It is gut.") is None


def test_the_page_of_a_message_tells_the_cause_in_german(
    administrator: Client, organisation: Organisation, dms: Connection
) -> None:
    submission = a_submission(organisation)
    a_delivery(submission, dms, DeliveryState.REFUSED, sentence=MISSING, remedy="Compare the two documents.")
    administrator.cookies["django_language"] = "de"

    page = administrator.get(f"/messages/{submission.id}/", HTTP_ACCEPT_LANGUAGE="de").content.decode()

    assert said(MISSING) in page
    assert said("Compare the two documents.") in page
    assert "Rasse (413)" in page
    assert MISSING not in page
