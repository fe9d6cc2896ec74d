"""Saying numbers as words, for answers that are heard."""

from __future__ import annotations

import re

_DIGITS = "零一二三四五六七八九"
_TELEPHONE_DIGITS = "零幺二三四五六七八九"
_SMALL_UNITS = ("", "十", "百", "千")
_LARGE_UNITS = ("", "万", "亿", "万亿")

_DATE = re.compile(r"(\d{4})[-年/.](\d{1,2})[-月/.](\d{1,2})日?")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?=年)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")
_DECIMAL = re.compile(r"\d[\d,]*\.\d+")
_INTEGER = re.compile(r"\d[\d,]*")
# Numbers of hotlines are said digit by digit; 1 is said yao.
_HOTLINE = re.compile(
    r"(?<!\d)(?:1[12]\d|12[0-9]{3}|9[56][0-9]{3}|1\d{10}|0\d{2,3}-?\d{7,8})(?![\d.,]|[元万个天日年月条人岁%％])"
)


def say_integer(value: int) -> str:
    """Say a whole number from 0 up to the trillions: 10050 is 一万零五十."""
    if value == 0:
        return "零"
    groups: list[int] = []
    while value:
        groups.append(value % 10000)
        value //= 10000
    said = ""
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if group == 0:
            if said and not said.endswith("零"):
                said += "零"
            continue
        if said and group < 1000 and not said.endswith("零"):
            said += "零"
        said += _say_group(group) + _LARGE_UNITS[place]
    said = said.rstrip("零")
    return said[1:] if said.startswith("一十") else said


def _say_group(value: int) -> str:
    said = ""
    for place in range(3, -1, -1):
        digit = value // 10**place % 10
        if digit:
            said += _DIGITS[digit] + _SMALL_UNITS[place]
        elif said and value % 10**place and not said.endswith("零"):
            said += "零"
    return said


def say_numbers(text: str) -> str:
    """Replace every number written in digits by the words a person would say."""
    text = _DATE.sub(
        lambda m: f"{_digits(m[1])}年{say_integer(int(m[2]))}月{say_integer(int(m[3]))}日", text
    )
    text = _YEAR.sub(lambda m: _digits(m[1]), text)
    text = _HOTLINE.sub(lambda m: _digits(m[0].replace("-", ""), _TELEPHONE_DIGITS), text)
    text = _PERCENT.sub(lambda m: f"百分之{_say_decimal(m[1])}", text)
    text = _DECIMAL.sub(lambda m: _say_decimal(m[0]), text)
    return _INTEGER.sub(lambda m: _say_whole(m[0]), text)


def _say_decimal(text: str) -> str:
    whole, _, fraction = text.replace(",", "").partition(".")
    said = say_integer(int(whole))
    return f"{said}点{_digits(fraction)}" if fraction else said


def _say_whole(text: str) -> str:
    plain = text.replace(",", "")
    long_or_code = len(plain) > 12 or (plain.startswith("0") and len(plain) > 1)
    return _digits(plain) if long_or_code else say_integer(int(plain))


def _digits(text: str, names: str = _DIGITS) -> str:
    return "".join(names[int(char)] for char in text if char.isdecimal())
