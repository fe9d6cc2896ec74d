"""Rule tables as a workbook that a lawyer edits, and back again without loss.

Three sheets: rules, rows, tests. A list stands one item a line, a table of reasons as
"code: reason" a line, a condition as "fact: value" a line with the value in JSON. Days are ISO.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from backend.routing.model.rules import Problem, RuleError

Plain = Mapping[str, Any]
RuleFiles = Sequence[tuple[str, Sequence[Plain]]]

_LIST, _REASONS, _TABLE, _TEXT, _PLAIN = "list", "reasons", "table", "text", "plain"

_RULE_COLUMNS: Mapping[str, tuple[str, str]] = {
    "file": ("文件", _TEXT),
    "id": ("编号", _TEXT),
    "version": ("版本", _PLAIN),
    "name": ("名称", _TEXT),
    "general": ("通用表", _PLAIN),
    "order": ("次序", _PLAIN),
    "issues": ("事项", _LIST),
    "branch": ("类别", _TEXT),
    "applies": ("适用条件", _TABLE),
    "asked_in": ("在哪些类别提问", _LIST),
    "arbitrable": ("可以仲裁", _PLAIN),
    "aid": ("可申请援助的事项", _PLAIN),
    "valid_from": ("自", _TEXT),
    "valid_to": ("至", _TEXT),
    "date_basis": ("日期依据", _TEXT),
    "author": ("作者", _TEXT),
    "reviewer": ("复核人", _TEXT),
    "reviewed_by_lawyer": ("律师审核", _TEXT),
    "cost": ("费用", _TEXT),
    "competent": ("管辖", _REASONS),
    "sources": ("其他依据", _LIST),
}
_ROW_COLUMNS: Mapping[str, tuple[str, str]] = {
    "rule": ("规则", _TEXT),
    "part": ("部分", _TEXT),
    "id": ("行", _TEXT),
    "rank": ("级", _PLAIN),
    "when": ("条件", _TABLE),
    "recommended": ("推荐", _LIST),
    "possible": ("可选", _LIST),
    "blocked": ("禁止", _REASONS),
    "blocked_if_offered": ("若已提供则禁止", _REASONS),
    "only": ("只留", _LIST),
    "allows": ("解除禁止", _LIST),
    "precondition": ("前置程序", _TEXT),
    "clocks": ("时限", _LIST),
    "stop_clocks": ("不走的时限", _LIST),
    "cite": ("引用", _LIST),
    "cite_since": ("自某日起引用", _TABLE),
    "cite_until": ("到某日止引用", _TABLE),
    "keep_cites": ("保留此前引用", _PLAIN),
    "branch": ("转为类别", _TEXT),
    "arbitrable": ("可以仲裁", _PLAIN),
    "aid": ("可申请援助", _PLAIN),
    "last": ("到此为止", _PLAIN),
    "why": ("理由", _TEXT),
}
_TEST_COLUMNS: Mapping[str, tuple[str, str]] = {
    "rule": ("规则", _TEXT),
    "name": ("名称", _TEXT),
    "kind": ("种类", _TEXT),
    "as_of": ("来电日", _TEXT),
    "region": ("地区", _TEXT),
    "facts": ("事实", _TABLE),
    "expect": ("预期", _TABLE),
}
_PARTS = ("rows", "also")
_SHEETS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "规则": _RULE_COLUMNS,
    "行": _ROW_COLUMNS,
    "测试": _TEST_COLUMNS,
}


def export_rules(rule_files: RuleFiles) -> bytes:
    """The workbook of these rules."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheets = {name: _start_sheet(book, name, columns) for name, columns in _SHEETS.items()}
    for file, rules in rule_files:
        for rule in rules:
            _append(sheets["规则"], _RULE_COLUMNS, {**rule, "file": file})
            for part in _PARTS:
                for row in rule.get(part, ()):
                    _append(sheets["行"], _ROW_COLUMNS, {**row, "rule": rule["id"], "part": part})
            for test in rule.get("tests", ()):
                _append(sheets["测试"], _TEST_COLUMNS, {**test, "rule": rule["id"]})
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def import_rules(data: bytes) -> RuleFiles:
    """Read a workbook back to plain rules; raises RuleError naming sheet, row and fault.

    Whether the rules hold together is then checked as for every other source.
    """
    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    except Exception as error:
        raise RuleError((Problem("工作簿", "", "不是有效的 xlsx 文件"),)) from error
    missing = [name for name in _SHEETS if name not in book.sheetnames]
    if missing:
        raise RuleError((Problem("工作簿", "", f"缺少工作表 {'、'.join(missing)}"),))
    problems: list[Problem] = []
    tables = {
        name: _read_sheet(book[name], name, columns, problems) for name, columns in _SHEETS.items()
    }
    rules = {str(rule.get("id", "")): dict(rule) for rule in tables["规则"]}
    for row in tables["行"]:
        part = row.get("part")
        if row.get("rule") not in rules or part not in _PARTS:
            problems.append(Problem("行", str(row.get("id", "")), "找不到所属的规则或部分"))
            continue
        rules[row["rule"]].setdefault(part, []).append(_without(row, "rule", "part"))
    for test in tables["测试"]:
        if test.get("rule") not in rules:
            problems.append(Problem("测试", str(test.get("name", "")), "找不到所属的规则"))
            continue
        rules[test["rule"]].setdefault("tests", []).append(_without(test, "rule"))
    if problems:
        raise RuleError(tuple(problems))
    files: dict[str, list[Plain]] = {}
    for rule in rules.values():
        files.setdefault(str(rule.get("file", "xlsx")), []).append(_without(rule, "file"))
    return tuple(files.items())


