"""Opening the corpus of a platform: its store, or a new one from the statutes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from knowledge.corpus.building import build_corpus
from knowledge.corpus.corpus import Corpus
from knowledge.corpus.merging import merge_texts
from knowledge.corpus.names import common_abbreviations
from knowledge.corpus.overrides import our_overrides
from knowledge.corpus.statutes import read_statutes, statutes_file, statutes_stamp
from knowledge.corpus.store import PREVIOUS, Stored, read_store, store_path, write_store
from knowledge.errors import CorpusError

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def load_corpus(data_dir: Path, progress: Progress | None = None) -> Corpus:
    """Open the corpus under a data directory.

    Without a store one is built from the installed statutes. When the statutes come in a newer
    edition than the store knows, they are merged in. A damaged store is replaced by the previous
    one, or built anew; `corpus.notes` says so. Raises CorpusError when nothing can be opened.
    """
    report = progress or _silent
    stored, notes = open_texts(data_dir, report)
    report("法律库", 2, 2)
    return build_corpus(
        stored.texts,
        our_overrides(),
        common_abbreviations(),
        digests=stored.digests,
        notes=notes,
    )


def open_texts(data_dir: Path, progress: Progress | None = None) -> tuple[Stored, list[str]]:
    """Return the texts of the store, made or mended where needed, and notes on what was done."""
    report = progress or _silent
    notes: list[str] = []
    stored = _last_good(data_dir, notes)
    try:
        source = statutes_file()
        stamp = statutes_stamp(source)
        if stored and stored.statutes == stamp:
            return stored, notes
        report("法律库", 0, 2)
        merged = merge_texts(stored.texts if stored else (), read_statutes(source))
    except CorpusError as error:
        if stored is None:
            raise
        notes.append(f"{error.message}继续使用原有的法律库。")
        return stored, notes
    report("法律库", 1, 2)
    write_store(data_dir, merged.texts, statutes=stamp)
    return read_store(store_path(data_dir)), notes


def _last_good(data_dir: Path, notes: list[str]) -> Stored | None:
    """Return the newest store that can be read."""
    for path in (store_path(data_dir), data_dir / PREVIOUS):
        try:
            return read_store(path)
        except CorpusError as error:
            if error.code != "store_missing":
                notes.append(error.message)
    return None


def _silent(what: str, done: int, of: int) -> None:
    """Report nothing."""
