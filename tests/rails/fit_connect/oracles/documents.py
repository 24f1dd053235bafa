"""Metadata as hypothesis thinks them up: good ones, and good ones with something changed anywhere."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

UUIDS = st.uuids(version=4).map(str)
HASHES = st.binary(min_size=64, max_size=64).map(lambda digest: {"type": "sha512", "content": digest.hex()})
WORDS = st.text(max_size=20)
URIS = st.sampled_from(
    [
        "urn:de:test",
        "https://schema.fitko.de/fim/s00000114_1.1.schema.json",
        "urn:xoev-de:x:y:1.0#a",
        "http://a.b/%20?c=d",
    ]
)
SIGNATURES = st.fixed_dictionaries(
    {
        "signatureFormat": st.sampled_from(["cms", "xml", "pdf", "asic", "json"]),
        "detachedSignature": st.just(True),
    },
    optional={
        "content": st.sampled_from(["TUlJ", "abc-_", "eyJ.Q.x", "YQ=="]),
        "eidasAdesProfile": st.just("http://uri.etsi.org/ades/191x2/level/baseline/B-LT#"),
    },
).filter(lambda signature: "content" in signature)
DATA = st.fixed_dictionaries(
    {
        "hash": HASHES,
        "submissionSchema": st.fixed_dictionaries(
            {"schemaUri": URIS, "mimeType": st.sampled_from(["application/json", "application/xml"])}
        ),
    },
    optional={"signature": SIGNATURES},
)
PUBLIC_KEY = {
    "kty": "RSA",
    "key_ops": ["wrapKey"],
    "alg": "RSA-OAEP-256",
    "kid": "12345678",
    "n": "x" * 683,
    "e": "AQAB",
}
PAYMENTS = st.fixed_dictionaries(
    {
        "transactionReference": WORDS,
        "transactionId": st.from_regex(r"\A[A-Za-z0-9_-]{1,36}\Z"),
        "paymentMethod": st.sampled_from(["GIROPAY", "OTHER"]),
        "status": st.sampled_from(["INITIAL", "CANCELED"]),
    },
    optional={
        "grossAmount": st.integers(1, 10**6).map(lambda quarters: quarters / 4),
        "transactionTimestamp": st.datetimes().map(
            lambda moment: moment.strftime("%Y").zfill(4) + moment.strftime("-%m-%dT%H:%M:%SZ")
        ),
        "transactionUrl": URIS,
        "paymentMethodDetail": st.just("Visa"),
    },
)
EMAILS = st.sampled_from(["erika@mustermann.example", "a.b+c@x-y.example.org", "max'm@a.de"])


def attachments(purposes: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lists of attachments with distinct ids."""
    one = st.fixed_dictionaries(
        {
            "hash": HASHES,
            "purpose": st.sampled_from(purposes),
            "mimeType": st.sampled_from(["application/pdf", "image/svg+xml", "a.b-c/d_e.f"]),
            "attachmentId": UUIDS,
        },
        optional={"filename": WORDS, "description": WORDS, "signature": SIGNATURES},
    )
    return st.lists(one, max_size=3, unique_by=lambda attachment: str(attachment["attachmentId"]))


CHANNELS_1: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "eMail": st.fixed_dictionaries({"address": EMAILS}),
    "deMail": st.fixed_dictionaries({"address": EMAILS}),
    "fink": st.fixed_dictionaries({"finkPostfachRef": st.just("hh/by/12345")}, optional={"host": URIS}),
    "elster": st.fixed_dictionaries(
        {"accountId": st.just("1234567890")}, optional={"geschaeftszeichen": st.text(max_size=10)}
    ),
}
CHANNELS_2 = CHANNELS_1 | {
    "fitConnect": st.fixed_dictionaries(
        {
            "processStandards": st.lists(URIS, min_size=1, max_size=3),
            "encryptionPublicKey": st.just(PUBLIC_KEY),
        }
    ),
    "idBundDeMailbox": st.fixed_dictionaries({"mailboxUuid": UUIDS}),
}


def channel(of: dict[str, st.SearchStrategy[dict[str, Any]]]) -> st.SearchStrategy[dict[str, Any]]:
    """One channel of those."""
    return st.one_of([told.map(lambda value, name=name: {name: value}) for name, told in of.items()])


