"""`score`, `score verify`, `score push`: figures with the events behind them."""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime
from typing import Any

from backend import bootstrap
from backend.cli.output import print_json
from backend.kernel.actor import SYSTEM
from backend.kernel.clock import CHINA
from backend.kernel.errors import Invalid
from backend.scoring import service as scoring
from backend.scoring.model import Sheet
from backend.settings import Settings


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    score = commands.add_parser("score", help="赋分：计算、解释、重算")
    score.add_argument("verb", nargs="?", choices=("verify", "snapshot"))
    score.add_argument("--period", default="", help="如 2026-11，空则为本月")
    score.add_argument("--unit", default="", help="机构编码")
    score.add_argument("--explain", default="", metavar="INDICATOR", help="列出一项指标的每个事件")
    score.add_argument("--json", action="store_true")
    score.set_defaults(run=run_score)


def run_score(settings: Settings, options: argparse.Namespace) -> int:
    """Compute, store, or verify scores."""
    return asyncio.run(_score(settings, options))


async def _score(settings: Settings, options: argparse.Namespace) -> int:
    platform = await bootstrap.build_without_doors(settings)
    period = options.period or datetime.now(CHINA).strftime("%Y-%m")
    try:
        if options.verb == "verify":
            async with platform.units(SYSTEM, "cli", read_only=True) as uow:
                wrong = await scoring.verify(uow)
            print_json({"wrong": wrong}) if options.json else print(
                "\n".join(wrong) or "每个已保存的分数都能由日志重算出来。"
            )
            return 1 if wrong else 0
        if options.verb == "snapshot":
            async with platform.units(SYSTEM, "cli") as uow:
                taken = await scoring.take_snapshot(uow, period)
            print(f"已保存 {period} 的 {len(taken)} 项分数。")
            return 0
        async with platform.units(SYSTEM, "cli", read_only=True) as uow:
            sheet = uow.get(Sheet)
            scores = await scoring.scores_of(uow, period, unit=options.unit)
        names = {indicator.id: indicator.name for indicator in sheet.indicators}
        if options.explain and options.explain not in names:
            raise Invalid(f"没有指标 {options.explain}。", where="--explain")
        rows = [
            scoring.as_row(score, names)
            for score in scores
            if not options.explain or score.indicator == options.explain
        ]
        _print(rows, period, sheet.id, options)
        return 0
    finally:
        await platform.close()


def _print(
    rows: list[dict[str, Any]], period: str, sheet: str, options: argparse.Namespace
) -> None:
    if options.json:
        print_json({"period": period, "sheet": sheet, "scores": rows})
        return
    if not rows:
        print(f"{period} 还没有可计分的事件。")
    for row in rows:
        points = "" if row["points"] is None else f"  {row['points']} 分"
        print(f"{row['unit']}  {row['name']}  {row['numerator']}/{row['denominator']}{points}")
        if options.explain:
            counted = set(row["events"]["numerator"])
            for event in row["events"]["denominator"]:
                print(f"    {'✓' if event in counted else '✗'} {event}")
