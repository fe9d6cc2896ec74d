"""The knowledge base: opened with progress, its index built anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backend.bootstrap.folder import prepare_data_dir
from backend.settings import Settings
from knowledge import KnowledgeBase, open_knowledge
from knowledge.corpus import load_corpus
from knowledge.model import Entry
from knowledge.search.collection import Collection
from knowledge.search.embedded import EmbeddedEngine
from knowledge.search.ports import SearchEngine

Progress = Callable[[str, int, int], None]


def quiet(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def open_knowledge_base(
    settings: Settings,
    progress: Progress = quiet,
    entries: Sequence[Entry] | None = None,
) -> KnowledgeBase:
    """Open the knowledge base; the first time it builds its store and index, with progress.

    `entries` are those the editors published; None takes the shipped ones.
    """
    return open_knowledge(
        prepare_data_dir(settings) / "knowledge",
        engine="elasticsearch" if settings.elasticsearch_url else "embedded",
        elasticsearch_url=settings.elasticsearch_url or None,
        progress=progress,
        entries=entries,
    )


def rebuild_index(settings: Settings, progress: Progress = quiet) -> str:
    """Build the search index of the stored corpus anew and swap it in; returns its name."""
    folder = prepare_data_dir(settings) / "knowledge"
    corpus = load_corpus(folder, progress)
    engine: SearchEngine = EmbeddedEngine(folder / "index")
    if settings.elasticsearch_url:
        # The client is loaded only where it is used.
        from knowledge.search.elastic import ElasticsearchEngine

        engine = ElasticsearchEngine(settings.elasticsearch_url)
    collection = Collection(corpus.id, corpus.articles)
    engine.build(corpus.id, collection.documents(), progress)
    return corpus.id
