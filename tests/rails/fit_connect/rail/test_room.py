"""Every code of the rail stands in its page, and what the page names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from caseway.rails import fit_connect

ROOM = Path(fit_connect.__file__).parent
CODE = re.compile(r'"(fit_connect\.[a-z_.]*[a-z])"')
PREFIXED = {"callbacks.py": "fit_connect.", "destination_data.py": "fit_connect.destination_data_"}


def codes_of(file: Path) -> set[str]:
    """Return the codes a file can raise or find."""
    source = file.read_text(encoding="utf-8")
    prefix = PREFIXED.get(file.name)
    made = {prefix + one for one in re.findall(r'_refused\(\s*"([a-z_]+)"', source)} if prefix else set()
    return set(CODE.findall(source)) | made


@pytest.mark.parametrize("file", sorted(ROOM.glob("*.py")), ids=lambda file: file.stem)
def test_every_code_stands_in_the_page(file: Path) -> None:
    page = (ROOM / "README.md").read_text(encoding="utf-8")

    assert set() == {code for code in codes_of(file) if f"`{code}`" not in page}


def test_every_code_of_the_page_exists() -> None:
    page = set(re.findall(r"`(fit_connect\.[a-z_.]+)`", (ROOM / "README.md").read_text(encoding="utf-8")))
    known = {code for file in ROOM.glob("*.py") for code in codes_of(file)}
    subjects = ("attachment", "case", "destination", "key", "reply", "submission")

    assert set() == page - known - {f"fit_connect.{one}_unknown" for one in subjects}
