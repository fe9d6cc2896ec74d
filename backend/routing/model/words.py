"""A decision in plain words: at most five sentences, once to read, once to hear, once on screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from backend.clocks import Deadline, Nature
from backend.routing.model.outcome import Outcome
from backend.routing.model.rules import NOT_REVIEWED
from backend.routing.model.vocabulary import Vocabulary

MOST_SENTENCES = 5
TV_LINES = 5
TV_WIDTH = 18
_REQUEST_WORDS = {"as_of": "来电的日子", "region": "地区"}


def explanation_of(result: Outcome, vocabulary: Vocabulary) -> tuple[str, ...]:
    """What to do first and why, what must come first, what is shut, what runs."""
    if not result.recommended:
        return ("现有情况下没有可走的渠道，请转人工。",)
    first = vocabulary.channels[result.recommended[0]].name
    because = f"：{_bare(result.reason)}" if result.reason else ""
    sentences = [f"建议先走{first}{because}。"]
    if result.precondition != "NONE":
        sentences.append(vocabulary.preconditions[result.precondition].notice)
    sentences += _deadline_sentences(result.deadlines)[:1]
    if result.blocked:
        code, reason = next(iter(result.blocked.items()))
        sentences.append(f"现在不能走{vocabulary.channels[code].name}：{reason}。")
    others = [vocabulary.channels[code].name for code in result.recommended[1:] + result.possible]
    if others:
        sentences.append(f"还可以选：{'、'.join(others[:4])}。")
    return tuple(sentences[:MOST_SENTENCES])


def undecided_words(
    missing: Sequence[str], invalid: Mapping[str, str], vocabulary: Vocabulary
) -> tuple[str, ...]:
    """What is missing or wrong when nothing can be decided."""
    sentences = []
    for code, reason in list(invalid.items())[:3]:
        fact = vocabulary.facts.get(code)
        name = fact.name if fact else _REQUEST_WORDS.get(code, code)
        sentences.append(f"{name}：{reason}。")
    for code in missing[: MOST_SENTENCES - 1 - len(sentences)]:
        sentences.append(vocabulary.facts[code].question)
    sentences.append("请先说清楚，再给您指路。")
    return tuple(sentences[:MOST_SENTENCES])


def spoken_of(sentences: Sequence[str]) -> str:
    """The sentences as they are said: days in words, no brackets."""
    text = "".join(sentences)
    return text.replace("（", "，").replace("）", "，").replace("，，", "，").replace("，。", "。")


def tv_of(result: Outcome, vocabulary: Vocabulary) -> tuple[str, ...]:
    """At most five short lines: where to go, the last day, what must come first."""
    lines = [f"先走：{vocabulary.channels[code].name}" for code in result.recommended[:1]]
    if result.precondition != "NONE":
        lines.append(f"必须：{vocabulary.preconditions[result.precondition].name}")
    for deadline in _citizens(result.deadlines)[:2]:
        mark = "已过" if deadline.expired else f"剩{deadline.days_left}天"
        lines.append(f"{deadline.due:%Y.%m.%d}止 {mark}")
    rest = [vocabulary.channels[code].name for code in result.recommended[1:] + result.possible]
    if rest:
        lines.append(f"也可：{rest[0]}")
    return tuple(line[:TV_WIDTH] for line in lines[:TV_LINES])


def _citizens(deadlines: Sequence[Deadline]) -> list[Deadline]:
    """The citizen's own deadlines, the nearest that still runs first."""
    own = [deadline for deadline in deadlines if deadline.nature is not Nature.AGENCY]
    return sorted(own or deadlines, key=lambda item: (item.expired, item.due))


def _deadline_sentences(deadlines: Sequence[Deadline]) -> list[str]:
    sentences = []
    for deadline in _citizens(deadlines):
        day = _date(deadline.due)
        note = "（日历未公布，先按较早的日子）" if deadline.provisional else ""
        if deadline.nature is Nature.WAIT:
            sentences.append(f"{deadline.name}的日子是{day}{note}。")
        elif deadline.expired:
            sentences.append(f"{deadline.name}的期限{day}已经过了{note}。")
        else:
            sentences.append(f"{deadline.name}最晚到{day}，还有{deadline.days_left}天{note}。")
    return sentences


def _date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _bare(sentence: str) -> str:
    return sentence.rstrip("。")


def review_words(record: Mapping[str, Any]) -> str:
    """What was checked of the rules behind a stored decision, and what was not."""
    lawyer = str(record.get("reviewed_by_lawyer") or NOT_REVIEWED)
    said = "尚未" if lawyer == NOT_REVIEWED else lawyer
    return f"所引法条已逐条核对：有这一条，当日有效；律师审核：{said}"
