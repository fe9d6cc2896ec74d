"""What a paper is: a template as data, the paper it becomes, and the record of a stored one.

The layout follows GB/T 9704-2012 (format of official documents): title, addressee, body, issuer
and date at the lower right where the seal is put.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from backend.kernel.errors import Invalid, WrongSetting

BLANK = "＿＿＿＿＿＿"
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_PLACE = re.compile(r"\{([a-z_]+)\}")
# In this order, because an `each` has a `text` too.
_BLOCK_KINDS = ("each", "rows", "heading", "sign", "text")
_LONGEST_VALUE = 4_000


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a template: `text`, `heading`, `rows` (label and value), `each` item of a list, or
    `sign` (a line to sign on).
    """

    kind: str
    text: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    over: str = ""

    def places(self) -> frozenset[str]:
        """The names it wants filled."""
        texts = [self.text, *(value for _, value in self.rows)]
        named = {name for text in texts for name in _PLACE.findall(text)}
        return frozenset({self.over} if self.kind == "each" else named)


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of paper. `needs` must have a value; other places are left blank to write on.

    `sealed` says whether the issuer puts a seal; `short` is the word in its number.
    """

    code: str
    title: str
    short: str
    to: str
    blocks: tuple[Block, ...]
    needs: frozenset[str]
    sealed: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """A filled template, ready to print."""

    template: str
    title: str
    number: str
    to: str
    blocks: tuple[Block, ...]
    issuer: str
    day: date
    sealed: bool

    def words(self) -> str:
        """Everything on it, for search and for tests."""
        parts = [self.title, self.number, self.to]
        for block in self.blocks:
            parts += [block.text, *(f"{label}：{value}" for label, value in block.rows)]
        return "\n".join(part for part in [*parts, self.issuer, chinese_day(self.day)] if part)


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A paper on record. `digest` is the SHA-256 of the stored (sealed) bytes, its file name."""

    id: str
    case: str
    person: str
    template: str
    title: str
    number: str
    format: str
    digest: str
    size: int
    made_at: datetime
    made_by: str

    @property
    def file_name(self) -> str:
        """How a browser saves it; nothing personal stands in it."""
        return f"{self.title}-{self.number}.{self.format}"


def chinese_day(day: date) -> str:
    """2026年3月5日, without leading zeros (GB/T 9704)."""
    return f"{day.year}年{day.month}月{day.day}日"


def digest_of(content: bytes) -> str:
    """The content hash, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def read_template(code: str, data: Mapping[str, Any]) -> Template:
    """A template from its data; raises `WrongSetting` that names template and block."""
    blocks = []
    for index, raw in enumerate(data.get("blocks", ()), start=1):
        kind = next((name for name in _BLOCK_KINDS if name in raw), "")
        if not kind:
            raise WrongSetting(f"文书模板 {code} 第{index}段没有写明种类。", where=code)
        if kind == "rows":
            block = Block("rows", rows=tuple((str(a), str(b)) for a, b in raw["rows"]))
        elif kind == "each":
            block = Block("each", text=str(raw["text"]), over=str(raw["each"]))
        else:
            block = Block(kind, text=str(raw[kind]))
        blocks.append(block)
    places = frozenset().union(*(block.places() for block in blocks))
    needs = frozenset(data.get("needs", ()))
    unknown = needs - places - frozenset(_PLACE.findall(str(data.get("to", ""))))
    if not blocks or not data.get("title") or unknown:
        raise WrongSetting(
            f"文书模板 {code} 不完整：{'、'.join(sorted(unknown)) or '缺标题或正文'}。", where=code
        )
    return Template(
        code=code,
        title=str(data["title"]),
        short=str(data.get("short", data["title"])),
        to=str(data.get("to", "")),
        blocks=tuple(blocks),
        needs=needs,
        sealed=bool(data.get("sealed", True)),
    )


def fill(
    template: Template, values: Mapping[str, Any], *, number: str, issuer: str, day: date
) -> Paper:
    """Fill a template; raises `Invalid` that names what is missing or too long."""
    missing = sorted(name for name in template.needs if not values.get(name))
    if missing:
        raise Invalid(
            f"《{template.title}》还缺：{'、'.join(missing)}。", code="paper_incomplete",
            where=missing[0],
        )  # fmt: skip
    too_long = [name for name, value in values.items() if len(str(value)) > _LONGEST_VALUE]
    if too_long:
        raise Invalid("内容太长，请分开写。", code="paper_too_long", where=too_long[0])

    def put(text: str) -> str:
        return _PLACE.sub(lambda found: str(values.get(found[1]) or BLANK), text)

    blocks: list[Block] = []
    for block in template.blocks:
        if block.kind == "each":
            blocks += _repeated(block, values.get(block.over) or ())
        elif block.kind == "rows":
            blocks.append(Block("rows", rows=tuple((a, put(b)) for a, b in block.rows)))
        else:
            blocks.append(Block(block.kind, text=put(block.text)))
    return Paper(
        template=template.code,
        title=template.title,
        number=number,
        to=put(template.to),
        blocks=tuple(blocks),
        issuer=issuer,
        day=day,
        sealed=template.sealed,
    )


def _repeated(block: Block, items: Sequence[Mapping[str, Any]]) -> list[Block]:
    return [
        Block(
            "text",
            text=_PLACE.sub(
                lambda found, item=item: str(item.get(found[1], "")),  # type: ignore[misc]
                f"{index}. {block.text}",
            ),
        )
        for index, item in enumerate(items, start=1)
    ]
