"""What a short answer amounts to: yes or no, an amount, a day, one of several choices. Pure.

Each reader returns None for what it cannot read; the question is then asked again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_NUMBER = re.compile(r"[0-9零〇一二两三四五六七八九十百千万亿.,]+")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|.")
_COUNTED = re.compile(r"^十|[0-9一二两三四五六七八九]")
_TWO_DIGITS = re.compile(r"[一二两三四五六七八九]{2}")
# A number before one of these counts something else than money.
_OTHER_COUNTS = "个年天号日月人岁次周位户亩分毛星礼"
_SMALLEST_BARE = 10

_UNKNOWN = re.compile(
    r"不知道|不清楚|不太清楚|说不(?:清|准|上|好)|不好说|记不|忘|不确定|拿不准|不晓得|闹不清"
)
_QUESTION = re.compile(r"[?？]|吗$|怎么|咋(?:办|弄|整)|多少|多久|为啥|为什么|能不能|可不可以")
_NO = re.compile(
    r"^(?:没|不|无|否|未|哪有|从来没|压根没|早就?(?:走|不))"
    r"|没有|没写|没打|不是|并没|离职|辞职|不干了|不在(?:那|那儿|那里)|走了|被开除|被辞"
)
_YES = re.compile(
    r"^(?:是|有|对|嗯|好|行|要|愿意|同意|可以|中$|得|确实|当然|没错|就是|可不是|在|还在|都)"
    r"|还在|有的|是的|打了|写了"
)
_YES_FIRST = re.compile(r"^(?:没错|可不是|没问题)")

_RELATIVE_DAYS = {"今天": 0, "昨天": 1, "前天": 2, "大前天": 3, "今儿": 0, "昨儿": 1, "前儿": 2}
_YEARS_BACK = {"今年": 0, "去年": 1, "前年": 2}
_FULL_DAY = re.compile(
    r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(?:(\d{1,2})\s*[日号]?)?"
)
_MONTH_DAY = re.compile(r"(今年|去年|前年)?的?(\d{1,2})月(?:份)?(?:(\d{1,2})[日号]?)?")
_AGO = re.compile(r"(半|\d+)个?(天|星期|周|礼拜|月|年)(?:以|之)?前")
_LAST_MONTH = re.compile(r"上上?个?月(?:(\d{1,2})[日号])?")
_CHINESE_RUN = re.compile(r"[零〇一二两三四五六七八九十百]+(?=个?[年月日号天周星礼])")


def plain(text: str) -> str:
    """Full-width characters made narrow, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def is_question(text: str) -> bool:
    """Whether the words ask something instead of answering."""
    return bool(_QUESTION.search(plain(text).rstrip("。.!")))


def is_unknown(text: str) -> bool:
    """Whether the words say that the person does not know."""
    return bool(_UNKNOWN.search(plain(text)))


def read_yes(text: str) -> bool | None:
    """Yes or no."""
    words = plain(text)
    if _YES_FIRST.match(words):
        return True
    if _NO.search(words):
        return False
    return True if _YES.search(words) else None


def read_safe(text: str) -> bool | None:
    """The answer to "are you safe?" as "is there danger?": yes means safe."""
    words = plain(text)
    if re.search(r"没(?:有|什么)?危险|不危险", words):
        return False
    if re.search(r"不(?:太|怎么)?安全|危险|害怕|还在打|要打|躲", words):
        return True
    if "安全" in words:
        return False
    yes = read_yes(words)
    return None if yes is None else not yes


def read_amount(text: str) -> int | float | None:
    """An amount in yuan; the last one said counts: 不是两万，是两万五."""
    words = plain(text)
    found: int | float | None = None
    for match in _NUMBER.finditer(words):
        after = words[match.end() : match.end() + 1]
        value = _number(match.group().strip(".,"))
        if value is None or (after and after in _OTHER_COUNTS):
            continue
        if value >= _SMALLEST_BARE or after in ("元", "块"):
            found = value
    return found


def read_day(text: str, today: date) -> date | None:
    """A day that was; where only the month is known, its first day: the earlier, safe one."""
    words = _CHINESE_RUN.sub(lambda run: str(_number(run.group()) or run.group()), plain(text))
    full = _FULL_DAY.search(words)
    if full:
        return _day(int(full[1]), int(full[2]), int(full[3] or 1))
    for name, back in sorted(_RELATIVE_DAYS.items(), key=lambda item: -len(item[0])):
        if name in words:
            return today - timedelta(days=back)
    ago = _AGO.search(words)
    if ago:
        return _ago(today, ago[1], ago[2])
    last = _LAST_MONTH.search(words)
    if last:
        month = _months_back(today, 2 if "上上" in words else 1)
        return _day(month.year, month.month, int(last[1] or 1))
    named = _MONTH_DAY.search(words)
    if named:
        return _month_day(today, named)
    return None


def read_choice(text: str, patterns: Mapping[str, str]) -> str | None:
    """The first code whose pattern the words match."""
    words = plain(text)
    return next((code for code, pattern in patterns.items() if re.search(pattern, words)), None)


def _number(text: str) -> int | float | None:
    """A number in Arabic or Chinese numerals, or mixed, with what speech leaves out: 两万五."""
    if not _COUNTED.search(text) or _TWO_DIGITS.search(text):
        return None
    total = section = Decimal(0)
    number: Decimal | None = None
    unit, gap = 1, False
    for piece in _TOKEN.findall(text.replace(",", "")):
        if piece in _UNITS:
            size = _UNITS[piece]
            if size == _UNITS["亿"]:
                total, section = (total + section + (number or 0)) * size, Decimal(0)
            elif size == _UNITS["万"]:
                total, section = total + (section + (number or 0)) * size, Decimal(0)
            else:
                section += (1 if number is None else number) * size
            number, unit, gap = None, size, False
        elif piece in _DIGITS or piece[0].isdigit():
            gap = gap or piece in "零〇"
            number = Decimal(_DIGITS[piece]) if piece in _DIGITS else Decimal(piece)
        else:
            return None
    if number is not None and unit >= _UNITS["百"] and not gap and number < 10:
        number = number * unit / 10
    value = total + section + (number or 0)
    if number is None and unit == 1:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_day(today: date, named: re.Match[str]) -> date | None:
    back = _YEARS_BACK.get(named[1] or "", 0)
    day = _day(today.year - back, int(named[2]), int(named[3] or 1))
    if day is not None and named[1] is None and day > today:
        return _day(today.year - 1, int(named[2]), int(named[3] or 1))
    return day


def _ago(today: date, count: str, unit: str) -> date:
    if count == "半":
        return _months_back(today, 6) if unit == "年" else today - timedelta(days=15)
    number = int(count)
    if unit == "天":
        return today - timedelta(days=number)
    if unit in ("星期", "周", "礼拜"):
        return today - timedelta(weeks=number)
    return _months_back(today, number * (12 if unit == "年" else 1))


def _months_back(today: date, months: int) -> date:
    index = max(today.year * 12 + today.month - 1 - months, 12)
    year, month = divmod(index, 12)
    for day in range(today.day, 0, -1):
        found = _day(year, month + 1, day)
        if found is not None:
            return found
    raise AssertionError("every month has a first day")
