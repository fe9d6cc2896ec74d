"""`route`: the decision for facts in a file, one or a batch."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from backend.cli.output import print_json, print_json_line, read_json_lines
from backend.clocks import Calendar
from backend.clocks.adapters.calendar_json import published_calendar
from backend.kernel.errors import Invalid
from backend.routing.adapters.ruleset_yaml import built_in_rules
from backend.routing.model.decide import decide
from backend.routing.model.decision import Decision, RoutingRequest, to_json
from backend.routing.model.rules import RuleSet
from backend.settings import Settings


def add(commands: Any) -> None:
    """Add the command to the parser."""
    route = commands.add_parser("route", help="按要素分流")
    route.add_argument("file", nargs="?", default="", metavar="FACTS.json")
    route.add_argument("--batch", default="", metavar="FILE.jsonl")
    route.add_argument("--json", action="store_true")
    route.set_defaults(run=run_route)


def run_route(settings: Settings, options: argparse.Namespace) -> int:
    """Decide one request, or each line of a file."""
    if bool(options.file) == bool(options.batch):
        raise Invalid("请给一个 FACTS.json，或用 --batch 给一个文件。", where="route")
    rules, calendar = built_in_rules(), published_calendar()
    if options.batch:
        for number, line in enumerate(read_json_lines(options.batch), start=1):
            decision = _decide(line, rules, calendar, f"{options.batch}:{number}")
            print_json_line({"id": line.get("id"), **to_json(decision)})
        return 0
    try:
        data = json.loads(Path(options.file).read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(f"读不到文件：{error.strerror}。", where=options.file) from error
    except ValueError as error:
        raise Invalid("文件不是有效的 JSON。", where=options.file) from error
    decision = _decide(data, rules, calendar, options.file)
    if options.json:
        print_json(
            {"id": data.get("id"), **to_json(decision)} if "id" in data else to_json(decision)
        )
    else:
        _print(decision, rules)
    return 0


def _decide(data: Any, rules: RuleSet, calendar: Calendar, where: str) -> Decision:
    if not isinstance(data, Mapping) or not isinstance(data.get("facts"), Mapping):
        raise Invalid("需要 {matter, as_of, region, facts}，facts 是一个对象。", where=where)
    try:
        as_of = date.fromisoformat(str(data.get("as_of", "")))
    except ValueError as error:
        raise Invalid("as_of 要写成日期，如 2026-03-05。", where=where) from error
    return decide(
        RoutingRequest(
            matter=str(data.get("matter", "")),
            as_of=as_of,
            region=str(data.get("region", "")),
            facts=data["facts"],
        ),
        rules,
        calendar,
    )


def _print(decision: Decision, rules: RuleSet) -> None:
    channels = rules.vocabulary.channels
    print("".join(decision.explanation))
    for code, reason in decision.invalid_facts.items():
        known = rules.vocabulary.facts.get(code)
        if decision.status == "decided":
            print(f"没有采用：{known.name if known else code}（{reason}）")
    for title, codes in (("推荐", decision.recommended), ("也可以", decision.possible)):
        if codes:
            print(f"{title}：{'、'.join(channels[code].name for code in codes)}")
    for code, reason in decision.blocked.items():
        print(f"现在不行：{channels[code].name}（{reason}）")
    for deadline in decision.deadlines:
        left = f"还有{deadline.days_left}天" if deadline.days_left >= 0 else "已经过了"
        unsure = f"；暂定，{deadline.reason}" if deadline.provisional else ""
        print(f"期限：{deadline.name} {deadline.due}（{left}{unsure}）")
    for law, article in decision.cite:
        print(f"依据：《{law}》第{article}条")
    missing = [rules.vocabulary.facts[code].question for code in decision.missing_facts]
    if missing:
        print(f"还要问：{missing[0]}")
