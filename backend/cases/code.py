"""The case code (一案一码): ten digits, said as 3-3-4, with a Damm check digit.

Year (2), random (7), check (1). The Damm digit finds every single wrong digit and every swap of
neighbours, which are the errors people make when they say or type a number.
"""

from __future__ import annotations

import secrets
import unicodedata

# Damm's quasigroup of order 10 (H. M. Damm, 2004).
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
LENGTH = 10


def check_digit(digits: str) -> str:
    """The Damm digit of a string of digits."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return str(interim)


def new_code(year: int) -> str:
    """A new code for a year; whether it is taken is for the database to say."""
    digits = f"{year % 100:02d}{secrets.randbelow(10**7):07d}"
    return digits + check_digit(digits)


def read_code(text: str) -> str | None:
    """The code in what someone typed or said, or None when it is not one.

    Spaces, dashes and full-width digits are forgiven; a wrong check digit is not.
    """
    digits = "".join(
        str(unicodedata.digit(char)) for char in text if unicodedata.digit(char, None) is not None
    )
    if len(digits) != LENGTH or check_digit(digits) != "0":
        return None
    return digits
