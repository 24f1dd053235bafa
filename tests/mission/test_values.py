"""C-05: what a form knows becomes what the DMS wants, from HTTP to the object there; or nothing is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import File
from tests.mission.conftest import DOG_TAX, PDF, Hall

pytestmark = pytest.mark.mission("C-05")

MAPPING = Path(__file__).with_name("values.yaml")
FORM = """<antrag xmlns="urn:example:hundesteuer:1">
  <halter><firma/></halter>
  <hund><seit>01.11.2026</seit><listenhund>nein</listenhund><rasse>labrador</rasse><rasse>dackel</rasse></hund>
  <gebuehr>1.212,50</gebuehr>
</antrag>"""
BY_JSON = {
    "/f:antrag/f:hund/f:rasse": "$.hund.rassen[*]",
    "string(/f:antrag/f:halter/f:firma)": "$.halter.firma",
    "string(/f:antrag/f:hund/f:seit)": "$.hund.seit",
    "string(/f:antrag/f:hund/f:listenhund)": "$.hund.listenhund",
    "string(/f:antrag/f:gebuehr)": "$.gebuehr",
}


def structured(text: str, kind: str = "xml") -> list[File]:
    return [PDF, ("structured", f"antrag.{kind}", f"application/{kind}", text.encode())]


def put_into_force(hall: Hall, file: Path) -> None:
    hall.shell("mapping", "import", str(file))
    hall.shell("mapping", "publish", "values")
    hall.shell("mapping", "bind", "values", "1", "--connection", "dms", "--form", "hundesteuer")


def file_of(hall: Hall) -> dict[str, Any]:
    (found,) = [one for one in hall.dms.objects() if one["type"] == "D_HUND"]
    return dict(found)


def test_every_kind_of_value_becomes_what_the_dms_wants(hall: Hall) -> None:
    put_into_force(hall, MAPPING)

    accepted = hall.submit(DOG_TAX, structured(FORM))

    case = file_of(hall)
    told = {name: value for name, value in case["properties"].items() if name.isdigit()}
    assert {
        "355": accepted["id"],  # a predefined property, by its German name
        "304": "99102013104000",
        "410": "Mustermann",  # the XPath finds nothing, so the next of the chain
        "411": "2026-11-01T11:00:00Z",  # a German date is noon in Berlin
        "412": False,
        "413": ["R017", "R004"],  # two nodes, translated
        "414": "1212.50",
    } == told
    assert case["name"].startswith(f"HUNDESTEUER {accepted['reference']}")
    (paper,) = [one for one in hall.dms.objects() if one["type"] == "DPORT"]
    assert "DOC01" == paper["properties"]["362"]


def test_values_of_a_json_file_are_found_too(hall: Hall, tmp_path: Path) -> None:
    text = MAPPING.read_text(encoding="utf-8")
    for xpath, jsonpath in BY_JSON.items():
        text = text.replace(f'xpath: "{xpath}"', f'jsonpath: "{jsonpath}"')
    file = tmp_path / "values.yaml"
    file.write_text(text, encoding="utf-8")
    put_into_force(hall, file)
    dog = {"rassen": ["dackel"], "seit": "01.11.2026", "listenhund": "ja"}

    hall.submit(DOG_TAX, structured(json.dumps({"hund": dog, "halter": {"firma": "Zwinger"}}), "json"))

    told = file_of(hall)["properties"]
    assert ("Zwinger", True, ["R004"], "0") == (told["410"], told["412"], told["413"], told["414"])


WRONG = {
    "<rasse>hydra</rasse>": ("<rasse>dackel</rasse>", "mapping.unmapped", "413"),
    "31.02.2026": ("01.11.2026", "mapping.not_a_datetime", "411"),
    "viel": ("1.212,50", "mapping.not_a_decimal", "414"),
    "vielleicht": ("nein", "mapping.not_a_boolean", "412"),
}


def test_one_value_that_does_not_fit_stops_the_whole_application_and_is_named(hall: Hall) -> None:
    put_into_force(hall, MAPPING)

    for wrong, (right, code, property_id) in WRONG.items():
        (delivery,) = hall.deliveries(hall.submit(DOG_TAX, structured(FORM.replace(right, wrong))))

        assert ("attention", code) == (delivery["state"], delivery["code"])
        assert property_id in str(delivery["details"]) + delivery["sentence"]
        assert wrong not in delivery["sentence"]

    assert [] == hall.dms.objects()
