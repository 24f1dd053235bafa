"""Rails are found by entry point, and a broken one says so."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from caseway.core.errors import NotConfigured
from caseway.rails import registry
from caseway.rails.contract import Rail


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    registry.rails.cache_clear()
    yield
    registry.rails.cache_clear()


def installed(monkeypatch: pytest.MonkeyPatch, *entries: tuple[str, str]) -> None:
    points = [EntryPoint(name, value, registry.GROUP) for name, value in entries]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)


def test_our_own_rail_comes_by_the_same_door_as_others() -> None:
    found = registry.rail("cmis")

    assert isinstance(found, Rail)
    assert found.manifest.id == "cmis"


def test_a_rail_is_loaded_once() -> None:
    assert registry.rail("cmis") is registry.rail("cmis")


def test_an_unknown_rail_is_named_with_those_there_are() -> None:
    with pytest.raises(NotConfigured) as error:
        registry.rail("pigeon")

    assert error.value.code == "rail.unknown"
    assert "cmis" in error.value.remedy


@pytest.mark.parametrize(
    "value", ["caseway.rails.nowhere:rail", "caseway.rails.cmis:nothing", "caseway.core.errors:Invalid"]
)
def test_a_rail_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    installed(monkeypatch, ("cmis", value))

    with pytest.raises(NotConfigured) as error:
        registry.rail("cmis")

    assert error.value.code == "rail.broken"


def test_a_rail_under_a_name_that_is_not_its_own_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, ("other", "caseway.rails.cmis:rail"))

    with pytest.raises(NotConfigured) as error:
        registry.rails()

    assert error.value.code == "rail.broken"


def test_two_packages_with_one_rail_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, ("cmis", "caseway.rails.cmis:rail"), ("cmis", "caseway.rails.cmis:rail"))

    with pytest.raises(NotConfigured) as error:
        registry.rails()

    assert error.value.code == "rail.doubled"
