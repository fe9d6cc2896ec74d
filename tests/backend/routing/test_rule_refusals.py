"""A faulty rule file is refused whole, naming file, row and reason; the active set stays."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from backend.routing.adapters.ruleset_yaml import (
    built_in_clocks,
    built_in_files,
    built_in_rules,
    built_in_vocabulary,
    parse_rule_file,
    rule_set_from,
    with_tests,
)
from backend.routing.model.building import build_rule_set, clock_from
from backend.routing.model.rules import RuleError

RuleItems = list[dict[str, Any]]


def files() -> list[tuple[str, RuleItems]]:
    return [
        (name, copy.deepcopy([dict(rule) for rule in rules])) for name, rules in built_in_files()
    ]


def rule(all_files: list[tuple[str, RuleItems]], rule_id: str) -> dict[str, Any]:
    return next(item for _, items in all_files for item in items if item["id"] == rule_id)


def refused(all_files: list[tuple[str, RuleItems]]) -> RuleError:
    with pytest.raises(RuleError) as caught:
        rule_set_from(all_files)
    return caught.value


def test_the_shipped_rules_are_accepted_and_cover_all_kinds() -> None:
    kinds = {
        kind for value in built_in_vocabulary().facts["issue"].values for kind in value.kinds
    } - {"-"}
    assert len(kinds) == 65
    ours = {item.id.rstrip("AB") for item in built_in_rules().rules}
    assert kinds <= ours


def test_every_fact_counts_somewhere() -> None:
    """A fact that no rule and no clock reads would be asked for nothing."""
    rules = built_in_rules()
    read: set[str] = {"issue"}
    for table in (*rules.rules, *rules.general):
        read |= table.applies.names
        for row in (*table.rows, *table.also):
            read |= row.when.names
    for clock in rules.clocks.values():
        read.add(clock.starts_from)
        for variant in clock.variants:
            read |= {*variant.when, variant.starts_from or ""}
    assert set(rules.vocabulary.facts) - read == set()


def test_every_clock_channel_and_precondition_is_used() -> None:
    rules = built_in_rules()
    rows = [row for table in (*rules.rules, *rules.general) for row in (*table.rows, *table.also)]
    clocks = {code for row in rows for code in row.clocks}
    assert clocks == set(rules.clocks)
    channels = {code for row in rows for code in (*row.recommended, *row.possible)}
    assert channels == set(rules.vocabulary.channels)
    steps = {row.precondition for row in rows} - {None}
    assert steps | {"NONE"} == set(rules.vocabulary.preconditions)


def _set(key: str, value: Any) -> Any:
    def change(item: dict[str, Any]) -> None:
        item[key] = value

    return change


def _row(key: str, value: Any) -> Any:
    def change(item: dict[str, Any]) -> None:
        item["rows"][0][key] = value

    return change


def _drop_tests(kind: str) -> Any:
    def change(item: dict[str, Any]) -> None:
        item["tests"] = [test for test in item["tests"] if test.get("kind") != kind]

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_row("when", {"colour_of_sky": "blue"}), "不认识的事实 colour_of_sky"),
        (_row("when", {"employment_relation": "maybe"}), "employment_relation 没有取值"),
        (_row("when", {"wage_iou": "yes"}), "wage_iou 没有取值"),
        (_row("when", {"amount": {"about": 3}}), "不认识的比较 about"),
        (_row("when", {"wage_iou": {"ge": True}}), "不能比较大小"),
        (_row("when", {"knew_on": "soon"}), "应与日期比较"),
        (_row("when", {"any": {}}), "条件列表"),
        (_row("when", {"clock.recon_apply": "late"}), "没有取值"),
        (_row("when", {"clock.nothing": "open"}), "不认识的事实 clock.nothing"),
        (_row("when", ["wage_iou"]), "键值表"),
        (_row("recommended", ["teleport"]), "不认识的渠道 teleport"),
        (_row("clocks", ["sand"]), "不认识的时限 sand"),
        (_row("precondition", "PRAY_FIRST"), "不认识的前置程序 PRAY_FIRST"),
        (_row("branch", "space"), "不认识的类别 space"),
        (_row("cite", ["民法典第188条"]), "引用应写作"),
        (_row("cite", ["银河法 1"]), "没有效力记录的法律 银河法"),
        (_row("colour", "red"), "不认识的栏目 colour"),
        (_row("blocked", {"people_mediation": "x"}), "既推荐又禁止"),
        (_set("issues", ["moon"]), "不认识的事项 moon"),
        (_set("branch", "space"), "不认识的类别 space"),
        (_set("colour", "red"), "不认识的栏目 colour"),
        (_set("reviewer", ""), "没有复核人"),
        (_set("reviewer", "规则编写岗"), "复核人不能是作者本人"),
        (_set("author", " "), "没有作者"),
        (_set("reviewed_by_lawyer", ""), "没有写明律师是否审过"),
        (_set("tests", []), "测试少于3个"),
        (_drop_tests("near_miss"), "缺少 near_miss 类测试"),
        (_drop_tests("exclusion"), "缺少 exclusion 类测试"),
        (_set("rows", []), "没有行"),
        (_set("valid_from", "someday"), "Invalid isoformat"),
    ],
)
def test_each_fault_is_named(change: Any, reason: str) -> None:
    mine = files()
    change(rule(mine, "D01"))
    error = refused(mine)
    assert error.code == "rules_refused"
    assert any(
        problem.file == "labour.yaml" and "D01" in problem.row + "D01" and reason in problem.reason
        for problem in error.problems
    ), [str(problem) for problem in error.problems]
    assert "labour.yaml" in error.message
    assert built_in_rules().rule("D01") is not None


def test_rows_of_one_rank_may_not_overlap() -> None:
    mine = files()
    rows = rule(mine, "D37")["rows"]
    rows[0]["rank"] = rows[1]["rank"] = 2
    problem = refused(mine).problems[0]
    assert problem.row == "D37.with_police"
    assert "同级重叠" in problem.reason
    assert "suit_accepted=True" in problem.reason


def test_two_kinds_may_not_serve_the_same_facts() -> None:
    mine = files()
    rule(mine, "D21")["applies"] = {}
    assert any("与 D19 重叠" in problem.reason for problem in refused(mine).problems)


def test_two_kinds_may_follow_each_other_in_time() -> None:
    mine = files()
    name, items = next(pair for pair in mine if pair[0] == "family.yaml")
    later = copy.deepcopy(rule(mine, "D12"))
    rule(mine, "D12")["valid_to"] = "2026-12-31"
    later |= {"id": "D12B", "valid_from": "2027-01-01"}
    items.append(later)
    assert rule_set_from(mine).rule("D12B") is not None
    later["valid_from"] = "2026-06-01"
    assert any("与 D12 重叠" in problem.reason for problem in refused(mine).problems), name


def test_a_gap_between_rows_is_found() -> None:
    mine = files()
    item = rule(mine, "D13")
    item["rows"] = [row for row in item["rows"] if row["id"] == "refused"]
    assert any("有空档" in problem.reason for problem in refused(mine).problems)


def test_an_issue_without_a_rule_is_found() -> None:
    mine = [(name, [item for item in items if item["id"] != "D48"]) for name, items in files()]
    problems = refused(mine).problems
    assert [(p.row, p.reason) for p in problems] == [("enterprise_name", "没有规则管这个事项")]


def test_a_rule_without_any_basis_is_refused() -> None:
    mine = files()
    item = rule(mine, "D48")
    item["sources"] = []
    for row in item["rows"]:
        row["cite"] = []
    assert any("没有引用" in problem.reason for problem in refused(mine).problems)


def test_doubled_numbers_are_refused() -> None:
    mine = files()
    rule(mine, "D12")["id"] = "D10"
    assert any("规则编号重复" in problem.reason for problem in refused(mine).problems)
    mine = files()
    rule(mine, "D13")["rows"][1]["id"] = "willing"
    assert any("行编号重复" in problem.reason for problem in refused(mine).problems)


def test_a_precondition_that_shuts_its_own_step_is_a_circle() -> None:
    mine = files()
    rule(mine, "D31")["rows"][0] |= {"recommended": [], "blocked": {"reconsideration": "x"}}
    assert any("死循环" in problem.reason for problem in refused(mine).problems)


def test_preconditions_may_not_go_in_circles() -> None:
    import dataclasses

    vocabulary = built_in_vocabulary()
    steps = dict(vocabulary.preconditions)
    steps["QUESTION_FIRST"] = dataclasses.replace(steps["QUESTION_FIRST"], after=("AGENCY_FIRST",))
    circular = dataclasses.replace(vocabulary, preconditions=steps)
    with pytest.raises(RuleError, match="前置程序成环"):
        build_rule_set("x", circular, built_in_clocks(), built_in_files())


def test_all_faults_are_told_at_once() -> None:
    mine = files()
    rule(mine, "D01")["reviewer"] = ""
    rule(mine, "D43")["tests"] = []
    named = {problem.file for problem in refused(mine).problems}
    assert named == {"labour.yaml", "money.yaml"}


@pytest.mark.parametrize("text", ["- id: [", "just words", "a: 1"])
def test_text_that_is_no_rule_file(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rule_file("draft.yaml", text)
    assert caught.value.problems[0].file == "draft.yaml"


def test_a_test_needs_its_rule() -> None:
    with pytest.raises(RuleError, match="有测试而没有规则"):
        with_tests("draft.yaml", "- {id: D01}", "D99: []")


def test_an_item_that_is_no_rule() -> None:
    with pytest.raises(RuleError, match="键值表"):
        rule_set_from([*files(), ("draft.yaml", ["words"])])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"length": "0 day"}, "正数"),
        ({"length": "3 fortnight"}, "fortnight"),
        ({"nature": "mood"}, "mood"),
        ({"basis": ["民法典188"]}, "引用应写作"),
    ],
)
def test_a_faulty_clock_is_named(change: dict[str, Any], fault: str) -> None:
    good = {
        "code": "c",
        "name": "n",
        "text": "t",
        "length": "3 day",
        "from": "knew_on",
        "basis": ["民法典 188"],
        "nature": "deadline",
        "roll": "holiday",
    }
    assert clock_from(good).code == "c"
    with pytest.raises(ValueError, match=fault):
        clock_from(good | change)
