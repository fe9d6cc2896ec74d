"""What editors fill in: an entry as a form of lines, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from backend.kernel.errors import Invalid

STYLE_NAMES = {
    "plain": "平常",
    "dialect": "方言",
    "half": "半句",
    "asr": "语音",
    "story": "长话",
    "where": "去哪",
}
KIND_NAMES = {
    "procedure": "办事步骤",
    "rights": "权利义务",
    "bring": "要带什么",
    "time": "时限",
    "cost": "费用",
    "body": "找哪个机构",
    "say": "怎么说",
    "document": "文书",
}
_STYLES = {name: code for code, name in STYLE_NAMES.items()}
_CITATION = re.compile(r"《(?P<law>[^》]+)》\s*(?P<article>第\S+条(?:之[一二三四五六七八九十]+)?)")
_LINES = ("steps", "bring", "clocks", "terms", "tv", "followups", "region")
_TEXTS = ("answer", "body", "time", "cost", "spoken", "chat", "script", "mongolian")
_DATES = ("valid_from", "valid_to", "review_due")


class EntryForm(BaseModel):
    """One entry as it is typed: lists stand one item a line."""

    title: str = Field(max_length=200)
    matter: str = Field(default="", max_length=4)
    kind: str = Field(default="procedure", max_length=20)
    region: str = Field(default="*", max_length=2_000)
    valid_from: str = Field(default="", max_length=10)
    valid_to: str = Field(default="", max_length=10)
    review_due: str = Field(default="", max_length=10)
    answer: str = Field(default="", max_length=4_000)
    steps: str = Field(default="", max_length=4_000)
    bring: str = Field(default="", max_length=4_000)
    body: str = Field(default="", max_length=400)
    time: str = Field(default="", max_length=400)
    cost: str = Field(default="", max_length=400)
    clocks: str = Field(default="", max_length=1_000)
    citations: str = Field(default="", max_length=4_000)
    terms: str = Field(default="", max_length=2_000)
    questions: str = Field(default="", max_length=20_000)
    spoken: str = Field(default="", max_length=1_000)
    tv: str = Field(default="", max_length=1_000)
    chat: str = Field(default="", max_length=1_000)
    script: str = Field(default="", max_length=2_000)
    followups: str = Field(default="", max_length=1_000)
    mongolian: str = Field(default="", max_length=4_000)
    note: str = Field(default="", max_length=400)


def to_body(form: EntryForm) -> dict[str, Any]:
    """The form as an entry's plain data; raises `Invalid` naming the line that is wrong."""
    body: dict[str, Any] = {"title": form.title.strip(), "kind": form.kind}
    if form.matter:
        body["matter"] = form.matter
    for name in _LINES:
        body[name] = _lines(getattr(form, name))
    for name in _TEXTS:
        body[name] = getattr(form, name).replace("\r\n", "\n").strip()
    for name in _DATES:
        body[name] = _day(name, getattr(form, name))
    body["citations"] = [_citation(line) for line in _lines(form.citations)]
    body["questions"] = [_question(line) for line in _lines(form.questions)]
    return body


def to_form(body: Mapping[str, Any]) -> dict[str, str]:
    """An entry's plain data as the form shows it."""
    shown = {name: str(body.get(name) or "") for name in ("title", "matter", *_TEXTS, *_DATES)}
    shown["kind"] = str(body.get("kind") or "procedure")
    for name in _LINES:
        shown[name] = "\n".join(map(str, body.get(name) or ()))
    shown["citations"] = "\n".join(
        f"《{one['law']}》{one['article']}" for one in body.get("citations") or ()
    )
    shown["questions"] = "\n".join(
        f"{STYLE_NAMES.get(one['style'], one['style'])}：{one['q']}"
        for one in body.get("questions") or ()
    )
    return shown


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _day(name: str, text: str) -> str | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise Invalid(f"日期“{text}”读不懂，请写成 2026-03-05。", where=name) from error


def _citation(line: str) -> dict[str, str]:
    found = _CITATION.fullmatch(line)
    if found is None:
        raise Invalid(
            f"引用“{line}”读不懂，请写成《民法典》第一千零四十三条，一行一条。", where="citations"
        )
    return {"law": found["law"], "article": found["article"]}


def _question(line: str) -> dict[str, str]:
    style, colon, words = line.partition("：")
    if colon and style in _STYLES and words.strip():
        return {"q": words.strip(), "style": _STYLES[style]}
    return {"q": line, "style": "plain"}
