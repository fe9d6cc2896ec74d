"""Opening the knowledge base: corpus, entries, index, and vectors in the background."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from knowledge.answering.choosing import EntryChooser
from knowledge.answering.composing import Composer
from knowledge.answering.knowledge_base import KnowledgeBase
from knowledge.corpus import load_corpus
from knowledge.entries import EntrySet, load_entries, questions_of
from knowledge.model import Entry
from knowledge.query.normalise import normalise
from knowledge.query.prepared import prepare
from knowledge.query.reader import Reader
from knowledge.query.resources import data_directory, load_lines, read_text
from knowledge.search.aboutness import Aboutness
from knowledge.search.collection import Collection, head
from knowledge.search.embedded import EmbeddedEngine
from knowledge.search.encoder import Encoder, EncoderUnavailable, OnnxEncoder
from knowledge.search.evidence import Gatherer, Semantic
from knowledge.search.features import KINDS
from knowledge.search.ports import Progress, SearchEngine, SearchUnavailable
from knowledge.search.questions import KnownQuestion, QuestionMemory
from knowledge.search.ranker import Ranker, load_rankers
from knowledge.search.remembered import Remembered, load_remembered
from knowledge.search.retrieval import Retriever
from knowledge.search.vectors import Stopped, VectorCache
from knowledge.search.words import WordSearch

EngineName = Literal["embedded", "elasticsearch"]


def open_knowledge(
    data_dir: Path,
    *,
    engine: EngineName = "embedded",
    elasticsearch_url: str | None = None,
    progress: Progress | None = None,
    entries: Sequence[Entry] | None = None,
    model_dir: Path | None = None,
) -> KnowledgeBase:
    """Open the knowledge base under `data_dir`, building what is missing.

    Word search serves as soon as this returns; vectors join when they are computed.
    `engine` is "embedded" or "elasticsearch" (which needs `elasticsearch_url`); `progress` is
    called with what is done, how much and of how much. `entries` replace the shipped ones when
    the editors have published others. `model_dir` holds the encoder, by default the package.
    """
    corpus = load_corpus(data_dir, progress)
    collection = Collection(corpus.id, corpus.articles)
    own = load_entries(data_dir / "entries.json") if entries is None else _given(entries)
    embedded = EmbeddedEngine(data_dir / "index")
    _ready(embedded, collection, progress)
    words = WordSearch(embedded)
    if engine == "elasticsearch":
        words = _with_elasticsearch(elasticsearch_url, embedded, collection, progress)
    encoder, note = _encoder(model_dir or data_directory())
    remembered = load_remembered(model_dir or data_directory(), encoder.id if encoder else "")
    known = known_questions(own)
    prepared = prepare((question.text for question in known), data_dir / "questions.json")
    memory = QuestionMemory(
        collection, [*known, *remembered.questions], prepared, data_dir / "questions"
    )
    retriever = Retriever(Gatherer(collection, words, memory), _rankers())
    snapshot = _snapshot(corpus.id, own.hash, words.name, encoder.id if encoder else "words")
    base = KnowledgeBase(
        snapshot,
        collection,
        Reader(collection.law_names, questions_of(own.entries), prepared),
        retriever,
        Composer(collection, EntryChooser(collection, own.entries), snapshot),
        engine=words.name,
    )
    base.vectors_note = note
    base.encoder = encoder
    if encoder is not None:
        cache = VectorCache(data_dir / "vectors", encoder)
        _start_vectors(base, retriever, encoder, cache, remembered, progress)
    return base


def _given(entries: Sequence[Entry]) -> EntrySet:
    digest = hashlib.sha256(repr(tuple(entries)).encode("utf-8")).hexdigest()
    return EntrySet(tuple(entries), digest[:16])


def _ready(engine: SearchEngine, collection: Collection, progress: Progress | None) -> None:
    if not engine.has(collection.corpus_id):
        engine.build(collection.corpus_id, collection.documents(), progress)


def _with_elasticsearch(
    url: str | None, stand_in: EmbeddedEngine, collection: Collection, progress: Progress | None
) -> WordSearch:
    if not url:
        raise ValueError("engine elasticsearch needs elasticsearch_url")
    # The client is loaded only where it is used.
    from knowledge.search.elastic import ElasticsearchEngine

    chosen = ElasticsearchEngine(url)
    # It may come up later; until then the embedded engine answers, and answers say so.
    with contextlib.suppress(SearchUnavailable):
        _ready(chosen, collection, progress)
    return WordSearch(chosen, stand_in)


def _encoder(directory: Path) -> tuple[Encoder | None, str]:
    try:
        return OnnxEncoder(directory), ""
    except EncoderUnavailable as error:
        return None, str(error)


def known_questions(own: EntrySet) -> list[KnownQuestion]:
    """Return the questions and titles of all entries, each with the articles its entry cites."""
    return [
        KnownQuestion(text, entry.citations, entry.id)
        for entry in own.entries
        for text in (*(question.q for question in entry.questions), entry.title)
    ]


def _rankers() -> dict[str, Ranker]:
    try:
        return load_rankers(read_text("ranker.json"), KINDS)
    except (OSError, ValueError, KeyError, TypeError):
        # Without usable weights plain sums of scores order the articles.
        return {}


def _snapshot(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _start_vectors(
    base: KnowledgeBase,
    retriever: Retriever,
    encoder: Encoder,
    cache: VectorCache,
    remembered: Remembered,
    progress: Progress | None,
) -> None:
    """Compute the vectors beside the answering, or at once where all are kept already."""
    stop = threading.Event()
    collection, memory = retriever.gatherer.collection, retriever.gatherer.memory
    everyday = [normalise(line) for line in load_lines("everyday.txt")]
    passages = [head(article) for article in collection.articles]

    def compute() -> None:
        try:
            articles = cache.vectors(passages, what="计算法条向量", progress=progress, stop=stop)
            questions = cache.vectors(
                memory.texts, what="计算问题向量", progress=progress, stop=stop
            )
            talk = cache.vectors(everyday, what="计算问题向量", progress=progress, stop=stop)
        except Stopped:
            return
        cache.forget()
        about = Aboutness.learn(questions, talk)
        retriever.semantic = Semantic(encoder, articles, remembered.below(questions), about)

    thread = threading.Thread(target=compute, name="vectors", daemon=True)
    base.in_background(thread, stop)
    thread.start()
    if cache.complete(passages):
        thread.join()
