"""Money and days as people say them in Chinese, relative to a day. Pure; never a guess unsaid.

What cannot be told for sure is returned with a doubt in words, for whoever confirms it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "俩": 2,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMBER = r"[0-9]+(?:\.[0-9]+)?[万千百亿]?[0-9]?|[零〇一二两三四五六七八九十百千万亿]+"
_MONEY = re.compile(
    rf"(?P<low>{_NUMBER})(?:(?:到|至|～|~|-|—)(?P<high>{_NUMBER}))?"
    r"(?P<about>多|来|几|左右|上下)?(?P<unit>块钱|块|元钱|元|人民币|钱)?(?P<half>五|半)?"
)
_RANGE_WORD = re.compile(r"^[一二两三四五六七八九]{2}[十百千万]$")
_OWED = re.compile(
    r"(欠|借|赔|罚|押金|定金|货款|工程款|损失|花了|骗|补偿|彩礼|交了|垫)[^，。；！？、]{0,6}$"
)
_EVERY = re.compile(
    r"(每个?月|一个?月|月薪|月工资|每天|一天|日薪|每人|时薪|每年|一年)[^，。；！？]{0,4}$"
)
_NOT_MONEY = re.compile(
    r"^(个|年|月|天|日|号|人|次|岁|点|分|楼|层|路|栋|室|亩|周|星期|口|成|倍|只|头|章|条|级)"
)
_ABOUT = "只说了大约的数"


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in yuan. `doubt` is empty when it was said plainly; `value` None when there is none."""

    value: float | None
    heard: str
    at: int
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day. Where only a month or a rough time was said `doubt` tells how the day was taken."""

    value: date | None
    heard: str
    at: int
    doubt: str = ""


def number(text: str) -> float | None:
    """A number in digits or Chinese: 两万三 is 23000, 1.5万 is 15000; None when it is none."""
    if not text:
        return None
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([万千百亿]?)([0-9]?)", text)
    if found:
        unit = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 10**8}[found[2]]
        tail = int(found[3]) * unit / 10 if found[3] and found[2] else 0
        return round(float(found[1]) * unit + tail, 2)
    for big, size in (("亿", 10**8), ("万", 10_000)):
        if big in text:
            above, _, below = text.partition(big)
            return _around(above, below, size)
    return _small(text)


def _around(head: str, tail: str, size: int) -> float | None:
    above = number(head) if head else None
    if above is None:
        return None
    if len(tail) == 1 and tail in _DIGITS:
        return above * size + _DIGITS[tail] * size / 10
    below = number(tail.lstrip("零〇")) if tail else 0
    return None if below is None else above * size + below


def _small(text: str) -> float | None:
    if all(char in _DIGITS for char in text):
        return float("".join(str(_DIGITS[char]) for char in text))
    total, digit, last = 0, None, 1
    for char in text:
        if char in _UNITS:
            if digit is None and total:
                return None
            total += (1 if digit is None else digit) * _UNITS[char]
            digit, last = None, _UNITS[char]
        elif char in _DIGITS and (digit is None or digit == 0):
            digit = _DIGITS[char]
            last = 10 if digit == 0 else last
        else:
            return None
    if digit:
        total += digit * (last // 10 if last > 1 and text[-2:-1] not in ("零", "〇") else 1)
    return float(total)


def money_in(text: str) -> Iterator[Money]:
    """Every sum in a sentence: with a unit, or said of what is owed, paid or lost."""
    for found in _MONEY.finditer(text):
        before, after = text[: found.start()], text[found.end() :]
        if not found["unit"] and (
            _NOT_MONEY.match(after) or not _OWED.search(before) or _is_small(found["low"])
        ):
            continue
        if before[-1:] == "第" or after[:1] == "月":
            continue
        yield _money(found, before)


def _is_small(text: str) -> bool:
    value = number(text)
    return value is not None and value < 100 and "万" not in text


def _money(found: re.Match[str], before: str) -> Money:
    heard, at = found[0], found.start()
    low, high = number(found["low"]), number(found["high"] or "")
    if high is not None or _RANGE_WORD.match(found["low"]):
        return Money(None, heard, at, f"说了一个范围“{heard}”，请问清是多少")
    if low is None:
        return Money(None, heard, at, f"“{heard}”没有听清是多少")
    if _EVERY.search(before):
        return Money(None, heard, at, f"“{heard}”是每期的数，不是总数，请问清一共多少")
    if found["half"] and found["unit"] == "块":
        low += 0.5
    return Money(low, heard, at, _ABOUT if found["about"] else "")


_FULL = re.compile(
    r"(?P<year>[0-9]{4}|[二一][零〇一二三四五六七八九]{3}|今年|去年|前年|大前年)?年?的?"
    r"(?P<month>[0-9]{1,2}|十[一二]?|[一二三四五六七八九])(?:月份|月)"
    r"(?:(?P<day>[0-9]{1,2}|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?:日|号)?)?"
    r"(?P<part>初|中旬|上旬|下旬|底|末)?"
)
_ISO = re.compile(r"(?P<year>[0-9]{4})[-./](?P<month>[0-9]{1,2})[-./](?P<day>[0-9]{1,2})")
_WORDS = {"大前天": 3, "前天": 2, "昨天": 1, "昨晚": 1, "今天": 0, "今早": 0, "刚才": 0}
_AGO = re.compile(
    r"(?P<many>半|[0-9]+|[一二两三四五六七八九十]+)个?(?P<unit>天|周|星期|礼拜|月|年)(?:之|以)?前"
)
_LOOSE = re.compile(
    r"上个?月|上个?(?:周|星期|礼拜)|去年|前年|年底|年初|月底|前几天|前段时间|前阵子|好多年前"
)
_UNTIL = re.compile(r"^(?:份)?(?:开始)?(?:一直)?(?:干|做|住|租)?(?:到|至)")


def days_in(text: str, today: date) -> Iterator[Day]:
    """Every day said in a sentence, the year left out taken as the latest that is not ahead."""
    taken: list[tuple[int, int]] = []

    def free(found: re.Match[str]) -> bool:
        if any(found.start() < end and start < found.end() for start, end in taken):
            return False
        taken.append(found.span())
        return True

    for found in _ISO.finditer(text):
        if free(found):
            yield _dated(found, int(found["year"]), int(found["month"]), int(found["day"]), today)
    for found in _FULL.finditer(text):
        if free(found):
            yield _said(found, text, today)
    for word, back in _WORDS.items():
        for found in re.finditer(word, text):
            if free(found):
                yield Day(today - timedelta(days=back), word, found.start())
    for found in _AGO.finditer(text):
        if free(found):
            yield _ago(found, today)
    for found in _LOOSE.finditer(text):
        if free(found):
            heard = found[0]
            yield Day(None, heard, found.start(), f"只说了“{heard}”，请问清是哪一天")


def _said(found: re.Match[str], text: str, today: date) -> Day:
    month = number(found["month"])
    year = _year(found["year"] or "", today)
    heard, at = found[0], found.start()
    if _UNTIL.match(text[found.end() :]) or text[at - 1 : at] in ("到", "至"):
        return Day(None, heard, at, f"“{heard}”是一段时间的一头，请问清是哪一天")
    if month is None or not 1 <= month <= 12:
        return Day(None, heard, at, f"“{heard}”不是一个月份")
    day = number(found["day"] or "")
    if year is None:
        year = today.year
        if (int(month), int(day or 1)) > (today.month, today.day):
            year -= 1
    if day is not None:
        return _dated(found, year, int(month), int(day), today)
    first = date(year, int(month), 1)
    if first > today:
        return Day(None, heard, at, f"“{heard}”还没有到")
    doubt = f"只说了{year}年{int(month)}月，先按最早的一天算，请问清是哪一天"
    return Day(first, heard, at, doubt)


def _dated(found: re.Match[str], year: int, month: int, day: int, today: date) -> Day:
    heard, at = found[0], found.start()
    sound = year >= 1949 and 1 <= month <= 12 and 1 <= day <= monthrange(max(year, 1), month)[1]
    if not sound:
        return Day(None, heard, at, f"“{heard}”不是一个日期")
    value = date(year, month, day)
    if value > today:
        return Day(None, heard, at, f"“{heard}”还没有到")
    return Day(value, heard, at)


def _year(text: str, today: date) -> int | None:
    words = {"今年": 0, "去年": 1, "前年": 2, "大前年": 3}
    if text in words:
        return today.year - words[text]
    value = number(text)
    return None if value is None else int(value)


def _ago(found: re.Match[str], today: date) -> Day:
    heard, at, unit = found[0], found.start(), found["unit"]
    many = 0.5 if found["many"] == "半" else number(found["many"])
    if many is None:
        return Day(None, heard, at, f"“{heard}”没有听清是多久")
    if unit == "天" and many >= 1:
        return Day(today - timedelta(days=int(many)), heard, at)
    length = {"天": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "年": 365}[unit]
    back = today - timedelta(days=round(many * length))
    return Day(back, heard, at, f"只说了“{heard}”，按天数倒推，请问清是哪一天")