DATA_SETS = st.lists(
    st.fixed_dictionaries(
        {
            "dataSetId": UUIDS,
            "schema": st.fixed_dictionaries({"schemaUri": URIS, "mimeType": st.just("application/jose")}),
            "hash": HASHES,
            "content": WORDS,
        },
        optional={"description": WORDS},
    ),
    max_size=2,
    unique_by=lambda one: str(one["dataSetId"]),
)
DATES = st.dates().map(lambda day: day.isoformat())
METADATA_1 = st.fixed_dictionaries(
    {
        "contentStructure": st.fixed_dictionaries(
            {"attachments": attachments(["form", "attachment", "report"])}, optional={"data": DATA}
        )
    },
    optional={
        "$schema": st.just("https://schema.fitko.de/fit-connect/metadata/1.0.0/metadata.schema.json"),
        "paymentInformation": PAYMENTS,
        "publicServiceType": st.fixed_dictionaries(
            {"identifier": st.just("urn:de:fim:leika:leistung:99123456789012")}, optional={"name": WORDS}
        ),
        "authenticationInformation": st.just(
            [{"type": "identificationReport", "version": "1.0.0", "content": "eyJ.e30.x"}]
        ),
        "replyChannel": channel(CHANNELS_1),
        "additionalReferenceInfo": st.fixed_dictionaries(
            {}, optional={"senderReference": WORDS, "applicationDate": DATES}
        ),
    },
)
METADATA_2 = st.fixed_dictionaries(
    {
        "$schema": st.sampled_from(["2.0.0", "2.1.0", "2.1.7"]).map(
            lambda version: f"https://schema.fitko.de/fit-connect/metadata/{version}/metadata.schema.json"
        ),
        "contentStructure": st.fixed_dictionaries(
            {"attachments": attachments(["form", "attachment", "report", "data"]), "data": DATA}
        ),
    },
    optional={
        "paymentInformation": PAYMENTS,
        "replyChannel": channel(CHANNELS_2),
        "additionalReferenceInfo": st.fixed_dictionaries(
            {},
            optional={
                "senderReference": WORDS,
                "applicationDate": DATES,
                "idBundDeApplicationId": UUIDS,
                "zustimmungZumDigitalenBescheid": st.booleans(),
            },
        ),
        "author": st.fixed_dictionaries(
            {
                "name": WORDS,
                "product": st.fixed_dictionaries({"name": WORDS, "version": WORDS, "manufacturer": WORDS}),
            }
        ),
        "dataSets": DATA_SETS,
    },
)
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2000),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.text(max_size=40),
    st.sampled_from(
        [
            "",
            "sha512",
            "application/pdf",
            "urn:x",
            "x@y",
            "a@b.c\n",
            "2024-02-30",
            "2024-02-29",
            "1" * 33,
            "a" * 128,
            "A" * 128,
            "%zz:",
            "http://[::1]/",
            "http://a b",
            "12345678901",
            "text/plain\n",
            "ä@ö.de",
        ]
    ),
    st.lists(st.sampled_from(["", "x", "wrapKey", 1]), max_size=3),
    st.dictionaries(st.sampled_from(["type", "content", "x"]), st.text(max_size=5), max_size=2),
)


@st.composite
def changed(draw: st.DrawFn, good: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    """A good document in which one to three places were replaced, taken away or added to."""
    document = copy.deepcopy(draw(good))
    for _ in range(draw(st.integers(1, 3))):
        spots = list(_spots(document))
        container, key = draw(st.sampled_from(spots))
        match draw(st.sampled_from(["replace", "remove", "add"])):
            case "replace":
                container[key] = draw(JUNK)
            case "remove":
                del container[key]
            case "add" if isinstance(container, dict):
                container[draw(st.sampled_from(["x", "signature", "fragments", "replyChannel", "data"]))] = (
                    draw(JUNK)
                )
            case _:
                container.append(draw(JUNK))
        if not list(_spots(document)):
            break
    return document


def _spots(value: Any) -> Any:
    """Yield every container with each of its keys or places."""
    keys = (
        list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    )
    for key in keys:
        yield value, key
        yield from _spots(value[key])
