"""Rules to xlsx and back: nothing is lost, and a spoiled cell is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from backend.clocks.adapters.calendar_json import published_calendar
from backend.routing.adapters.ruleset_yaml import built_in_files, rule_set_from
from backend.routing.adapters.xlsx import export_rules, import_rules
from backend.routing.model.rules import RuleError
from backend.routing.model.worked import run_case


@pytest.fixture(scope="module")
def workbook() -> bytes:
    return export_rules(built_in_files())


def plain(value: Any) -> Any:
    """Days as text and empty fields left out, which are the same to the reader."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items() if v not in (None, [], {})}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def test_the_round_trip_loses_nothing(workbook: bytes) -> None:
    back = import_rules(workbook)
    assert plain(back) == plain(built_in_files())
    assert export_rules(back)[:2] == b"PK"


def test_the_rules_from_the_workbook_pass_their_own_tests(workbook: bytes) -> None:
    rules = rule_set_from(import_rules(workbook))
    failed = [
        (rule.id, case.name)
        for rule in rules.rules
        for case in rule.tests
        if run_case(case, rules, published_calendar())
    ]
    assert failed == []


@pytest.fixture(scope="module")
def small() -> bytes:
    """One file of rules is enough to spoil."""
    return export_rules([pair for pair in built_in_files() if pair[0] == "business.yaml"])


def spoiled(workbook: bytes, change: Callable[[Workbook], None]) -> bytes:
    book = load_workbook(BytesIO(workbook))
    change(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: str, column: str, value: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        keys = [cell.value for cell in book[sheet][2]]
        book[sheet].cell(3, keys.index(column) + 1).value = value

    return change


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (_cell("行", "when", "employment_relation"), "应为“事实: 值”"),
        (_cell("行", "when", "wage_iou: perhaps"), "看不懂"),
        (_cell("行", "blocked", "civil_suit"), "应为“渠道: 理由”"),
        (_cell("行", "rank", "first"), "应为数字或是否"),
        (_cell("行", "rule", "D99"), "找不到所属的规则"),
        (_cell("测试", "rule", "D99"), "找不到所属的规则"),
        (lambda book: book.remove(book["测试"]), "缺少工作表 测试"),
        (lambda book: book["规则"].cell(2, 1, "colour"), "栏目代码不对"),
    ],
)
def test_a_spoiled_workbook_is_refused(
    small: bytes, change: Callable[[Workbook], None], fault: str
) -> None:
    with pytest.raises(RuleError, match=fault):
        import_rules(spoiled(small, change))


def test_bytes_that_are_no_workbook() -> None:
    with pytest.raises(RuleError, match="不是有效的 xlsx"):
        import_rules(b"not a workbook")


def test_a_field_without_a_column_is_refused() -> None:
    with pytest.raises(RuleError, match="没有这些栏"):
        export_rules([("x.yaml", [{"id": "D01", "colour": "red"}])])
