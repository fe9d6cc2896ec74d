"""Training the ranker on questions with known answers, scored out of fold.

    python -m knowledge.evaluation.train_ranker FILE.jsonl … --data-dir var [--write]

Every question belongs to one of five folds by the hash of its id. While its features are
computed, the known questions of its own fold are silent; the ranker that scores it was fitted on
the other folds. A fine-tuned encoder has seen the questions it was trained on: `--held-out 0`
takes the encoder in `--model-dir` for one trained without fold 0, and teaches and scores by what
that encoder never saw. So the figures printed are those of questions never met before.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.evaluation.folds import FOLDS, fold_of
from knowledge.evaluation.lines import Judged, read_judged
from knowledge.evaluation.metrics import summary
from knowledge.evaluation.teaching import Row, Teacher
from knowledge.query.resources import data_directory
from knowledge.search.encoder import OnnxEncoder
from knowledge.search.features import KINDS
from knowledge.search.ranker import Ranker, fit

RANKER = "ranker.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train both rankers, print honest scores, and write ranker.json when told to."""
    options = _options(arguments)
    teacher = Teacher(options.data_dir, options.as_of, options.held_out)
    own = teacher.own(options.own)
    by_file = [read_judged(path, teacher.collection, options.as_of) for path in options.files]
    judged = [one for questions in by_file for one in questions]
    encoder = None if options.words_only else OnnxEncoder(options.model_dir)
    rankers = _written()
    for kind in ("words", "vectors") if encoder else ("words",):
        rows = teacher.rows([*judged, *own.values()], kind, encoder if kind == "vectors" else None)
        groups = {
            "own, entry silent": {k for k, one in own.items() if teacher.entry_is_silent(one)},
            "own, entry heard": {k for k, one in own.items() if not teacher.entry_is_silent(one)},
        }
        for path, questions in zip(options.files, by_file, strict=True):
            groups[path.name] = {one.id for one in questions}
        report = {"kind": kind, **out_of_fold(rows, kind, groups, seen_elsewhere(judged))}
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
        rankers[kind] = fit_rows(rows, kind).to_data()
    if options.write:
        text = json.dumps(rankers, ensure_ascii=False, indent=1)
        (data_directory() / RANKER).write_text(text + "\n", "utf-8")
    if options.remember:
        teacher.remember(judged, OnnxEncoder(options.remember), options.remember)
    return 0


def fit_rows(rows: Sequence[Row], kind: str) -> Ranker:
    """Fit one ranker; a question weighs as many lessons as it has, whatever its answers."""
    taught = [(row.taught, row.right) for row in rows for _ in range(row.lessons)]
    return fit(taught, KINDS[kind])


def out_of_fold(
    rows: Sequence[Row], kind: str, groups: Mapping[str, set[str]], seen: Mapping[str, bool]
) -> dict[str, dict[str, Any]]:
    """Score every question by a ranker fitted on the other folds; a summary for each group.

    `seen` tells of a question whether a question of another fold has an answer in common with it.
    """
    ranked: dict[str, list[int]] = {}
    for fold in range(FOLDS):
        ranker = fit_rows([row for row in rows if row.fold != fold], kind)
        for row in (row for row in rows if row.fold == fold):
            order = np.argsort(-ranker.score(row.features), kind="stable")
            ranked[row.judged.id] = [int(row.places[n]) for n in order]

    def part(chosen: Sequence[Row]) -> dict[str, float | int]:
        return summary([ranked[r.judged.id] for r in chosen], [r.judged.gold for r in chosen])

    report: dict[str, dict[str, Any]] = {}
    for name, ids in groups.items():
        inside = [row for row in rows if row.judged.id in ids]
        new = [row for row in inside if not seen.get(row.judged.id, True)]
        report[name] = {**part(inside), "unseen": part(new)}
    return report


def seen_elsewhere(judged: Sequence[Judged]) -> dict[str, bool]:
    """For each question, whether one of another fold shares an answer with it."""
    golds: dict[int, set[int]] = {fold: set() for fold in range(FOLDS)}
    for one in judged:
        golds[fold_of(one.id)] |= one.gold
    others = {
        fold: set().union(*(gold for other, gold in golds.items() if other != fold))
        for fold in range(FOLDS)
    }
    return {one.id: bool(one.gold & others[fold_of(one.id)]) for one in judged}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--data-dir", type=Path, default=Path("var"))
    parser.add_argument("--model-dir", type=Path, default=data_directory())
    parser.add_argument("--held-out", type=int, help="the fold (0-4) the encoder never saw")
    parser.add_argument("--own", type=int, default=3, help="questions taken of each entry")
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 25))
    parser.add_argument("--words-only", action="store_true", help="leave the encoder out")
    parser.add_argument("--write", action="store_true", help="write ranker.json")
    parser.add_argument(
        "--remember", type=Path, help="folder of the shipped encoder: write questions.npz there"
    )
    return parser.parse_args(arguments)


def _written() -> dict[str, Any]:
    """The rankers as they stand in the data, to be replaced one by one."""
    path = data_directory() / RANKER
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


if __name__ == "__main__":
    raise SystemExit(main())
