"""Questions without basis: personal words stripped, alike ones put together, ranked by how many."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from backend.kernel.clock import CHINA

ALIKE = 0.34
"""Least share of common words (Jaccard) by which two questions belong together."""

LONGEST = 400
_STRIPPED = "□"
_FAMILY = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡"
    "贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷"
    "钱汤尹黎易常武乔贺赖龚文包图乌"
)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[\w.+-]+@[\w-]+\.[\w.]+",
        r"https?://\S+",
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z0-9]{5,6}",
        r"\d{5,}[\dXx]?",
        r"(?<=我叫)[\u4e00-\u9fff]{2,4}?(?=[，,。\s是在今]|$)",
        r"(?<=名叫)[\u4e00-\u9fff]{2,4}?(?=[，,。\s是在的]|$)",
        r"(?<=姓名[：:])[\u4e00-\u9fff]{2,4}",
        rf"[{_FAMILY}][\u4e00-\u9fff]{{0,2}}(?=先生|女士|老师|师傅|经理|老板|主任|律师|大夫|医生)",
        rf"[{_FAMILY}]某[某\u4e00-\u9fff]?",
        r"[\u4e00-\u9fff]{2,8}(?:小区|花园|家园)(?:[\d一二三四五六七八九十]+号?楼)?",
        r"[\d一二三四五六七八九十]+号?楼(?:[\d一二三四五六七八九十]+单元)?(?:\d+室?)?",
    )
)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """One question nobody could answer. `words` are keyed hashes: they compare, nobody reads them.

    `text` is the stripped question; it stands sealed under the key of whoever asked.
    """

    message: str
    person: str
    text: str = field(repr=False)
    words: frozenset[str]
    week: str
    region: str
    matter: str
    reason: str
    at: datetime
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Questions that are alike; `first` stands for all."""

    first: Unanswered
    others: tuple[Unanswered, ...]

    @property
    def size(self) -> int:
        """How many asked."""
        return 1 + len(self.others)


def strip_personal(text: str) -> str:
    """Take out what points to a person: numbers, names that are said as such, addresses."""
    for pattern in _PATTERNS:
        text = pattern.sub(_STRIPPED, text)
    return text.strip()[:LONGEST]


def week_of(at: datetime) -> str:
    """The ISO week in China: 2026-W48."""
    year, week, _ = at.astimezone(CHINA).isocalendar()
    return f"{year}-W{week:02d}"


def week_days(week: str) -> tuple[date, date]:
    """Monday and Sunday of a week; raises ValueError for what is no week."""
    year, _, number = week.partition("-W")
    return date.fromisocalendar(int(year), int(number), 1), date.fromisocalendar(
        int(year), int(number), 7
    )


def cluster(questions: Sequence[Unanswered]) -> list[Cluster]:
    """Put alike questions together, the biggest group first, then the newest.

    Questions with many common words come first and gather the others around them.
    """
    common: Counter[str] = Counter(word for one in questions for word in one.words)
    ordered = sorted(
        questions, key=lambda one: (-sum(common[word] for word in one.words), one.at, one.message)
    )
    groups: list[list[Unanswered]] = []
    for one in ordered:
        best = max(groups, key=lambda group: _alike(group[0], one), default=None)
        if best is not None and _alike(best[0], one) >= ALIKE:
            best.append(one)
        else:
            groups.append([one])
    made = [Cluster(group[0], tuple(group[1:])) for group in groups]
    return sorted(made, key=lambda group: (-group.size, group.first.at, group.first.message))


def _alike(left: Unanswered, right: Unanswered) -> float:
    union = len(left.words | right.words)
    return len(left.words & right.words) / union if union else 0.0
