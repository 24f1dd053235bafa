"""Identifiers, checked once and masked where they belong to a person."""

from __future__ import annotations

import pytest

from caseway.core.errors import Invalid
from caseway.core.identifiers import Ags, Ars, Bsn, Cpr, Identifier, Kle, Oin, ServiceKey, TaxId


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Bsn, "123456782", "123456782"),
        (Bsn, " 1234.56.782 ", "123456782"),
        (Bsn, "10000008", "010000008"),
        (Cpr, "010190-1234", "0101901234"),
        (Cpr, "6101901234", "6101901234"),
        (TaxId, "86 095 742 719", "86095742719"),
        (TaxId, "02476291358", "02476291358"),
        (Oin, "00000001823288444000", "00000001823288444000"),
        (Ars, "06 4 35 0014 014", "064350014014"),
        (Ags, "06435014", "06435014"),
        (ServiceKey, "99107006060000", "99107006060000"),
        (ServiceKey, "urn:de:fim:leika:leistung:99107006060000", "99107006060000"),
        (Kle, "27.03.01 g01", "27.03.01 G01"),
        (Kle, "27", "27"),
    ],
)
def test_a_right_one_is_normalised(kind: type[Identifier], text: str, value: str) -> None:
    assert value == kind.parse(text).reveal()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Bsn, "123456789"),
        (Bsn, "000000000"),
        (Bsn, "1234567"),
        (Bsn, "１２３４５６７８２"),
        (Cpr, "320190-1234"),
        (Cpr, "011390-1234"),
        (Cpr, "010190+1234"),
        (TaxId, "86095742718"),
        (TaxId, "12345678903"),
        (Oin, "12345678901234567890"),
        (Oin, "00000000000000000000"),
        (Ars, "174350014014"),
        (Ars, "06435001401"),
        (Ags, "00435014"),
        (ServiceKey, "98107006060000"),
        (ServiceKey, "9910700606000"),
        (Kle, "27.3"),
        (Kle, "27.03 G01"),
        (Kle, ""),
    ],
)
def test_a_wrong_one_is_refused_without_repeating_it(kind: type[Identifier], text: str) -> None:
    with pytest.raises(Invalid) as caught:
        kind.parse(text)

    assert kind.code == caught.value.code
    assert not text or text not in f"{caught.value}{caught.value!r}"


@pytest.mark.parametrize("identifier", [Bsn("123456782"), Cpr("0101901234"), TaxId("86095742719")])
def test_the_number_of_a_person_shows_its_last_two_digits_only(identifier: Identifier) -> None:
    shown = f"{identifier}|{identifier!r}|{identifier.masked}|{[identifier]}"

    assert identifier.reveal()[:-2] not in shown
    assert "•" * (len(identifier.reveal()) - 2) + identifier.reveal()[-2:] == str(identifier)


def test_the_number_of_an_authority_is_no_secret() -> None:
    assert "06435014" == str(Ags("06435014"))
    assert "urn:de:fim:leika:leistung:99107006060000" == ServiceKey("99107006060000").urn


def test_identifiers_are_equal_by_kind_and_value() -> None:
    assert Ags("06435014") == Ags.parse("06435014")
    assert Bsn("123456782") != Identifier("123456782")
    assert {Bsn("123456782")} == {Bsn("123456782"), Bsn("123456782")}
