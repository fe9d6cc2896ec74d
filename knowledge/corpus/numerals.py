"""Chinese numerals and the numbers of articles: 一千零四十三 is 1043, 第十七条之一 is (17, 1)."""

from __future__ import annotations

import re
from typing import NamedTuple

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": 0, "○": 0, "Ｏ": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5}
_DIGITS |= {"陆": 6, "柒": 7, "捌": 8, "玖": 9}
_UNITS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_SMALL_UNITS = ("", "十", "百", "千")
_CHARS = "一二三四五六七八九"
LARGEST = 99_999_999

NUMERAL = r"(?:[0-9０-９]+|[零〇○一二三四五六七八九十百千万两]+)"
"""A pattern for one number in Chinese or Arabic digits."""

_ARTICLE = re.compile(
    rf"^第?\s*(?P<order>{NUMERAL})\s*条?\s*(?:(?:之|[-－—·.])\s*(?P<suffix>{NUMERAL}))?\s*条?$"
)


class ArticleNumber(NamedTuple):
    """The number of an article: `order`, and the N of 之N as `suffix` (0 where there is none)."""

    order: int
    suffix: int = 0


def to_int(text: str) -> int | None:
    """Read a number written in Chinese or Arabic digits; None when it is not one.

    一千零四十三, 1043, １０４３, 一〇四三, 十, 两百 are all read; so is 一百八 as 108, never 180,
    because numbers of articles are not shortened.
    """
    text = text.strip()
    if not text:
        return None
    if text.isdecimal():
        return int(text) if len(text) <= 8 else None
    if all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text)) if len(text) <= 8 else None
    high, separator, low = text.partition("万")
    if separator:
        above, below = _below_ten_thousand(high), _below_ten_thousand(low) if low else 0
        return None if above is None or below is None else above * 10_000 + below
    return _below_ten_thousand(text)


def to_chinese(number: int) -> str:
    """Write a number as the numbers of articles are printed: 10 is 十, 1043 is 一千零四十三.

    Raises ValueError below 0 and above 99,999,999.
    """
    if not 0 <= number <= LARGEST:
        raise ValueError(f"{number} is not between 0 and {LARGEST}")
    if number == 0:
        return "零"
    high, low = divmod(number, 10_000)
    if not high:
        return _group(low).removeprefix("一") if 10 <= low < 20 else _group(low)
    head = to_chinese(high) + "万"
    if not low:
        return head
    return head + ("零" if low < 1000 else "") + _group(low)


def article_number(text: str | int) -> ArticleNumber | None:
    """Read the number of an article: 第十七条之一, 17, '17-1', 条目三; None when it is none."""
    if isinstance(text, int):
        return ArticleNumber(text) if text > 0 else None
    match = _ARTICLE.match(text.strip().removeprefix("条目"))
    if match is None:
        return None
    order = to_int(match["order"])
    suffix = to_int(match["suffix"]) if match["suffix"] else 0
    return ArticleNumber(order, suffix) if order and suffix is not None else None


def printed(order: int, suffix: int = 0) -> str:
    """Write the number of an article as laws print it: 第十七条之一."""
    return f"第{to_chinese(order)}条" + (f"之{to_chinese(suffix)}" if suffix else "")


def _below_ten_thousand(text: str) -> int | None:
    """Read 一千零四十三; every digit but the last must be followed by its unit."""
    total, digit, last_unit = 0, None, 10_000
    for char in text:
        if char in _UNITS:
            unit = _UNITS[char]
            if unit >= last_unit or (digit is None and unit > 10):
                return None
            total += (1 if digit is None else digit) * unit
            digit, last_unit = None, unit
        elif char in _DIGITS:
            if digit not in {None, 0}:
                return None
            digit = _DIGITS[char]
        else:
            return None
    return total + (digit or 0)


def _group(number: int) -> str:
    """Write 1 to 9999 with its units: 1043 is 一千零四十三, 10 is 一十."""
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit == 0:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + _CHARS[digit - 1] + _SMALL_UNITS[place]
        gap = False
    return words
