"""The OpenAPI description and the API agree: whatever it allows or forbids, no answer is a surprise."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caseway.api.urls import rest
from tests.api.conftest import Sender
from tests.api.test_error_shape import check

DESCRIPTION = json.loads(json.dumps(rest.get_openapi_schema(), default=str))
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations()]


def test_the_description_is_served_to_anybody(db: None) -> None:
    answer = Sender("").get("openapi.json")

    assert "3.1.0" == answer.json()["openapi"]
    assert "/api/v1/submissions" in answer.json()["paths"]


def test_every_reference_of_the_description_has_its_target() -> None:
    known = set(DESCRIPTION["components"]["schemas"])
    named = {piece.split('"')[0] for piece in json.dumps(DESCRIPTION).split("#/components/schemas/")[1:]}

    assert set() == named - known
    assert "#/$defs/" not in json.dumps(DESCRIPTION)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
def test_what_the_description_allows_is_answered_as_it_says(sender: Sender, operation: Any) -> None:
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        answer = _send(sender, case)
        documented = DESCRIPTION["paths"][operation.path][operation.method.lower()]["responses"]
        if answer.status_code >= 400:
            check(answer, answer.status_code)
            assert answer.status_code < 500
        else:
            assert str(answer.status_code) in documented

    run()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(
    said=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["form", "kind", "id", "applicant", "x"]), inner)
        ),
    )
)
def test_no_submission_part_brings_the_door_down(sender: Sender, said: Any) -> None:
    answer = sender.submit(json.dumps(said).encode())

    assert answer.status_code in (201, 400, 422), answer.content


def _send(sender: Sender, case: Any) -> Any:
    """Send a generated case through the browser of the tests; multipart bodies in the order we ask for."""
    path = case.formatted_path.removeprefix("/")
    query = "&".join(f"{name}={_quoted(value)}" for name, value in (case.query or {}).items())
    address = f"/{path}" + (f"?{query}" if query else "")
    if case.method.upper() == "POST" and path.endswith("submissions"):
        body = case.body if isinstance(case.body, dict) else {}
        return sender.submit(json.dumps(body.get("submission"), default=str).encode())
    content = b"" if case.method.upper() == "GET" else json.dumps(case.body, default=str).encode()
    return sender.call(case.method.upper(), address, content)


def _quoted(value: Any) -> str:
    from urllib.parse import quote

    return quote(str(value), safe="")
