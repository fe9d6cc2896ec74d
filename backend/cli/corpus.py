"""`corpus import`, `corpus status`, `reindex`, `evaluate`: the law, its index, its figures."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from backend import bootstrap
from backend.cli.output import print_json, read_date
from backend.cli.telling import progress_printer, say
from backend.kernel.clock import CHINA
from backend.kernel.errors import Invalid
from backend.settings import Settings
from knowledge import KnowledgeBase
from knowledge.corpus import import_folder, load_corpus, status
from knowledge.evaluation import evaluate_faq, evaluate_retrieval, evaluate_topics


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    corpus = commands.add_parser("corpus", help="法律文本：导入、现状")
    verbs = corpus.add_subparsers(dest="verb", required=True, metavar="动作")
    taking = verbs.add_parser("import", help="导入一个文件夹的法律文本")
    taking.add_argument("folder", metavar="DIR")
    taking.add_argument("--source", default="", help="来源名称，默认用文件夹名")
    taking.add_argument("--all-or-nothing", action="store_true", help="有一个文件被拒就都不导入")
    taking.add_argument("--json", action="store_true")
    taking.set_defaults(run=run_import)
    standing = verbs.add_parser("status", help="有哪些法、哪些版本，新不新")
    standing.add_argument("--as-of", default="", metavar="DATE")
    standing.add_argument("--json", action="store_true")
    standing.set_defaults(run=run_status)
    reindex = commands.add_parser("reindex", help="重建检索索引，建好才换上")
    reindex.set_defaults(run=run_reindex)
    evaluate = commands.add_parser("evaluate", help="量一量检索、问答、事项判断")
    evaluate.add_argument("what", choices=("retrieval", "faq", "topics"))
    evaluate.add_argument("file", metavar="FILE.jsonl")
    evaluate.add_argument("--engine", choices=("embedded", "elasticsearch"), default="")
    evaluate.add_argument("--json", action="store_true")
    evaluate.set_defaults(run=run_evaluate)


def run_import(settings: Settings, options: argparse.Namespace) -> int:
    """Import a folder; exit 1 when a file was refused."""
    report = import_folder(
        bootstrap.prepare_data_dir(settings) / "knowledge",
        Path(options.folder),
        source=options.source,
        all_or_nothing=options.all_or_nothing,
        progress=progress_printer(),
    )
    if options.json:
        print_json(report.as_json())
    else:
        for file in report.files:
            told = file.as_json()
            if "reason" in told:
                line = f"第 {told['line']} 行：" if told.get("line") else ""
                print(f"✗ {file.file}  {line}{told['reason']}")
            else:
                print(f"✓ {file.file}  《{file.law}》 {file.version}  {file.articles} 条")
        print("已写入。" if report.written else "没有改动。")
    return 1 if report.refused else 0


def run_status(settings: Settings, options: argparse.Namespace) -> int:
    """Tell how the corpus stands on a day."""
    as_of = read_date(options.as_of) if options.as_of else _today()
    corpus = load_corpus(bootstrap.prepare_data_dir(settings) / "knowledge", progress_printer())
    told = status(corpus, as_of)
    if options.json:
        print_json(told)
        return 0
    print(f"{told['as_of']}：{told['laws']} 部法，{told['versions']} 个版本。")
    print(f"有效的 {told['laws_in_force']} 部，{told['articles_in_force']} 条。")
    for warning in told["warnings"]:
        print(f"! {warning['message']}{warning['fix']}")
    return 0


def run_reindex(settings: Settings, options: argparse.Namespace) -> int:
    """Build the index anew and swap it in."""
    name = bootstrap.rebuild_index(settings, progress_printer())
    say(f"索引已重建：{name}。")
    return 0


def run_evaluate(settings: Settings, options: argparse.Namespace) -> int:
    """Measure over a file of questions with known answers."""
    path = Path(options.file)
    if not path.is_file():
        raise Invalid("没有这个文件。", where=options.file)
    if options.engine == "elasticsearch" and not settings.elasticsearch_url:
        raise Invalid("请先设置 ELASTICSEARCH_URL。", where="--engine")
    if options.engine == "embedded":
        settings = settings.model_copy(update={"elasticsearch_url": ""})
    base = bootstrap.open_knowledge_base(settings, progress_printer())
    if options.what == "retrieval":
        base.wait_for_vectors()
    measures: dict[str, Callable[[Path, KnowledgeBase], dict[str, Any]]] = {
        "retrieval": lambda file, known: evaluate_retrieval(file, known, as_of=_today()),
        "faq": evaluate_faq,
        "topics": evaluate_topics,
    }
    try:
        figures = measures[options.what](path, base)
    finally:
        base.close()
    if options.json:
        print_json(figures)
        return 0
    for name, value in figures.items():
        print(f"{name}: {value}")
    return 0


def _today() -> date:
    return datetime.now(CHINA).date()
