"""Registered schemas of subject data: of JSON and of XML."""

from __future__ import annotations

import json

from caseway.rails.keys import SchemaFile
from tests.rails.fit_connect.rail.papers import JSON_SCHEMA, XML_SCHEMA

_JSON = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["bauvorhaben"],
    "properties": {
        "bauvorhaben": {
            "type": "object",
            "required": ["art"],
            "properties": {"art": {"type": "string"}, "strasse": {"type": "string"}},
        }
    },
}
_XSD = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="antrag">
    <xs:complexType><xs:sequence><xs:element name="art" type="xs:string"/></xs:sequence></xs:complexType>
  </xs:element>
</xs:schema>"""

CARPORT = SchemaFile(
    JSON_SCHEMA, "application/json", "carport.json", {"carport.json": json.dumps(_JSON).encode()}
)
ANTRAG = SchemaFile(XML_SCHEMA, "application/xml", "antrag.xsd", {"antrag.xsd": _XSD})
