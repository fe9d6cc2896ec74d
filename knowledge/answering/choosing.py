"""Which entry answers a question: the one whose questions come nearest and whose law agrees."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from knowledge.model import Entry
from knowledge.query.reader import Understanding
from knowledge.search.collection import Collection
from knowledge.search.retrieval import Ranking

_NEAR_ENOUGH = {"words": 0.34, "vectors": 0.67}
_LAW_AGREES = 0.08
_MATTER_AGREES = 0.05
# A question surely of another matter is answered only by an entry that was asked just so.
_SURE = 0.8
_PLAINLY_ALIKE = 0.78
_TOP = 10


def _of_another_matter(read: Understanding, entry: Entry) -> bool:
    """Whether the question is surely about a matter that is not the entry's."""
    guess = read.matter
    sure = guess.code is not None and guess.probability >= _SURE
    return sure and guess.code != entry.matter


class EntryChooser:
    """Chooses among published entries. Thread-safe."""

    def __init__(self, collection: Collection, entries: Iterable[Entry]) -> None:
        """Know the `entries`; their citations are looked up in `collection`."""
        self._collection = collection
        self._entries = {entry.id: entry for entry in entries}

    def __len__(self) -> int:
        return len(self._entries)

    def choose(
        self, ranking: Ranking, read: Understanding, region: str, as_of: date
    ) -> list[Entry]:
        """Return the entries near enough to a question, best first.

        An entry serves only in its region and days, and only while every article it cites is in
        force: one whose citation is gone is not used.
        """
        top = set(ranking.places[:_TOP])
        scored = []
        for entry_id, likeness in ranking.entries.items():
            entry = self._entries.get(entry_id)
            if entry is None or not entry.serves(region, as_of):
                continue
            places = [
                self._collection.place_of(law, number, as_of) for law, number in entry.citations
            ]
            if None in places:
                continue
            score = likeness + _LAW_AGREES * bool(top.intersection(places))
            if _of_another_matter(read, entry) and likeness < _PLAINLY_ALIKE:
                continue
            score += _MATTER_AGREES * (read.matter.code == entry.matter)
            scored.append((score, entry))
        limit = _NEAR_ENOUGH["vectors" if ranking.semantic else "words"]
        near = [(score, entry) for score, entry in scored if score >= limit]
        return [entry for _, entry in sorted(near, key=lambda pair: (-pair[0], pair[1].id))]
