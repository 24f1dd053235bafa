"""Fixtures for every suite."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material beside the project: official schemas, captures, examples."""
    path = ROOT.parent / "shared"
    if not path.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the reference material is missing beside the project")
        pytest.skip("needs the reference material beside the project")
    return path


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Leave no test in the language of the person whom the test before it played."""
    with translation.override("en"):
        yield
