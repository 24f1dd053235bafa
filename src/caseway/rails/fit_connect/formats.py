"""The formats that metadata may hold, asserted: what JSON Schema leaves to whoever validates.

Each is anchored at both ends and ASCII only, a little narrower than the standards allow (no address
literals, no leap seconds), never wider.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

_HEX = "[0-9a-fA-F]"
_PCT = f"%{_HEX}{{2}}"
_UNRESERVED = r"[A-Za-z0-9._~-]"
_SUB = r"[!$&'()*+,;=]"
_CHARACTER = rf"(?:{_UNRESERVED}|{_PCT}|{_SUB}|[:@])"
_HOST = rf"(?:{_UNRESERVED}|{_PCT}|{_SUB})*"
_AUTHORITY = rf"(?:(?:{_UNRESERVED}|{_PCT}|{_SUB}|:)*@)?{_HOST}(?::[0-9]{{0,5}})?"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"

URI = (  # RFC 3986
    rf"^[A-Za-z][A-Za-z0-9+.-]*:(?://{_AUTHORITY}(?:/{_CHARACTER}*)*"
    rf"|/(?:{_CHARACTER}+(?:/{_CHARACTER}*)*)?|{_CHARACTER}+(?:/{_CHARACTER}*)*)?"
    rf"(?:\?(?:{_CHARACTER}|[/?])*)?(?:#(?:{_CHARACTER}|[/?])*)?$"
)
EMAIL = rf"^{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+$"  # RFC 5321, dot-string at a domain
UUID = rf"^{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}$"  # RFC 9562

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(  # RFC 3339
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)


def _calendar_date(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise ValueError("no date")
    date.fromisoformat(text)
    return text


def _moment(text: str) -> str:
    if not _MOMENT.fullmatch(text):
        raise ValueError("no moment")
    datetime.fromisoformat(text)
    return text


def _mailbox(text: str) -> str:
    if text.index("@") > 64:  # RFC 5321 §4.5.3.1.1
        raise ValueError("the part before @ is too long")
    return text


def _cents(amount: float) -> float:
    if Decimal(repr(amount)) % Decimal("0.01"):
        raise ValueError("no amount in cents")
    return amount


Uri: TypeAlias = Annotated[str, Field(pattern=URI)]
Email: TypeAlias = Annotated[str, Field(pattern=EMAIL, max_length=254), AfterValidator(_mailbox)]
Uuid: TypeAlias = Annotated[str, Field(pattern=UUID)]
Date: TypeAlias = Annotated[str, AfterValidator(_calendar_date)]
Moment: TypeAlias = Annotated[str, AfterValidator(_moment)]
Amount: TypeAlias = Annotated[float, Field(ge=0.01, le=1e12, allow_inf_nan=False), AfterValidator(_cents)]
