"""Importing a bureau's own folder of legal texts: laws, regulations, interpretations, rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.corpus.dates import Event, Happened, day_in_name, history, stated_effect
from knowledge.corpus.effect import stated_start
from knowledge.corpus.kinds import kind_of
from knowledge.corpus.lines import TextRefused, read_lines
from knowledge.corpus.loading import open_texts
from knowledge.corpus.merging import Merged, Outcome, merge_texts
from knowledge.corpus.overrides import our_overrides
from knowledge.corpus.periods import Period, periods
from knowledge.corpus.reading import Body, read_body
from knowledge.corpus.store import write_store
from knowledge.corpus.texts import LegalText, TextSource, name_key, short_name
from knowledge.errors import CorpusError

REFUSED = "refused"
_LAST = 6
_HEAD_IS_OLD = 60  # days between the last event of the head and the day in the file's name
_PASSED_AGAIN = 400  # days between two passings of one head: two bodies, or passed once more

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file.

    `result` is `new`, `same`, `second source`, `differs` or `refused`. A refused file has a
    `reason` and the `line` where it was seen (0: the whole file). `start` is what the first day
    rests on; where it is `unverified` or `unknown`, `in_force_from` is None. `differences` are
    the articles whose words differ from the same version of another source.
    """

    file: str
    result: str
    law: str = ""
    version: str = ""
    articles: int = 0
    in_force_from: date | None = None
    in_force_to: date | None = None
    start: str = ""
    line: int = 0
    reason: str = ""
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON object; what does not apply is left out."""
        first, last = self.in_force_from, self.in_force_to
        common: dict[str, Any] = {"file": self.file, "result": self.result}
        if self.result == REFUSED:
            return common | {"line": self.line, "reason": self.reason}
        return common | {
            "law": self.law,
            "version": self.version,
            "articles": self.articles,
            "in_force_from": first.isoformat() if first else None,
            "in_force_to": last.isoformat() if last else None,
            "start": self.start,
            "differences": list(self.differences),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a folder; `written` says whether the store was changed."""

    source: str
    files: tuple[FileReport, ...]
    written: bool

    @property
    def refused(self) -> tuple[FileReport, ...]:
        """The files that were not taken."""
        return tuple(each for each in self.files if each.result == REFUSED)

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        results = [each.result for each in self.files]
        return {
            "source": self.source,
            "written": self.written,
            "totals": {
                "files": len(self.files),
                "articles": sum(each.articles for each in self.files),
                **{
                    name: results.count(name)
                    for name in (*(what.value for what in Merged), REFUSED)
                },
                "unknown_starts": sum(
                    each.result != REFUSED and each.in_force_from is None for each in self.files
                ),
            },
            "files": [each.as_json() for each in self.files],
        }


