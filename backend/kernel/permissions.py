"""Permission rules as data: one rule feeds code, SQL and search.

An action has alternatives; an alternative has roles and conditions, all of which must hold. A
condition compares a field of the thing with a value or with a property of whoever acts
(`actor.id`, `actor.organisation`, `actor.region`). What no rule allows is denied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backend.kernel.actor import Actor
from backend.kernel.errors import Denied, WrongSetting

Operator = Literal["is", "in", "within"]
_ACTOR_FIELDS = {"actor.id", "actor.organisation", "actor.region"}
_CHINA = "000000"


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `within` compares official region codes: 150400 holds 150402."""

    field: str
    operator: Operator
    value: str | tuple[str, ...]

    def resolved(self, actor: Actor) -> str | tuple[str, ...]:
        """The right-hand side for this actor."""
        if isinstance(self.value, str) and self.value in _ACTOR_FIELDS:
            return str(getattr(actor, self.value.removeprefix("actor.")))
        return self.value


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition whose right-hand side is known; what SQL and search filters are made of."""

    field: str
    operator: Operator
    value: str | tuple[str, ...]

    def holds(self, thing: Mapping[str, Any]) -> bool:
        """Whether the thing satisfies this clause; a missing field never does."""
        actual = thing.get(self.field)
        if actual is None:
            return False
        if self.operator == "in":
            return str(actual) in self.value
        if self.operator == "within":
            return str(actual).startswith(region_stem(str(self.value)))
        return bool(self.value) and str(actual) == self.value


@dataclass(frozen=True, slots=True)
class Alternative:
    """Roles, of which the actor needs one, and conditions, of which all must hold."""

    roles: frozenset[str]
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """OR of ANDs: what an actor may see. No alternatives means nothing."""

    alternatives: tuple[tuple[Clause, ...], ...]


def region_stem(code: str) -> str:
    """The leading digits that all codes inside a region share (150400 → 1504, 150000 → 15)."""
    if code in ("", _CHINA):
        return "" if code == _CHINA else "!"
    stem = code
    while stem.endswith("00"):
        stem = stem[:-2]
    return stem


class Permissions:
    """The loaded rules."""

    def __init__(self, rules: Mapping[str, Sequence[Alternative]]) -> None:
        self._rules = {action: tuple(alternatives) for action, alternatives in rules.items()}

    @classmethod
    def from_data(cls, data: Mapping[str, Sequence[Mapping[str, Any]]]) -> Permissions:
        """Read rules from plain data: `{action: [{roles: […], when: [[field, op, value], …]}]}`."""
        rules: dict[str, list[Alternative]] = {}
        for action, alternatives in data.items():
            rules[action] = []
            for number, alternative in enumerate(alternatives, start=1):
                roles = frozenset(alternative.get("roles", ()))
                if not roles:
                    raise WrongSetting(f"权限 {action} 第{number}项没有角色。", where=action)
                conditions = tuple(
                    _condition(action, *entry) for entry in alternative.get("when", ())
                )
                rules[action].append(Alternative(roles, conditions))
        return cls(rules)

    @property
    def actions(self) -> frozenset[str]:
        """Every action that some rule names."""
        return frozenset(self._rules)

    def may(self, actor: Actor, action: str) -> bool:
        """Whether this actor may ever do this, to something."""
        return any(actor.roles & alternative.roles for alternative in self._rules.get(action, ()))

    def allows(self, actor: Actor, action: str, thing: Mapping[str, Any]) -> bool:
        """Whether this actor may do this to this thing."""
        return any(
            all(clause.holds(thing) for clause in clauses)
            for clauses in self.filter(actor, action).alternatives
        )

    def demand(self, actor: Actor, action: str, thing: Mapping[str, Any] | None = None) -> None:
        """Raise `Denied` unless the actor may do this (to this thing, where one is given)."""
        allowed = self.may(actor, action) if thing is None else self.allows(actor, action, thing)
        if not allowed:
            raise Denied("您没有权限做这件事。", details={"action": action})

    def filter(self, actor: Actor, action: str) -> Filter:
        """Return what the actor may do this to, as clauses for SQL or search."""
        return Filter(
            tuple(
                tuple(
                    Clause(condition.field, condition.operator, condition.resolved(actor))
                    for condition in alternative.conditions
                )
                for alternative in self._rules.get(action, ())
                if actor.roles & alternative.roles
            )
        )


def _condition(action: str, field: str, operator: str, value: Any) -> Condition:
    if operator == "is":
        return Condition(field, "is", str(value))
    if operator == "in":
        return Condition(field, "in", tuple(str(item) for item in value))
    if operator == "within":
        return Condition(field, "within", str(value))
    raise WrongSetting(f"权限 {action} 的运算 {operator} 不存在。", where=action)
