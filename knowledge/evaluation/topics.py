"""How often the topic of a lay question is guessed right."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

from knowledge.answering.knowledge_base import KnowledgeBase
from knowledge.evaluation.lines import read_lines, text_of


def evaluate_topics(path: Path, base: KnowledgeBase) -> dict[str, Any]:
    """Return the accuracy over a file of texts with one label each, and by label."""
    right, times = 0, []
    by_label: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for number, line in read_lines(path):
        text = text_of(path, number, line, "text", "query", "question")
        label = text_of(path, number, line, "label")
        started = time.perf_counter()
        guessed = base.topic(text)
        times.append((time.perf_counter() - started) * 1000)
        by_label[label] += 1
        if guessed == label:
            right += 1
            hits[label] += 1
    count = sum(by_label.values())
    return {
        "file": path.name,
        "questions": count,
        "accuracy": round(right / count, 4) if count else 0.0,
        "by_label": {
            label: round(hits[label] / total, 3) for label, total in by_label.most_common()
        },
        "ms": {"median": round(statistics.median(times), 2) if times else 0.0},
    }
