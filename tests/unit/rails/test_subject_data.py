"""Subject data keep their schema, or it is said where not; never what stands there."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path

import pytest

from caseway.core.errors import Invalid
from caseway.rails.keys import SchemaFile
from caseway.rails.subject_data import MAX_PROBLEMS, check_schema, check_subject_data

pytestmark = pytest.mark.mission("F-03")

MAIN = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:a" xmlns:b="urn:b"
  targetNamespace="urn:a" elementFormDefault="qualified">
  <xs:include schemaLocation="teile/person.xsd"/>
  <xs:import namespace="urn:b" schemaLocation="https://example.org/schema/b.xsd"/>
  <xs:element name="antrag"><xs:complexType><xs:sequence>
    <xs:element name="person" type="Person"/>
    <xs:element name="art" type="b:Art"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
PERSON = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:a" targetNamespace="urn:a"
  elementFormDefault="qualified">
  <xs:complexType name="Person"><xs:sequence>
    <xs:element name="name" type="xs:string"/>
    <xs:element name="plz"><xs:simpleType><xs:restriction base="xs:string">
      <xs:pattern value="[0-9]{5}"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="geboren" type="xs:date"/>
  </xs:sequence></xs:complexType>
</xs:schema>"""
ART = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:b">
  <xs:simpleType name="Art"><xs:restriction base="xs:string"><xs:enumeration value="neu"/>
  </xs:restriction></xs:simpleType></xs:schema>"""
XSD = SchemaFile(
    "urn:schema:antrag",
    "application/xml",
    "antrag.xsd",
    {"antrag.xsd": MAIN, "teile/person.xsd": PERSON, "b.xsd": ART},
)


def xml(plz: str = "12345", geboren: str = "1990-01-31", art: str = "neu", more: str = "") -> bytes:
    person = f"<name>Erika Mustermann</name><plz>{plz}</plz><geboren>{geboren}</geboren>"
    return f'<antrag xmlns="urn:a"><person>{person}</person><art>{art}</art>{more}</antrag>'.encode()


def test_xml_that_keeps_its_schema_is_well() -> None:
    check_schema(XSD)

    assert [] == check_subject_data(XSD, xml())


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (xml(plz="Geheimweg"), "plz", "form that is asked for"),
        (xml(geboren="Geheimtag"), "geboren", "does not fit its type"),
        (xml(art="Geheimart"), "art", "none of those allowed"),
        (xml(more="<zuviel>Geheim</zuviel>"), "zuviel", "something else is expected"),
        (b'<antrag xmlns="urn:a"><person/></antrag>', "person", "Expected is ( name )"),
        (b"<anderes/>", "anderes", "not an element the schema begins with"),
        (b"<antrag", "", "not well-formed"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "", "DOCTYPE"),
    ],
)
def test_xml_that_does_not_is_told_where_and_not_what(data: bytes, place: str, words: str) -> None:
    problems = check_subject_data(XSD, data)

    assert words in problems[0]
    assert place in problems[0]
    assert not any(secret in " ".join(problems) for secret in ("Geheim", "Mustermann"))


JSON = SchemaFile(
    "https://example.org/antrag.schema.json",
    "application/json",
    "antrag.json",
    {
        "antrag.json": json.dumps(
            {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$id": "https://example.org/antrag.schema.json",
                "type": "object",
                "required": ["person"],
                "properties": {"person": {"$ref": "person.json"}, "am": {"$ref": "#/$defs/zeit"}},
                "additionalProperties": {"type": "integer"},
                "$defs": {"zeit": {"type": "string", "format": "date-time"}},
            }
        ).encode(),
        "person.json": json.dumps(
            {
                "type": "object",
                "required": ["name", "mail"],
                "properties": {
                    "name": {"type": "string", "maxLength": 20},
                    "mail": {"type": "string", "format": "email"},
                    "seite": {"type": "string", "format": "uri"},
                },
            }
        ).encode(),
    },
)
PERSON_JSON = {"name": "Erika Mustermann", "mail": "erika@example.org"}


def said(**changes: object) -> bytes:
    return json.dumps({"person": {**PERSON_JSON, **changes}}).encode()


def test_json_that_keeps_its_schema_is_well() -> None:
    check_schema(JSON)

    assert [] == check_subject_data(JSON, said(seite="https://example.org/a?b=c"))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{}", "$: missing: person."),
        (b'{"person": {"name": "Geheim"}}', "$.person: missing: mail."),
        (said(mail="Geheim"), "$.person.mail: the value is not of the format email."),
        (said(name="Geheim" * 9), "$.person.name: the value is too long."),
        (said(seite="kein Geheim"), "$.person.seite: the value is not of the format uri."),
        (b'{"person": {"name": "x", "mail": "a@b"}, "am": "2026-13-01T00:00:00Z"}', "format date-time"),
        (b'{"person": {"name": "x", "mail": "a@b"}, "Geheim": "x"}', "additionalProperties/type"),
        (b'{"person": NaN}', "no readable JSON"),
        (b"[" * 100_000, "no readable JSON"),
        (b"\xff", "no readable JSON"),
    ],
)
def test_json_that_does_not_is_told_where_and_not_what(data: bytes, told: str) -> None:
    problems = check_subject_data(JSON, data)

    assert any(told in problem for problem in problems), problems
    assert not any("Geheim" in problem for problem in problems)


@pytest.mark.parametrize("moment", ["2026-11-22T02:10:00Z", "2016-12-31T23:59:60+01:00"])
def test_moments_are_those_of_rfc_3339(moment: str) -> None:
    data = json.dumps({"person": PERSON_JSON, "am": moment}).encode()

    assert [] == check_subject_data(JSON, data)


def test_data_come_as_bytes_file_or_stream(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(xml(plz="x"))

    with path.open("rb") as stream:
        found = [
            check_subject_data(XSD, one) for one in (xml(plz="x"), path, stream, io.BytesIO(xml(plz="x")))
        ]

    assert 1 == len({tuple(one) for one in found})


def test_problems_are_few_and_short() -> None:
    data = json.dumps({"person": PERSON_JSON, **{f"n{n}": "x" for n in range(100)}}).encode()

    problems = check_subject_data(JSON, data)

    assert MAX_PROBLEMS == len(problems)
    assert all(len(problem) <= 300 for problem in problems)


def test_threads_do_not_hear_each_others_problems() -> None:
    found: list[tuple[str, list[str]]] = []

    def work(plz: str) -> None:
        found.extend((plz, check_subject_data(XSD, xml(plz=plz))) for _ in range(50))

    threads = [threading.Thread(target=work, args=(plz,)) for plz in ("12345", "x")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {("12345", 0), ("x", 1)} == {(plz, len(problems)) for plz, problems in found}


@pytest.mark.parametrize(
    ("files", "entry", "code"),
    [
        ({"a.xsd": MAIN}, "a.xsd", "schema.reference_missing"),
        ({"a.xsd": MAIN}, "b.xsd", "schema.entry_missing"),
        ({"a.xsd": b"<xs:schema"}, "a.xsd", "schema.unreadable"),
        ({"a.xsd": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x"><x/>'}, "a.xsd", "schema.unreadable"),
        ({"a.xsd": b'<s xmlns="urn:x"/>'}, "a.xsd", "schema.unusable"),
        ({"a.json": b'{"$ref": "http://127.0.0.1:9/x"}'}, "a.json", "schema.reference_missing"),
        ({"a.json": b'{"type": 7}'}, "a.json", "schema.unusable"),
        ({"a.json": b"[]"}, "a.json", "schema.unreadable"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(files: dict[str, bytes], entry: str, code: str) -> None:
    kind = "application/json" if next(iter(files)).endswith("json") else "application/xml"

    with pytest.raises(Invalid) as raised:
        check_schema(SchemaFile("urn:x", kind, entry, files))

    assert code == raised.value.code
