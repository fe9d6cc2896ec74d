"""How well articles are found for questions with known answers."""

from __future__ import annotations

import statistics
import time
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.answering.knowledge_base import KnowledgeBase
from knowledge.evaluation.lines import read_judged
from knowledge.evaluation.metrics import summary

_DEEPEST = 100


def evaluate_retrieval(path: Path, base: KnowledgeBase, *, as_of: date) -> dict[str, Any]:
    """Return Recall@5/10/100 and MRR@10 over a file, all and by seen and unseen gold.

    Gold is seen when an article of it answers a question the knowledge base knows already.
    """
    judged = read_judged(path, base.collection, as_of)
    ranked: list[tuple[int, ...]] = []
    times: list[float] = []
    for one in judged:
        started = time.perf_counter()
        ranked.append(base.rank(one.query, as_of=as_of, k=_DEEPEST).places)
        times.append((time.perf_counter() - started) * 1000)
    seen = [any(base.is_known(place) for place in one.gold) for one in judged]

    def part(wanted: bool | None) -> dict[str, float | int]:
        chosen = [n for n in range(len(judged)) if wanted is None or seen[n] is wanted]
        return summary([ranked[n] for n in chosen], [judged[n].gold for n in chosen])

    return {
        "file": path.name,
        "snapshot": base.snapshot,
        "engine": base.engine,
        "vectors": base.vectors_ready,
        **part(None),
        "seen": part(True),
        "unseen": part(False),
        "ms": {
            "median": round(statistics.median(times), 2) if times else 0.0,
            "p95": round(sorted(times)[int(len(times) * 0.95)], 2) if times else 0.0,
        },
    }
