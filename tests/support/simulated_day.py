"""A simulated day with a knowledge base of one article, in a process of its own.

`python -m tests.support.simulated_day FOLDER SEED` prints what the day ends in, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from backend.cli.day.people import Agent, Mediator
from backend.cli.day.play import Day, figures, opening, play
from backend.cli.day.stage import set_up
from knowledge.model import Answer, Audience
from tests.support.house import settings_for
from tests.support.small_knowledge import SmallKnowledge

DAY = date(2026, 11, 25)


class Certain(SmallKnowledge):
    """Has its one article ready for every question."""

    def answer(
        self,
        question: str,
        *,
        as_of: date,
        region: str = "150000",
        audience: Audience = Audience.DESK,
    ) -> Answer:
        """The article, whatever is asked."""
        said = super().answer("工资", as_of=as_of, region=region, audience=audience)
        return replace(said, question=question)


async def live(folder: Path, seed: int) -> dict[str, Any]:
    """Play the day without pictures."""
    async with set_up(settings_for(folder), opening(DAY), Certain()) as stage:
        day = Day(
            stage=stage,
            rng=random.Random(seed),
            agent=Agent(stage, await stage.sign_in("agent")),
            mediators=[
                await Mediator.of(stage, "mediator"),
                await Mediator.of(stage, "mediator2"),
            ],
            video=None,
        )
        await play(day)
        return await figures(stage, DAY)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(live(Path(sys.argv[1]), int(sys.argv[2])))))  # noqa: T201
