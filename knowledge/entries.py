"""The entries: written once as YAML, checked, and compiled for a quick start."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from knowledge.model import Entry, EntryQuestion
from knowledge.query.normalise import bare, normalise
from knowledge.search.tokens import cut_bigrams

KINDS = ("procedure", "rights", "bring", "time", "cost", "body", "say", "document")
STYLES = ("plain", "dialect", "half", "asr", "story", "where")
FEWEST_QUESTIONS = 8
MOST_ALIKE = 0.7
"""Greatest share of common character pairs (Jaccard) that two questions may have."""

_LISTS = frozenset(
    {"region", "steps", "bring", "clocks", "citations", "terms", "questions", "tv", "followups"}
)
_DATES = frozenset({"valid_from", "valid_to", "review_due"})
_LAYOUT = "1"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ID = re.compile(r"^[0-9]{4}-[a-z0-9-]+$")


class BadEntry(ValueError):
    """An entry file is malformed; the message names file and entry."""


@dataclass(frozen=True, slots=True)
class EntrySet:
    """All entries of one state of the files; `hash` names that state."""

    entries: tuple[Entry, ...]
    hash: str

    def by_id(self) -> dict[str, Entry]:
        """Return the entries by id."""
        return {entry.id: entry for entry in self.entries}


NO_ENTRIES = EntrySet((), "none")


def entry_files() -> list[Traversable]:
    """Return the entry files shipped with the package, in order of their names."""
    folder = resources.files("knowledge").joinpath("data").joinpath("entries")
    if not folder.is_dir():
        return []
    return sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)


def load_entries(cache: Path | None = None) -> EntrySet:
    """Return the shipped entries, from `cache` when it was compiled from the same files.

    Raises BadEntry for a malformed file. A cache that is missing, old or damaged is made anew.
    """
    texts = [(file.name, file.read_text("utf-8")) for file in entry_files()]
    digest = hashlib.sha256(_LAYOUT.encode())
    for name, text in texts:
        digest.update(name.encode() + b"\0" + text.encode() + b"\0")
    state = digest.hexdigest()[:16]
    if cache is not None and (cached := _read_cache(cache, state)) is not None:
        return cached
    entries = tuple(entry for name, text in texts for entry in parse_entries(text, name))
    ids = [entry.id for entry in entries]
    for entry_id in ids:
        if ids.count(entry_id) > 1:
            raise BadEntry(f"条目编号重复：{entry_id}")
    loaded = EntrySet(entries, state)
    if cache is not None:
        _write_cache(cache, loaded)
    return loaded


def parse_entries(text: str, name: str) -> list[Entry]:
    """Read the entries of one YAML file; raises BadEntry naming the file and the entry."""
    try:
        rows = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader in either case
    except yaml.YAMLError as error:
        raise BadEntry(f"{name} 不是正确的 YAML：{error}") from error
    if not isinstance(rows, list):
        raise BadEntry(f"{name} 应当是一个列表。")
    return [entry_from(row, f"{name} 第{number}条") for number, row in enumerate(rows, start=1)]


def entry_from(row: Any, where: str) -> Entry:
    """Build an entry from plain data; raises BadEntry naming where it stands."""
    if not isinstance(row, Mapping):
        raise BadEntry(f"{where}应当是一组字段。")
    where = f"{where}（{row.get('id', '无编号')}）"
    known = {field.name for field in fields(Entry)}
    if unknown := set(row) - known:
        raise BadEntry(f"{where}有不认识的字段：{'、'.join(sorted(map(str, unknown)))}")
    try:
        values = {name: _value(name, row.get(name)) for name in known}
        entry = Entry(**values)
    except (TypeError, ValueError, KeyError) as error:
        raise BadEntry(f"{where}读不懂：{error}") from error
    for problem in problems(entry):
        raise BadEntry(f"{where}{problem}")
    return entry


def problems(entry: Entry) -> list[str]:
    """Return what is wrong with one entry by itself, in sentences; empty when it is right."""
    found = []
    if not _ID.match(entry.id) or not entry.id.startswith(entry.matter):
        found.append("编号应当以事项编码开头，后接英文短名。")
    if entry.kind not in KINDS:
        found.append(f"种类不认识：{entry.kind}")
    if not entry.answer or not entry.title:
        found.append("缺少标题或答复。")
    if not entry.citations:
        found.append("没有引用法条。")
    if len(entry.questions) < FEWEST_QUESTIONS:
        found.append(f"问法少于{FEWEST_QUESTIONS}个。")
    found += [f"问法的类别不认识：{q.style}" for q in entry.questions if q.style not in STYLES]
    return found


def too_alike(
    questions: Sequence[tuple[str, str]], limit: float = MOST_ALIKE
) -> list[tuple[str, str, float]]:
    """Return pairs of (owner, question) texts that share more than `limit` of their pairs."""
    sets = [frozenset(cut_bigrams(bare(normalise(text)))) for _, text in questions]
    owners: dict[str, list[int]] = {}
    alike = []
    for number, pairs in enumerate(sets):
        common: dict[int, int] = {}
        for pair in pairs:
            for other in owners.get(pair, ()):
                common[other] = common.get(other, 0) + 1
        for other, shared in common.items():
            jaccard = shared / (len(pairs) + len(sets[other]) - shared)
            if jaccard > limit:
                alike.append((questions[other][1], questions[number][1], jaccard))
        for pair in pairs:
            owners.setdefault(pair, []).append(number)
    return alike


def _value(name: str, value: Any) -> Any:
    if name == "questions":
        return tuple(EntryQuestion(str(one["q"]), str(one["style"])) for one in value or ())
    if name == "citations":
        return tuple((str(one["law"]), str(one["article"])) for one in value or ())
    if name in _LISTS:
        return tuple(str(one) for one in value or ())
    if name in _DATES:
        if value is None or isinstance(value, date):
            return value
        return date.fromisoformat(str(value))
    return "" if value is None else str(value)


def _write_cache(path: Path, loaded: EntrySet) -> None:
    def plain(value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else str(value)

    data = {"hash": loaded.hash, "entries": [asdict(entry) for entry in loaded.entries]}
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(data, ensure_ascii=False, default=plain), "utf-8")
    temporary.replace(path)


def _read_cache(path: Path, state: str) -> EntrySet | None:
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["hash"] != state:
            return None
        return EntrySet(tuple(_from_cache(row) for row in data["entries"]), state)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _from_cache(row: dict[str, Any]) -> Entry:
    row["citations"] = tuple((law, article) for law, article in row["citations"])
    row["questions"] = tuple(EntryQuestion(**one) for one in row["questions"])
    for name in _LISTS - {"citations", "questions"}:
        row[name] = tuple(row[name])
    for name in _DATES:
        row[name] = date.fromisoformat(row[name]) if row[name] else None
    return Entry(**row)


def questions_of(entries: Iterable[Entry]) -> list[tuple[str, str]]:
    """Return (question, matter code) for every question of the entries."""
    return [(question.q, entry.matter) for entry in entries for question in entry.questions]
