"""The example mappings of the reference material."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from caseway.mapping import document
from caseway.mapping.resolve import resolve
from tests.unit.mapping.mappings import finder


@pytest.fixture
def base(shared: Path) -> dict[str, Any]:
    return document.load((shared / "specs/cmis/mapping/onlinevorgang-base.yaml").read_bytes())


@pytest.fixture
def dog_tax(shared: Path) -> dict[str, Any]:
    return document.load((shared / "specs/cmis/mapping/hundesteuer.yaml").read_bytes())


@pytest.fixture
def dog_tax_resolved(base: dict[str, Any], dog_tax: dict[str, Any]) -> dict[str, Any]:
    return resolve(dog_tax, finder(base))


@pytest.fixture
def dport(shared: Path) -> dict[str, Any]:
    """The type definition of a real server's answer."""
    capture = (shared / "specs/cmis/wire/07-browser-typeDefinition-DPORT.http").read_text()
    found: dict[str, Any] = json.loads(capture.split("<\n", 1)[1])
    return found
