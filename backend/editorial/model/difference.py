"""The difference of two texts of an entry, field by field and line by line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

FIELD_NAMES = {
    "title": "标题",
    "matter": "事项",
    "kind": "种类",
    "answer": "答复",
    "steps": "步骤",
    "bring": "要带的材料",
    "body": "去哪里办",
    "time": "时限",
    "cost": "费用",
    "citations": "引用法条",
    "clocks": "时限代码",
    "questions": "问法",
    "terms": "关键词",
    "spoken": "电话里怎么说",
    "tv": "电视上怎么写",
    "chat": "聊天里怎么写",
    "script": "坐席话术",
    "followups": "追问",
    "mongolian": "蒙古文",
    "region": "适用地区",
    "valid_from": "生效日",
    "valid_to": "失效日",
    "review_due": "复核日",
    "status": "状态",
    "checked": "核对",
    "reviewed_by_lawyer": "律师审核",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a difference: `kept`, `gone` or `new`, and its words in runs.

    A run is (changed, text): where a line took the place of a similar one, the changed runs
    show which words differ.
    """

    kind: Literal["kept", "gone", "new"]
    runs: tuple[tuple[bool, str], ...]

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(words for _, words in self.runs)


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field that differs, under its Chinese name."""

    field: str
    name: str
    lines: tuple[Line, ...]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldDifference]:
    """The fields that differ, in the order of the form; empty when the texts are the same."""
    order = [*FIELD_NAMES, *(name for name in (*old, *new) if name not in FIELD_NAMES)]
    found = []
    for name in dict.fromkeys(order):
        before, after = lines_of(old.get(name)), lines_of(new.get(name))
        if before != after:
            lines = tuple(_compare(before, after))
            found.append(FieldDifference(name, FIELD_NAMES.get(name, name), lines))
    return found


def lines_of(value: Any) -> list[str]:
    """A field as lines a person can read: a citation as 《法》条, a question with its style."""
    if value in (None, "", [], ()):
        return []
    if isinstance(value, str):
        return value.splitlines()
    if isinstance(value, Sequence):
        return [line for item in value for line in _item(item)]
    return [str(value)]


def _item(item: Any) -> list[str]:
    if isinstance(item, Mapping):
        if "law" in item:
            return [f"《{item['law']}》{item['article']}"]
        if "q" in item:
            return [str(item["q"])]
    return [str(item)]


def _compare(before: list[str], after: list[str]) -> list[Line]:
    lines: list[Line] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            lines += [Line("kept", ((False, text),)) for text in before[i1:i2]]
            continue
        gone, new = before[i1:i2], after[j1:j2]
        for place in range(max(len(gone), len(new))):
            if place < len(gone) and place < len(new):
                lines += _words(gone[place], new[place])
            elif place < len(gone):
                lines.append(Line("gone", ((True, gone[place]),)))
            else:
                lines.append(Line("new", ((True, new[place]),)))
    return lines


def _words(old: str, new: str) -> list[Line]:
    left: list[tuple[bool, str]] = []
    right: list[tuple[bool, str]] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if old[i1:i2]:
            left.append((tag != "equal", old[i1:i2]))
        if new[j1:j2]:
            right.append((tag != "equal", new[j1:j2]))
    return [Line("gone", tuple(left)), Line("new", tuple(right))]
