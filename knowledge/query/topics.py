"""The topic of a question as lay forums sort them: twenty broad classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from knowledge.query.matters import LabelModel, MatterGuess
from knowledge.query.normalise import normalise
from knowledge.query.resources import load_yaml

# Topics of forums are noisy: their own words tell more than what a matter is about.
_INHERITED = 0.1


class Topics:
    """Guesses topics by words of their own and by the matters that fall under each."""

    def __init__(self, matters: LabelModel) -> None:
        """`matters` is the model of matters; each topic takes the best score of its own."""
        table: Mapping[str, Mapping[str, Any]] = load_yaml("topics.yaml")
        self._own = LabelModel({name: row["cues"].split() for name, row in table.items()})
        self._matters = matters
        place = {code: number for number, code in enumerate(matters.labels)}
        self._members = tuple(
            tuple(place[code] for code in row["matters"]) for row in table.values()
        )

    def guess(self, question: str) -> MatterGuess:
        """Return the likeliest topic and its probability."""
        text = normalise(question)
        own = self._own.scores(text)
        matters = self._matters.scores(text)
        inherited = np.array(
            [matters[list(members)].max() if members else 0.0 for members in self._members]
        )
        total = own + _INHERITED * inherited
        if not total.any():
            return MatterGuess(None, 0.0)
        shifted = np.exp(total - total.max())
        best = int(total.argmax())
        return MatterGuess(self._own.labels[best], float(shifted[best] / shifted.sum()))
