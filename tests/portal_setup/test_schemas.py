"""Schemas of subject data: added file by file or as a ZIP, listed, removed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from caseway.access.actor import Actor
from caseway.access.models import Organisation, Role
from caseway.access.scope import scope
from caseway.delivery.models import SubjectSchema
from caseway.delivery.schemas import list_schemas, register_schema
from tests.portal_setup.pages import text

URI = "urn:example:hund"
MAIN = (
    b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="teile/rasse.xsd"/>'
    b'<xs:element name="hund" type="rasse"/></xs:schema>'
)
PART = (
    b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:simpleType name="rasse">'
    b'<xs:restriction base="xs:string"/></xs:simpleType></xs:schema>'
)
JSON = b'{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}'


def packed(**more: bytes) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {"hund.xsd": MAIN, "teile/rasse.xsd": PART, "lies.txt": b"x", **more}.items():
            archive.writestr(name, content)
    return SimpleUploadedFile("hund.zip", buffer.getvalue())


def add(client: Client, *files: SimpleUploadedFile, **more: str) -> object:
    said = {"uri": URI, "name": "Hund", "media_type": "application/xml", **more}
    return client.post("/schemas/new/", {**said, "parts": list(files)})


def test_a_zip_keeps_the_folders_that_files_refer_to_each_other_by(client: Client, actor: Actor) -> None:
    add(client, packed())

    with scope(actor.organisation_id):
        row = SubjectSchema.objects.get()
    assert ("hund.xsd", {"hund.xsd", "teile/rasse.xsd"}) == (row.entry, set(row.files))
    assert URI in text(client.get("/schemas/"))


def test_a_single_file_is_enough_where_it_stands_alone(client: Client, actor: Actor) -> None:
    add(client, SimpleUploadedFile("hund.json", JSON), media_type="application/json")

    assert ["hund.json"] == [row.entry for row in list_schemas(actor)]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (SimpleUploadedFile("hund.zip", b"PK nothing"), "The ZIP file cannot be read."),
        (SimpleUploadedFile("hund.xsd", b"<kein"), "hund.xsd"),
    ],
)
def test_files_that_are_no_schema_are_refused_beside_their_field(
    client: Client, actor: Actor, file: SimpleUploadedFile, said: str
) -> None:
    answer = add(client, file)

    assert 422 == answer.status_code  # type: ignore[attr-defined]
    assert said.lower() in answer.content.decode().lower()  # type: ignore[attr-defined]
    assert [] == list_schemas(actor)


def test_a_schema_without_files_is_asked_for_them(client: Client, actor: Actor) -> None:
    answer = client.post("/schemas/new/", {"uri": URI, "media_type": "application/xml"})

    assert 422 == answer.status_code


def test_a_schema_is_removed(client: Client, actor: Actor) -> None:
    row = register_schema(actor, URI, "application/json", {"hund.json": JSON})
    client.post(f"/schemas/{row.id}/remove/")

    assert [] == list_schemas(actor)


def test_who_may_only_look_changes_nothing(
    enter: Callable[..., Client], actor: Actor, other_organisation: Organisation
) -> None:
    row = register_schema(actor, URI, "application/json", {"hund.json": JSON})
    visitor, stranger = enter(Role.CASEWORKER), enter(Role.ADMINISTRATOR, other_organisation)

    assert 200 == visitor.get("/schemas/").status_code
    assert 403 == visitor.post(f"/schemas/{row.id}/remove/").status_code
    assert 404 == stranger.post(f"/schemas/{row.id}/remove/").status_code
    assert URI not in text(stranger.get("/schemas/"))
