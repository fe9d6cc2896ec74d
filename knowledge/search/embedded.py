"""Word search inside the process, by tantivy."""

from __future__ import annotations

import json
import shutil
import threading
import uuid
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import tantivy

from knowledge.search.ports import Hit, Progress, SearchDocument, SearchUnavailable
from knowledge.search.tokens import WeightedTerms

LAYOUT = "1"
"""Raised whenever fields or tokens change, so that indexes of an older layout are rebuilt."""

WHAT = "建立检索索引"

# One thread's share must hold the whole index for it to become one segment.
_HEAP_BYTES = 96 * 1024 * 1024
_SMALL_HEAP_BYTES = 16 * 1024 * 1024
_REPORT_EVERY = 4000


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("position", stored=True, indexed=False, fast=True)
    builder.add_integer_field("first", stored=False, indexed=True, fast=True)
    builder.add_integer_field("last", stored=False, indexed=True, fast=True)
    for name in ("words", "bigrams"):
        builder.add_text_field(
            name, stored=False, tokenizer_name="blank_separated", index_option="freq"
        )
    return builder.build()


class EmbeddedEngine:
    """One folder an index; `current.json` names the one that serves."""

    name = "embedded"

    def __init__(self, directory: Path | None) -> None:
        """Use `directory` for indexes; it is made when the first is built. None: in memory."""
        self._directory = directory
        self._schema = _schema()
        self._lock = threading.Lock()
        self._corpus_id = ""
        self._index: tantivy.Index | None = None
        self._searcher: tantivy.Searcher | None = None

    def has(self, corpus_id: str) -> bool:
        """Whether an intact index of this corpus is open, opening it from disk if it is there."""
        if self._searcher is not None and self._corpus_id == corpus_id:
            return True
        if self._directory is None:
            return False
        try:
            note = json.loads((self._directory / "current.json").read_text("utf-8"))
            if note["corpus"] != corpus_id or note["layout"] != LAYOUT:
                return False
            index = self._open(self._directory / str(note["folder"]))
            searcher = index.searcher()
            if searcher.num_docs != note["documents"]:
                return False
        except (OSError, ValueError, KeyError, TypeError):
            return False
        self._serve(corpus_id, index, searcher)
        return True

    def build(
        self,
        corpus_id: str,
        documents: Sequence[SearchDocument],
        progress: Progress | None = None,
    ) -> None:
        """Write a new index beside the old one, then point `current.json` at it."""
        with self._lock:
            path = self._new_folder()
            index = self._open(path)
            heap = _HEAP_BYTES if self._directory else _SMALL_HEAP_BYTES
            writer = index.writer(heap_size=heap, num_threads=1)
            for done, document in enumerate(documents):
                writer.add_document(_stored(document))
                if progress and done % _REPORT_EVERY == 0:
                    progress(WHAT, done, len(documents))
            writer.commit()
            writer.wait_merging_threads()
            index.reload()
            searcher = index.searcher()
            if path is not None:
                _point_to(path, corpus_id, len(documents))
            self._serve(corpus_id, index, searcher)
            if path is not None:
                _remove_others(path)
            if progress:
                progress(WHAT, len(documents), len(documents))

    def search(self, terms: WeightedTerms, *, on: date, k: int) -> list[Hit]:
        """Return the best `k` articles in force on a day by BM25 over words and bigrams."""
        searcher = self._searcher
        if searcher is None:
            raise SearchUnavailable("there is no index")
        if terms.empty or k <= 0:
            return []
        should = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(self._term(field, term), weight))
            for field, weighted in (("words", terms.words), ("bigrams", terms.bigrams))
            for term, weight in weighted
        ]
        matching = tantivy.Query.boolean_query(should)
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, matching), *self._in_force(on)])
        found = searcher.search(query, limit=k, count=False).hits
        addresses = [address for _, address in found]
        positions = searcher.fast_field_values("position", addresses)
        return [
            Hit(int(position or 0), float(score))
            for position, (score, _) in zip(positions, found, strict=True)
        ]

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, index_option="freq")

    def _in_force(self, on: date) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        day = on.toordinal()
        started = tantivy.Query.range_query(
            self._schema, "first", tantivy.FieldType.Integer, None, day
        )
        not_ended = tantivy.Query.range_query(
            self._schema, "last", tantivy.FieldType.Integer, day, None
        )
        return [
            (tantivy.Occur.Must, tantivy.Query.const_score_query(started, 0.0)),
            (tantivy.Occur.Must, tantivy.Query.const_score_query(not_ended, 0.0)),
        ]

    def _new_folder(self) -> Path | None:
        if self._directory is None:
            return None
        path = self._directory / f"index-{uuid.uuid4().hex[:12]}"
        path.mkdir(parents=True)
        return path

    def _open(self, path: Path | None) -> tantivy.Index:
        place = None if path is None else str(path)
        index = tantivy.Index(self._schema, path=place, reuse=True)
        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer("blank_separated", analyzer)
        return index

    def _serve(self, corpus_id: str, index: tantivy.Index, searcher: tantivy.Searcher) -> None:
        self._index, self._searcher, self._corpus_id = index, searcher, corpus_id


def _point_to(path: Path, corpus_id: str, documents: int) -> None:
    """Make an index the one that serves after the next start."""
    note = {"corpus": corpus_id, "layout": LAYOUT, "folder": path.name, "documents": documents}
    temporary = path.parent / "current.json.new"
    temporary.write_text(json.dumps(note), "utf-8")
    temporary.replace(path.parent / "current.json")


def _remove_others(kept: Path) -> None:
    for path in kept.parent.glob("index-*"):
        if path != kept:
            shutil.rmtree(path, ignore_errors=True)


def _stored(document: SearchDocument) -> tantivy.Document:
    stored = tantivy.Document()
    stored.add_unsigned("position", document.position)
    stored.add_integer("first", document.first.toordinal())
    stored.add_integer("last", document.last.toordinal())
    stored.add_text("words", " ".join(document.tokens.words))
    stored.add_text("bigrams", " ".join(document.tokens.bigrams))
    return stored
