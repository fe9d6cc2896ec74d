"""What a screen shows of an answer, a decision, a case: lines that fit, pages that turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.resolution.progress import Told
from backend.web.pages import china_time, chinese_date
from knowledge.model import Answer
from knowledge.rendering import tv_pages
from knowledge.rendering.cutting import wrap

LINES = 5
WIDTH = 18


@dataclass(frozen=True, slots=True)
class PageOfLines:
    """One screen of text: its lines, which page it is, of how many."""

    lines: tuple[str, ...]
    number: int
    count: int

    @property
    def first(self) -> bool:
        """Whether there is no page before."""
        return self.number <= 1

    @property
    def last(self) -> bool:
        """Whether there is no page after."""
        return self.number >= self.count


def page(pages: Sequence[Sequence[str]], number: int) -> PageOfLines:
    """One page of several; a number out of range shows the nearest."""
    at = min(max(number, 1), len(pages))
    return PageOfLines(tuple(pages[at - 1]), at, len(pages))


def answer_pages(answer: Answer | None) -> tuple[tuple[str, ...], ...]:
    """The answer as pages; one without basis says so, and offers a person."""
    if answer is None:
        return (("这句话没有听明白。", "请返回换一个问题，", "或按 9 找工作人员。"),)
    if answer.basis == "found":
        return tv_pages(answer)
    return (("这个问题没有查到可靠依据，", "我们不乱说。", "按 9 找工作人员问一问。"),)


def danger_lines(answer: Answer | None) -> tuple[str, ...]:
    """What must be read first, in three lines at most, and what to press."""
    said = cut(answer.first)[0][: LINES - 2] if answer is not None and answer.first else ()
    return (
        *(said or ("有人正在伤害您，请马上打 110。",)),
        "我们已经在为您找工作人员。",
        "按 9 视频或留电话，按 0 离开。",
    )


def cut(text: str) -> tuple[tuple[str, ...], ...]:
    """Cut words into pages of five lines of eighteen characters."""
    lines = _fold(text) or [""]
    return tuple(tuple(lines[at : at + LINES]) for at in range(0, len(lines), LINES))


def case_lines(told: Told) -> tuple[str, ...]:
    """Where a case is, in at most five lines."""
    lines = [told.now]
    if told.move:
        lines.append(f"该{told.move}行动")
    if told.next:
        lines.append(f"接下来：{told.next}")
    if told.by is not None:
        lines.append(f"最晚：{chinese_date(told.by)}")
    elif told.timeline:
        last = told.timeline[-1]
        lines.append(f"{china_time(last.at)} {last.text}")
    return tuple(line for text in lines for line in _fold(text))[:LINES]


def _fold(text: str) -> list[str]:
    """Lines that fit; a number such as 110 is never cut in two."""
    lines: list[str] = []
    rest = text.strip()
    while rest:
        line = wrap(rest, WIDTH)[0]
        follows = rest[len(line) : len(line) + 1]
        kept = line.rstrip("0123456789")
        if follows.isdecimal() and kept and kept != line:
            line = kept
        lines.append(line)
        rest = rest[len(line) :].strip()
    return lines