def _start_sheet(book: Workbook, name: str, columns: Mapping[str, tuple[str, str]]) -> Worksheet:
    sheet: Worksheet = book.create_sheet(name)
    sheet.append([title for title, _ in columns.values()])
    sheet.append(list(columns))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "C3"
    return sheet


def _append(sheet: Worksheet, columns: Mapping[str, tuple[str, str]], item: Plain) -> None:
    unknown = set(item) - set(columns) - {*_PARTS, "tests"}
    if unknown:
        raise RuleError((Problem(sheet.title, str(item.get("id", "")), f"没有这些栏 {unknown}"),))
    cells = [
        _WRITERS[kind](item[key]) if item.get(key) is not None else None
        for key, (_, kind) in columns.items()
    ]
    sheet.append(cells)
    for cell in sheet[sheet.max_row]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _read_sheet(
    sheet: Any,
    name: str,
    columns: Mapping[str, tuple[str, str]],
    problems: list[Problem],
) -> list[dict[str, Any]]:
    lines = list(sheet.iter_rows(values_only=True))
    keys = [str(key or "") for key in lines[1]] if len(lines) > 1 else []
    strangers = [key for key in keys if key and key not in columns]
    if strangers or not keys:
        problems.append(Problem(name, "第2行", f"栏目代码不对：{'、'.join(strangers) or '空'}"))
        return []
    found = []
    for number, line in enumerate(lines[2:], start=3):
        if all(value is None for value in line):
            continue
        item: dict[str, Any] = {}
        for key, value in zip(keys, line, strict=False):
            if not key or value is None:
                continue
            try:
                item[key] = _READERS[columns[key][1]](value)
            except ValueError as error:
                problems.append(Problem(name, f"第{number}行", f"{columns[key][0]}：{error}"))
        found.append(item)
    return found


def _without(item: Plain, *keys: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in keys}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_day)


def _day(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"cannot write {value!r}")


def _write_table(table: Plain) -> str:
    return "\n".join(f"{key}: {_json(value)}" for key, value in table.items())


def _read_table(value: Any) -> dict[str, Any]:
    table = {}
    for line in str(value).splitlines():
        if not line.strip():
            continue
        key, colon, text = line.partition(": ")
        if not colon:
            raise ValueError(f"应为“事实: 值”，得到 {line!r}")
        try:
            table[key.strip()] = json.loads(text)
        except json.JSONDecodeError:
            raise ValueError(f"{key} 的值看不懂：{text[:40]}") from None
    return table


def _read_reasons(value: Any) -> dict[str, str]:
    found = {}
    for line in str(value).splitlines():
        if not line.strip():
            continue
        key, colon, reason = line.partition(": ")
        if not colon:
            raise ValueError(f"应为“渠道: 理由”，得到 {line!r}")
        found[key.strip()] = reason
    return found


def _read_plain(value: Any) -> Any:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError(f"应为数字或是否，得到 {value!r}")


_WRITERS: Mapping[str, Callable[[Any], Any]] = {
    _LIST: lambda value: "\n".join(str(item) for item in value),
    _REASONS: lambda value: "\n".join(f"{key}: {reason}" for key, reason in value.items()),
    _TABLE: _write_table,
    _TEXT: lambda value: value.isoformat() if isinstance(value, date) else str(value),
    _PLAIN: lambda value: value,
}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    _LIST: lambda value: [line for line in str(value).splitlines() if line.strip()],
    _REASONS: _read_reasons,
    _TABLE: _read_table,
    _TEXT: str,
    _PLAIN: _read_plain,
}