@dataclass(slots=True)
class _Taken:
    """A text that was read, and the files it was read from."""

    text: LegalText
    files: list[str]
    parts: list[tuple[str, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def import_folder(
    data_dir: Path,
    folder: Path,
    *,
    source: str = "",
    all_or_nothing: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import every file under a folder into the store of a data directory.

    `source` names the collection (default: the folder's name). With `all_or_nothing` one refused
    file keeps all out. The store is replaced in one step, so whoever reads it meanwhile keeps the
    old one. Raises CorpusError when the folder cannot be read or the store cannot be written.
    """
    if not folder.is_dir():
        raise CorpusError("import_folder", f"没有文件夹 {folder}。")
    source = source or folder.resolve().name
    taken, refused = _read_folder(folder, source, progress or _silent)
    stored, _ = open_texts(data_dir)
    merging = merge_texts(stored.texts, [each.text for each in taken])
    changed = merging.texts != stored.texts
    written = changed and not (all_or_nothing and refused)
    if written:
        write_store(data_dir, merging.texts, statutes=stored.statutes)
    found = periods(merging.texts, our_overrides())
    by_version = {
        (text.law, text.version): period for text, period in zip(merging.texts, found, strict=True)
    }
    reports = [*refused]
    for each, outcome in zip(taken, merging.outcomes, strict=True):
        period = by_version[outcome.text.law, outcome.text.version]
        reports += _reports(each, outcome, period)
    return ImportReport(source, tuple(sorted(reports, key=lambda each: each.file)), written)


def _read_folder(
    folder: Path, source: str, progress: Progress
) -> tuple[list[_Taken], list[FileReport]]:
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.parts[-3:])
    ]
    if not files:
        raise CorpusError("import_empty", f"文件夹 {folder} 中没有文件。")
    whole: list[_Taken] = []
    parts: dict[tuple[str, str], _Taken] = {}
    refused = []
    for done, path in enumerate(files, 1):
        name = path.relative_to(folder).as_posix()
        try:
            body = read_body(read_lines(path))
            text = _text(body, path, TextSource(source, name))
            if body.part:
                _add_part(parts, text, name, body)
            else:
                whole.append(_Taken(text, [name], [(name, len(text.articles))], body.notes))
        except TextRefused as error:
            refused.append(FileReport(name, REFUSED, line=error.line, reason=error.reason))
        if done % 50 == 0 or done == len(files):
            progress("导入", done, len(files))
    return [*whole, *parts.values()], refused


def _text(body: Body, path: Path, source: TextSource) -> LegalText:
    events = history(body.head)
    happened = [event for event in events if event.what is not Happened.TOOK_EFFECT]
    named = day_in_name(path.stem)
    passed = named or max((event.day for event in happened), default=None)
    amended = _amended(happened, named)
    started = [event.day for event in events if event.what is Happened.TOOK_EFFECT]
    last = [article.text for article in body.articles[-_LAST:]]
    effect = next((said for text in reversed(last) if (said := stated_effect(text))), None)
    day, basis = stated_start(
        effect or stated_effect(body.head),
        passed=passed,
        amended=amended,
        head=max(started, default=None),
    )
    if passed is None and day is None:
        raise TextRefused("开头、文件名和最后几条都没有日期，不能认作法律文本")
    return LegalText(
        law=short_name(body.title),
        title=body.title,
        kind=kind_of(body.title, path.parent.as_posix(), body.head),
        passed=passed,
        amended=amended,
        stated_from=day,
        stated_by=basis,
        preamble=body.preamble,
        articles=body.articles,
        sources=(source,),
    )


def _amended(happened: Sequence[Event], named: date | None) -> bool:
    """Whether the last thing that happened to a text was an amendment.

    So it is, too, when the file's name gives a much later day than its head tells of, or when the
    head tells that it was passed twice.
    """
    if not happened:
        return False
    if named and (named - max(event.day for event in happened)).days > _HEAD_IS_OLD:
        return True
    decided = [event for event in happened if event.what is not Happened.MADE_KNOWN]
    passings = [event.day for event in decided if event.what is Happened.PASSED]
    if passings and (max(passings) - min(passings)).days > _PASSED_AGAIN:
        return True
    last = max(decided, key=lambda event: event.day, default=None)
    return last is not None and last.what is Happened.AMENDED


def _add_part(parts: dict[tuple[str, str], _Taken], text: LegalText, name: str, body: Body) -> None:
    """Put the part of a code beside its other parts; they make one text."""
    articles = tuple(
        replace(article, chapter=f"{body.part} {article.chapter}".strip())
        for article in text.articles
    )
    key = (name_key(text.law), text.version)
    known = parts.get(key)
    if known is None:
        parts[key] = _Taken(
            replace(text, articles=articles), [name], [(name, len(articles))], body.notes
        )
        return
    numbers = {(article.order, article.suffix) for article in known.text.articles}
    doubled = next((each for each in articles if (each.order, each.suffix) in numbers), None)
    if doubled:
        raise TextRefused(f"{doubled.number}在同一法典的另一部分中已经有了")
    joined = sorted((*known.text.articles, *articles), key=lambda each: (each.order, each.suffix))
    known.text = replace(
        known.text,
        articles=tuple(joined),
        stated_from=known.text.stated_from or text.stated_from,
        stated_by=known.text.stated_by or text.stated_by,
        sources=(*known.text.sources, *text.sources),
    )
    known.files.append(name)
    known.parts.append((name, len(articles)))
    known.notes += body.notes


def _reports(taken: _Taken, outcome: Outcome, period: Period) -> list[FileReport]:
    sure = period.basis not in {"unverified", "unknown"}
    return [
        FileReport(
            file=name,
            result=str(outcome.what),
            law=outcome.text.law,
            version=outcome.text.version,
            articles=count,
            in_force_from=period.first if sure else None,
            in_force_to=period.last,
            start=period.basis,
            differences=outcome.differences,
            notes=tuple(taken.notes),
        )
        for name, count in taken.parts
    ]


def _silent(what: str, done: int, of: int) -> None:
    """Report nothing."""
