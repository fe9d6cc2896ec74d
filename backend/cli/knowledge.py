"""`ask`: the answer as a channel gives it, one question or a batch."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from backend import bootstrap
from backend.cli.building import building
from backend.cli.output import print_json, print_json_line, read_date, read_json_lines
from backend.cli.telling import progress_printer
from backend.kernel.clock import CHINA
from backend.kernel.errors import Invalid
from backend.settings import Settings
from knowledge import KnowledgeBase
from knowledge.evaluation import ask_batch
from knowledge.model import Audience
from knowledge.rendering import to_json


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    ask = commands.add_parser("ask", help="问一个法律问题")
    ask.add_argument("question", nargs="?", default="")
    ask.add_argument("--channel", choices=[item.value for item in Audience], default="desk")
    ask.add_argument("--as-of", default="")
    ask.add_argument("--region", default="150000")
    ask.add_argument("--batch", default="", metavar="FILE.jsonl")
    ask.add_argument("--json", action="store_true")
    ask.set_defaults(run=run_ask)


def run_ask(settings: Settings, options: argparse.Namespace) -> int:
    """Answer one question, or each line of a file."""
    if bool(options.question) == bool(options.batch):
        raise Invalid("请给一个问题，或用 --batch 给一个文件。", where="ask")
    with building():
        base = bootstrap.open_knowledge_base(settings, progress_printer())
    try:
        return _ask_batch(base, options) if options.batch else _ask(base, options)
    finally:
        base.close()


def _ask_batch(base: KnowledgeBase, options: argparse.Namespace) -> int:
    # A file is worth the wait: the first time on a machine the vectors take minutes.
    base.wait_for_vectors()
    for line in ask_batch(read_json_lines(options.batch), base):
        print_json_line(line)
    return 0


def _ask(base: KnowledgeBase, options: argparse.Namespace) -> int:
    as_of = read_date(options.as_of) if options.as_of else datetime.now(CHINA).date()
    audience = Audience(options.channel)
    answer = base.answer(options.question, as_of=as_of, region=options.region, audience=audience)
    data = to_json(answer, audience)
    if options.json:
        print_json(data)
        return 0
    print(data["answer"] or data["reason"])
    for cited in data["citations"]:
        print(f"  《{cited['law']}》{cited['article']}（{cited['in_force_from']}起施行）")
    return 0
