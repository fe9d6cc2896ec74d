"""`directory`: take in a bureau's own, and answer the two questions of where to go."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend import bootstrap
from backend.cli.output import print_json
from backend.directory import service as directory
from backend.directory.adapters.workbook import read_rows, sheets_of
from backend.directory.model import ImportReport, Refusal, Regions
from backend.identity import service as identity
from backend.identity.service import StaffRefusal, StaffReport
from backend.kernel.actor import SYSTEM
from backend.kernel.errors import Invalid
from backend.settings import Settings
from backend.workplaces import found_bodies

ORGANISATIONS, STAFF = "机构", "人员"
Rows = Iterator[tuple[int, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of both sheets."""

    organisations: ImportReport
    staff: StaffReport


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("directory", help="导入本单位的机构和人员")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="动作")
    taking = verbs.add_parser("import", help="从 xlsx 导入；“机构”“人员”两张表，可以只有一张")
    taking.add_argument("file", metavar="FILE.xlsx")
    taking.add_argument("--json", action="store_true")
    taking.set_defaults(run=run_import)
    finding = verbs.add_parser("find", help="离得最近的（nearest）或归谁管的（competent）")
    finding.add_argument("ask", choices=sorted(found_bodies.ASKED), metavar="nearest|competent")
    finding.add_argument("--region", default="", metavar="CODE")
    finding.add_argument("--service", default="", metavar="CHANNEL", help="渠道代码，如 legal_aid")
    finding.add_argument("--matter", default="", metavar="CODE")
    finding.add_argument("--language", default="", metavar="zh|mn")
    finding.add_argument("--latitude", default="", metavar="DEGREES")
    finding.add_argument("--longitude", default="", metavar="DEGREES")
    finding.add_argument("--json", action="store_true")
    finding.set_defaults(run=run_find)


def run_import(settings: Settings, options: argparse.Namespace) -> int:
    """Import a workbook; exit 1 when a row was refused. First passwords are printed once."""
    path = Path(options.file)
    there = [name for name in (ORGANISATIONS, STAFF) if name in sheets_of(path)]
    if not there:
        raise Invalid(f"文件里要有“{ORGANISATIONS}”或“{STAFF}”这张表。", where=options.file)
    rows = {name: list(read_rows(path, name)) for name in there}
    report = asyncio.run(_import(settings, rows))
    refused: list[tuple[str, Refusal | StaffRefusal]] = [
        (ORGANISATIONS, one) for one in report.organisations.refused
    ]
    refused += [(STAFF, one) for one in report.staff.refused]
    if options.json:
        print_json(report)
        return 1 if refused else 0
    bodies, people = report.organisations, report.staff
    print(f"机构：新增 {bodies.added}，更新 {bodies.changed}，拒收 {len(bodies.refused)}。")
    print(f"人员：新增 {len(people.passwords)}，拒收 {len(people.refused)}。")
    for sheet, row in refused:
        print(f"✗ {sheet} 第 {row.row} 行：{row.reason}")
    for username, password in people.passwords.items():
        print(f"  {username}  {password}（首次登录后请修改）")
    return 1 if refused else 0


def run_find(settings: Settings, options: argparse.Namespace) -> int:
    """Answer one of the two questions; bad input exits 2 with one line."""
    found = asyncio.run(_find(settings, options))
    if options.json:
        print_json({"ask": options.ask, "results": found})
        return 0
    if not found:
        print("目录里没有找到。")
    for item in found:
        away = item.get("distance_km")
        level = item.get("competence", {}).get("level_name", "")
        first = item["services"][0] if item["services"] else {}
        parts = [
            item["organization"]["name"],
            f"约{away}公里" if away is not None else level,
            "、".join(language["name"] for language in item["languages"]),
            "".join(schedule["description"] for schedule in item["schedules"]),
            first.get("wait_time", ""),
            "".join(phone["number"] for phone in item["phones"]),
        ]
        print("  ".join(part for part in parts if part))
    return 0


async def _find(settings: Settings, options: argparse.Namespace) -> list[dict[str, Any]]:
    house = await bootstrap.build_without_doors(settings)
    try:
        async with house.units(SYSTEM, "cli", read_only=True) as uow:
            return await found_bodies.find(
                uow,
                ask=options.ask,
                region=options.region,
                channel=options.service,
                matter=options.matter,
                language=options.language,
                latitude=options.latitude,
                longitude=options.longitude,
            )
    finally:
        await house.close()


async def _import(settings: Settings, rows: dict[str, list[Any]]) -> Report:
    house = await bootstrap.build_without_doors(settings)
    try:
        async with house.units(SYSTEM, "cli") as uow:
            bodies = await directory.import_organisations(
                uow, rows.get(ORGANISATIONS, ()), uow.get(Regions)
            )
            known = frozenset(await directory.codes(uow))
            regions = uow.get(Regions)
            people = await identity.import_staff(
                uow, rows.get(STAFF, ()), organisations=known, knows_region=regions.knows
            )
        return Report(bodies, people)
    finally:
        await house.close()
