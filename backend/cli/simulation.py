"""`simulate day` and `simulate calls`: the platform under its own eyes."""

from __future__ import annotations

import argparse
import asyncio
import random
from datetime import date
from typing import Any

from backend import bootstrap
from backend.cli import load
from backend.cli.day.people import Agent, Mediator
from backend.cli.day.play import Day, figures, opening, play
from backend.cli.day.stage import set_up
from backend.cli.day.video import consult
from backend.cli.output import print_json
from backend.cli.telling import progress_printer, say
from backend.settings import Settings

_DAY = date(2026, 11, 25)


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    simulate = commands.add_parser("simulate", help="在真实的线路上演一天，或压一压热线")
    kinds = simulate.add_subparsers(dest="kind", required=True, metavar="种类")
    day = kinds.add_parser("day", help="演示的一整天")
    day.add_argument("--seed", type=int, default=1)
    day.add_argument("--json", action="store_true")
    day.set_defaults(run=run_day)
    load.add(kinds)


def run_day(settings: Settings, options: argparse.Namespace) -> int:
    """Play the day; exits non-zero if any step did not happen."""
    knowledge = bootstrap.open_knowledge_base(settings, progress_printer())
    try:
        result = asyncio.run(_day(settings, knowledge, options.seed))
    finally:
        # What is still being computed beside the answering must end before the program does.
        knowledge.close()
    if options.json:
        print_json(result)
        return 0
    for step in result["steps"]:
        print(f"{step['at']}  {step['door']:<6}{step['event']}  {step['case']}")
    for score in result["scores"]:
        print(f"{score['unit']}  {score['indicator']}  {score['numerator']}/{score['denominator']}")
    print(f"问了{result['facts_asked']}个要素，重复问{result['asked_twice']}次。")
    print(f"事件 {result['events']} 个，日志{'完好' if result['verified'] else '断开'}。")
    return 0


async def _day(settings: Settings, knowledge: Any, seed: int) -> dict[str, Any]:
    async with set_up(settings, opening(_DAY), knowledge) as stage:
        day = Day(
            stage=stage,
            rng=random.Random(seed),  # noqa: S311  a play, not a secret
            agent=Agent(stage, await stage.sign_in("agent")),
            mediators=[
                await Mediator.of(stage, "mediator"),
                await Mediator.of(stage, "mediator2"),
            ],
            video=consult,
        )
        say("开始演示的一天……")
        await play(day)
        return {
            "seed": seed,
            "steps": day.steps,
            "doors": day.doors,
            **await figures(stage, _DAY),
        }
