"""Keys without a browser, from making to retiring; nothing private is ever printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import load_pem_x509_csr
from typer.testing import CliRunner

from caseway.access.models import Organisation
from caseway.cli.main import app
from caseway.core.errors import Conflict
from caseway.testing.builders import a_connection
from tests.delivery.key_fixtures import a_key, issued_chain, pem, private_parts

pytestmark = pytest.mark.mission("F-11")


def keys(*arguments: str) -> str:
    """Run `caseway keys …`; return what it said."""
    done = CliRunner().invoke(app, ["keys", *arguments], catch_exceptions=False)
    assert 0 == done.exit_code, done.output
    return done.output


def listed() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(keys("list", "dms", "--json"))
    return found


@pytest.fixture
def kid(organisation: Organisation, tmp_path: Path) -> str:
    a_connection(organisation, slug="dms")
    file = tmp_path / "key.pem"
    file.write_bytes(pem(a_key()))
    return str(json.loads(keys("import", "dms", str(file), "--use", "sign", "--json"))["kid"])


def test_a_key_is_certified_and_put_in_force_at_the_shell(kid: str, tmp_path: Path) -> None:
    request = load_pem_x509_csr(keys("request", "dms", kid, "--name", "Stadt", "--unit", "IT").encode())
    chain = tmp_path / "chain.pem"
    chain.write_text("".join(issued_chain(a_key())))
    keys("install", "dms", kid, str(chain))
    keys("activate", "dms", kid)

    (shown,) = listed()
    assert request.public_key() == a_key().public_key()
    assert ("in_force", "Stadt Beispielhausen", False) == (
        shown["state"], shown["subject"], shown["self_signed"],
    )  # fmt: skip
    assert 3 == len(json.loads(keys("export", "dms", kid))["x5c"])
    assert 3 == keys("export", "dms", kid, "--certificates").count("BEGIN CERTIFICATE")


def test_a_key_in_force_is_retired_only_by_force_and_with_a_reason(kid: str) -> None:
    keys("activate", "dms", kid)
    with pytest.raises(Conflict):
        keys("retire", "dms", kid)

    keys("retire", "dms", kid, "--force", "--reason", "in fremden Händen")

    assert ["retired"] == [one["state"] for one in listed()]


def test_nothing_private_is_printed(kid: str) -> None:
    said = keys("list", "dms") + keys("list", "dms", "--json") + keys("export", "dms", kid)

    assert [] == [part for part in private_parts(a_key()) if part in said]
