"""Chinese numerals of article numbers, as people write and say them."""

from __future__ import annotations

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "○": 0,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}

NUMERAL = r"(?:[0-9]+|[零〇○一二三四五六七八九十百千两]+)"


def parse_numeral(text: str) -> int | None:
    """Read 1043, 一千零四十三, 一零四三, 一百零3; None if it is no number."""
    if not text:
        return None
    if text.isdecimal():
        return int(text) if len(text) <= 5 else None
    if not any(char in _UNITS for char in text):
        digits = [_DIGITS.get(char) for char in text]
        if any(digit is None for digit in digits) or len(digits) > 5:
            return None
        return int("".join(str(digit) for digit in digits))
    total = 0
    current = 0
    for char in text:
        if char in _DIGITS:
            current = _DIGITS[char]
        elif char in _UNITS:
            total += (current or 1) * _UNITS[char]
            current = 0
        else:
            return None
    return total + current
