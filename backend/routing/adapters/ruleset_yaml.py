"""Reads vocabulary, clocks and rules from YAML: our own data files, or an editor's draft."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from backend.clocks import Clock
from backend.routing.model.building import build_rule_set, clock_from
from backend.routing.model.rules import Problem, RuleError, RuleSet
from backend.routing.model.vocabulary import (
    Channel,
    Fact,
    FactValueName,
    Flag,
    LawText,
    Precondition,
    Region,
    TvChoice,
    TvNode,
    TvQuestion,
    Vocabulary,
)

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # a PyYAML built without libyaml: slower, the same result
    from yaml import SafeLoader  # type: ignore[assignment]

RuleFiles = Sequence[tuple[str, Sequence[Mapping[str, Any]]]]

_TESTS = ".tests.yaml"


@cache
def built_in_rules() -> RuleSet:
    """The rules shipped with the program; raises RuleError when they do not hold together."""
    return rule_set_from(built_in_files())


def rule_set_from(rule_files: RuleFiles) -> RuleSet:
    """Build a set over the shipped vocabulary and clocks; raises RuleError with every fault."""
    return build_rule_set(
        _version(rule_files), built_in_vocabulary(), built_in_clocks(), rule_files
    )


def parse_rule_file(name: str, text: str) -> Sequence[Mapping[str, Any]]:
    """The rules written in one YAML text; raises RuleError naming file and line."""
    try:
        data = _load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"第{mark.line + 1}行" if mark else ""
        raise RuleError((Problem(name, where, "不是有效的 YAML"),)) from error
    if not isinstance(data, list):
        raise RuleError((Problem(name, "", "文件应为规则的列表"),))
    return [item for item in data if not (isinstance(item, dict) and set(item) == {"defaults"})]


@cache
def built_in_files() -> RuleFiles:
    """Every rule file of the program in order of name, its tests put with its rules."""
    folder = _data().joinpath("rules")
    texts = {
        item.name: item.read_text(encoding="utf-8")
        for item in folder.iterdir()
        if item.name.endswith(".yaml")
    }
    return tuple(
        with_tests(name, text, texts.get(name.replace(".yaml", _TESTS), "{}"))
        for name, text in sorted(texts.items())
        if not name.endswith(_TESTS)
    )


def with_tests(name: str, rules: str, tests: str) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """A rule file with the tests kept beside it; a test of no rule raises RuleError."""
    items = parse_rule_file(name, rules)
    beside = _load(tests)
    strays = set(beside) - {item.get("id") for item in items}
    if strays:
        raise RuleError(tuple(Problem(name, str(rule), "有测试而没有规则") for rule in strays))
    return name, [{**item, "tests": beside.get(item.get("id"), [])} for item in items]


@cache
def built_in_clocks() -> Mapping[str, Clock]:
    """The clocks by code."""
    clocks = [clock_from(item) for item in _read("clocks.yaml")]
    return {clock.code: clock for clock in clocks}


@cache
def built_in_vocabulary() -> Vocabulary:
    """Facts, channels, preconditions, flags, laws and regions."""
    facts = _read("facts.yaml")
    regions = _read("regions.yaml")
    return Vocabulary(
        facts=_facts(facts),
        channels={item["code"]: Channel(**item) for item in _read("channels.yaml")},
        preconditions={
            item["code"]: Precondition(
                item["code"],
                item["name"],
                item["notice"],
                tuple(item.get("steps", ())),
                tuple(item.get("after", ())),
            )
            for item in _read("preconditions.yaml")
        },
        flags={code: Flag(code, name) for code, name in _read("flags.yaml").items()},
        laws={
            law: tuple(_law(text) for text in texts) for law, texts in _read("laws.yaml").items()
        },
        regions=_regions(regions),
        provinces=regions["provinces"],
        tv_tree=_tree(facts["issue"]["tv"], facts["issue"]["tree"]),
    )


def _facts(data: Mapping[str, Any]) -> dict[str, Fact]:
    screens = data["screens"]
    found = {"issue": _issue(data["issue"])}
    for item in data["facts"]:
        values = tuple(FactValueName(v["code"], v["name"]) for v in item.get("values", ()))
        found[item["code"]] = Fact(
            code=item["code"],
            name=item["name"],
            type=item["type"],
            question=item["question"],
            tv=_tv(item, screens, values),
            values=values,
            low=item.get("low"),
            high=item.get("high"),
            future=item.get("future", False),
            likely=item.get("likely", 1.0),
        )
    return found


def _issue(data: Mapping[str, Any]) -> Fact:
    values = tuple(
        FactValueName(code, name, (kinds,) if isinstance(kinds, str) else tuple(kinds), matter)
        for code, (name, kinds, matter) in data["values"].items()
    )
    first = tuple(TvChoice(label, range=label) for label in data["tree"])
    tv = TvQuestion(data["tv"], first, "tv_tree")
    return Fact("issue", data["name"], "enum", data["question"], tv, values)


def _tv(
    item: Mapping[str, Any], screens: Mapping[str, Any], values: Sequence[FactValueName]
) -> TvQuestion:
    if values:
        choices = tuple(TvChoice(value.name, value.code) for value in values)
        return TvQuestion(item["tv"], choices)
    is_date = item["type"] == "date"
    default = screens[item.get("screen", "past" if is_date else "bool")]
    choices = tuple(
        TvChoice(choice["label"], choice.get("value"), choice.get("range", ""))
        for choice in item.get("choices", default)
    )
    return TvQuestion(item["tv"], choices, item.get("then", "exact_date" if is_date else ""))


def _tree(label: str, node: Any) -> TvNode:
    if isinstance(node, str):
        return TvNode(label, node)
    return TvNode(label, children=tuple(_tree(name, child) for name, child in node.items()))


def _law(data: Mapping[str, Any]) -> LawText:
    return LawText(data["version"], data["from"], data.get("to"))


def _regions(data: Mapping[str, Any]) -> dict[str, Region]:
    top = data["autonomous_region"]
    found = {top["code"]: Region(top["code"], top["name"])}
    for code, league in data["leagues"].items():
        found[code] = Region(code, league["name"])
        for banner, name in league["banners"].items():
            found[banner] = Region(banner, name, code)
    return found


def _version(rule_files: RuleFiles) -> str:
    digest = hashlib.sha256(repr(rule_files).encode("utf-8")).hexdigest()
    return digest[:12]


def _data() -> Traversable:
    return files("backend.routing").joinpath("data")


def _load(text: str) -> Any:
    return yaml.load(text, Loader=SafeLoader)


def _read(name: str) -> Any:
    return _load(_data().joinpath(name).read_text(encoding="utf-8"))
