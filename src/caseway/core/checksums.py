"""The check digits of the numbers that authorities give to persons. Pure arithmetic on strings of digits."""

from __future__ import annotations


def is_bsn(digits: str) -> bool:
    """Tell whether nine digits pass the eleven-test of the Dutch citizen service number (BSN).

    The last digit weighs -1 (Logisch Ontwerp GBA, `elfproef`). Nine zeros are nobody.
    """
    if len(digits) != 9 or not _ascii_digits(digits) or digits == "000000000":
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0


def is_cpr_date(digits: str) -> bool:
    """Tell whether ten digits begin with a day and month, as a Danish personal number (CPR) does.

    The modulus 11 test is not used: numbers without it are given since 2007. Replacement numbers add 60 to
    the day.
    """
    if len(digits) != 10 or not _ascii_digits(digits):
        return False
    day, month = int(digits[:2]), int(digits[2:4])
    return 1 <= (day - 60 if day > 60 else day) <= 31 and 1 <= month <= 12


def is_tax_id(digits: str) -> bool:
    """Tell whether eleven digits carry the check digit of the German tax id (ISO/IEC 7064, MOD 11,10)."""
    if len(digits) != 11 or not _ascii_digits(digits) or digits == "00000000000":
        return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def _ascii_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
