"""Word search in Elasticsearch 8, over the same tokens as the embedded engine.

An index template fixes the fields; every corpus gets an index of its own behind one alias, so a
rebuild swaps without a gap. Needs only the whitespace analyzer, so it runs on the core build.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError
from elasticsearch.helpers import BulkIndexError, bulk

from knowledge.search.ports import Hit, Progress, SearchDocument, SearchUnavailable
from knowledge.search.tokens import WeightedTerms

LAYOUT = "1"
"""Raised whenever fields or tokens change, so that indexes of an older layout are rebuilt."""

WHAT = "建立 Elasticsearch 索引"

_BULK = 1000
_BUILD_TIMEOUT = 60.0
# After a failure the server is left alone for a while: the embedded engine answers meanwhile.
_REST_SECONDS = 10.0


class ElasticsearchEngine:
    """One alias on one server. Thread-safe."""

    name = "elasticsearch"

    def __init__(self, url: str, *, alias: str = "fatong-articles", timeout: float = 1.5) -> None:
        """Talk to `url`; a search that takes longer than `timeout` seconds counts as failed."""
        self._client = Elasticsearch(url, request_timeout=timeout, max_retries=0)
        self._alias = alias
        self._lock = threading.Lock()
        self._corpus_id = ""
        # Searches name the very index, never the alias: another program may swap the alias to
        # another corpus, whose places are not ours.
        self._index = ""
        self._rests_until = 0.0

    def has(self, corpus_id: str) -> bool:
        """Whether the alias points to a whole index of this corpus.

        Raises SearchUnavailable when the server cannot be asked.
        """
        self._corpus_id = corpus_id
        try:
            if not self._client.indices.exists_alias(name=self._alias):
                return False
            found = self._client.indices.get_mapping(index=self._alias)
            index, mapping = next(iter(found.items()))
            meta = mapping["mappings"].get("_meta", {})
            count = self._client.count(index=index)["count"]
        except (ApiError, TransportError) as error:
            raise SearchUnavailable(f"Elasticsearch: {type(error).__name__}") from error
        whole = meta.get("corpus") == corpus_id and meta.get("layout") == LAYOUT
        if whole and meta.get("documents") == count:
            self._index = index
            return True
        return False

    def build(
        self,
        corpus_id: str,
        documents: Sequence[SearchDocument],
        progress: Progress | None = None,
    ) -> None:
        """Fill a new index, then swap the alias to it and drop the old one.

        Raises SearchUnavailable when the server fails on the way; the old index serves on.
        """
        slow = self._client.options(request_timeout=_BUILD_TIMEOUT)
        index = f"{self._alias}-{uuid.uuid4().hex[:12]}"
        with self._lock:
            try:
                slow.indices.put_index_template(name=self._alias, **self._template())
                meta = {"corpus": corpus_id, "layout": LAYOUT, "documents": len(documents)}
                slow.indices.create(index=index, mappings={"_meta": meta})
                for start in range(0, len(documents), _BULK):
                    bulk(slow, _actions(index, documents[start : start + _BULK]))
                    if progress:
                        progress(WHAT, min(start + _BULK, len(documents)), len(documents))
                slow.indices.refresh(index=index)
                self._swap(slow, index)
            except (ApiError, TransportError, BulkIndexError) as error:
                raise SearchUnavailable(f"Elasticsearch: {type(error).__name__}") from error
            self._corpus_id, self._index = corpus_id, index
            self._rests_until = 0.0

    def search(self, terms: WeightedTerms, *, on: date, k: int) -> list[Hit]:
        """Return the best `k` articles in force on a day by BM25 over words and bigrams."""
        if terms.empty or k <= 0:
            return []
        if time.monotonic() < self._rests_until:
            raise SearchUnavailable("Elasticsearch is resting after a failure")
        if not self._index:
            self._look_again()
        day = on.toordinal()
        should = [
            {"term": {field: {"value": term, "boost": weight}}}
            for field, weighted in (("words", terms.words), ("bigrams", terms.bigrams))
            for term, weight in weighted
        ]
        query = {
            "bool": {
                "should": should,
                "minimum_should_match": 1,
                "filter": [
                    {"range": {"first": {"lte": day}}},
                    {"range": {"last": {"gte": day}}},
                ],
            }
        }
        try:
            found = self._client.search(
                index=self._index,
                query=query,
                size=k,
                source=False,
                docvalue_fields=[{"field": "position"}],
                track_total_hits=False,
            )
        except (ApiError, TransportError) as error:
            self._rests_until = time.monotonic() + _REST_SECONDS
            if isinstance(error, NotFoundError):
                self._index = ""
            raise SearchUnavailable(f"Elasticsearch: {type(error).__name__}") from error
        return [
            Hit(int(hit["fields"]["position"][0]), float(hit["_score"]))
            for hit in found["hits"]["hits"]
        ]

    def _look_again(self) -> None:
        """Look for our index once more: the server may have come up, or been filled, since."""
        self._rests_until = time.monotonic() + _REST_SECONDS
        if not self._corpus_id or not self.has(self._corpus_id):
            raise SearchUnavailable("Elasticsearch has no index of this corpus")
        self._rests_until = 0.0

    def _template(self) -> dict[str, Any]:
        text = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
        number = {"type": "integer"}
        return {
            "index_patterns": [f"{self._alias}-*"],
            "template": {
                "settings": {"number_of_shards": 1, "number_of_replicas": 0},
                "mappings": {
                    "dynamic": "strict",
                    "_source": {"enabled": False},
                    "properties": {
                        "position": {"type": "integer", "index": False},
                        "first": number,
                        "last": number,
                        "words": text,
                        "bigrams": text,
                    },
                },
            },
        }

    def _swap(self, client: Elasticsearch, index: str) -> None:
        old = [name for name in client.indices.get(index=f"{self._alias}-*") if name != index]
        actions: list[dict[str, Any]] = [{"add": {"index": index, "alias": self._alias}}]
        actions += [{"remove_index": {"index": name}} for name in old]
        client.indices.update_aliases(actions=actions)


def _actions(index: str, documents: Sequence[SearchDocument]) -> Iterator[dict[str, Any]]:
    for document in documents:
        yield {
            "_index": index,
            "_id": str(document.position),
            "position": document.position,
            "first": document.first.toordinal(),
            "last": document.last.toordinal(),
            "words": " ".join(document.tokens.words),
            "bigrams": " ".join(document.tokens.bigrams),
        }
