"""Numbers of persons, authorities, regions and services, each a type that was checked once.

`parse` raises `Invalid` with a code of the type and never repeats what was given. The numbers of persons show
themselves masked wherever they are printed; only `reveal()` gives them.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import ClassVar, Self

from caseway.core.checksums import is_bsn, is_cpr_date, is_tax_id
from caseway.core.errors import Invalid


class Identifier:
    """A checked identifier; equal and hashed by its value."""

    __slots__ = ("_value",)

    code: ClassVar[str]
    sentence: ClassVar[str]

    def __init__(self, value: str) -> None:
        """Take a normalised value as it is; `parse` is the way for input."""
        self._value = value

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read and check. Raises `Invalid` with the code of the type."""
        value = cls._normalise(text.strip())
        if not value.isascii() or not cls._is_valid(value):
            raise Invalid(cls.sentence, code=cls.code)
        return cls(value)

    @classmethod
    def _normalise(cls, text: str) -> str:
        return text

    @classmethod
    def _is_valid(cls, value: str) -> bool:
        raise NotImplementedError

    def reveal(self) -> str:
        """Return the value itself."""
        return self._value

    @property
    def masked(self) -> str:
        """Return what may be shown to anyone who may see the thing at all."""
        return self._value

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.masked})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identifier) and type(self) is type(other) and self._value == other._value

    def __hash__(self) -> int:
        return hash((type(self), self._value))


class PersonalIdentifier(Identifier):
    """The number of a person: all but its last two digits are hidden."""

    __slots__ = ()

    @property
    def masked(self) -> str:
        return "•" * (len(self._value) - 2) + self._value[-2:]


class Bsn(PersonalIdentifier):
    """Dutch citizen service number: nine digits with the eleven-test; eight digits get their zero."""

    __slots__ = ()
    code = "identifier.bsn_invalid"
    sentence = "This is no valid BSN."

    @classmethod
    def _normalise(cls, text: str) -> str:
        digits = re.sub(r"[ .]", "", text)
        return digits.zfill(9) if len(digits) == 8 else digits

    @classmethod
    def _is_valid(cls, value: str) -> bool:
        return is_bsn(value)


class Cpr(PersonalIdentifier):
    """Danish personal number: ten digits that begin with day and month; the dash is optional."""

    __slots__ = ()
    code = "identifier.cpr_invalid"
    sentence = "This is no valid CPR number."

    @classmethod
    def _normalise(cls, text: str) -> str:
        return text[:6] + text[7:] if text[6:7] in ("-", " ") else text

    @classmethod
    def _is_valid(cls, value: str) -> bool:
        return is_cpr_date(value)


class TaxId(PersonalIdentifier):
    """German tax id (§ 139b AO): eleven digits; among the first ten one occurs twice or three times.

    Numbers that begin with 0 are for tests and accepted.
    """

    __slots__ = ()
    code = "identifier.tax_id_invalid"
    sentence = "This is no valid tax id."

    @classmethod
    def _normalise(cls, text: str) -> str:
        return text.replace(" ", "")

    @classmethod
    def _is_valid(cls, value: str) -> bool:
        return is_tax_id(value) and max(Counter(value[:10]).values()) in (2, 3)


class Oin(Identifier):
    """Dutch organisation number (Digikoppeling): 20 digits, a prefix of eight that begins with six zeros."""

    __slots__ = ()
    code = "identifier.oin_invalid"
    sentence = "An OIN has 20 digits and begins with 000000."

    @classmethod
    def _is_valid(cls, value: str) -> bool:
        return re.fullmatch(r"000000[0-9]{14}", value) is not None and int(value[6:]) > 0


class Ars(Identifier):
    """German regional key: twelve digits, the first two the state (01–16; 00 is the federation)."""

    __slots__ = ()
    code = "identifier.ars_invalid"
    sentence = "A regional key (ARS) has 12 digits and begins with 00 to 16."

    @classmethod
    def _normalise(cls, text: str) -> str:
        return text.replace(" ", "")

    @classmethod
    def _is_valid(cls, value: str) -> bool:
        return re.fullmatch(r"(0[0-9]|1[0-6])[0-9]{10}", value) is not None


class Ags(Identifier):
    """German municipality key: eight digits, the first two the state (01–16)."""

    __slots__ = ()
    code = "identifier.ags_invalid"
    sentence = "A municipality key (AGS) has 8 digits and begins with 01 to 16."

    @classmethod
    def _normalise(cls, text: str) -> str:
        return text.replace(" ", "")

    @classmethod
    def _is_valid(cls, value: str) -> bool:
        return re.fullmatch(r"(0[1-9]|1[0-6])[0-9]{6}", value) is not None


class ServiceKey(Identifier):
    """Key of a German public service (LeiKa): 14 digits that begin with 99, also as URN."""

    __slots__ = ()
    code = "identifier.service_key_invalid"
    sentence = "A service key (LeiKa) has 14 digits and begins with 99."
    _URN: ClassVar[str] = "urn:de:fim:leika:leistung:"

    @classmethod
    def _normalise(cls, text: str) -> str:
        return text.removeprefix(cls._URN)

    @classmethod
    def _is_valid(cls, value: str) -> bool:
        return re.fullmatch(r"99[0-9]{12}", value) is not None

    @property
    def urn(self) -> str:
        """Return the key as the URN that FIM and FIT-Connect use."""
        return f"{self._URN}{self._value}"


class Kle(Identifier):
    """Danish classification of municipal tasks (KLE): `27`, `27.03`, `27.03.01` or `27.03.01 G01`."""

    __slots__ = ()
    code = "identifier.kle_invalid"
    sentence = "A KLE number looks like 27.03.01 or 27.03.01 G01."

    @classmethod
    def _normalise(cls, text: str) -> str:
        return re.sub(r"[ -]+", " ", text.upper())

    @classmethod
    def _is_valid(cls, value: str) -> bool:
        return re.fullmatch(r"[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}( [A-Z][0-9]{2})?)?)?", value) is not None
