"""The table of an entry's states, and the two people it takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backend.editorial.model.entry import (
    ENTRY_STEPS,
    OWNERS,
    STEP_NAMES,
    EntryRecord,
    EntryState,
    check_step,
    possible,
)
from backend.identity.model import ROLES
from backend.kernel.errors import Conflict, Denied, Invalid

DRAFT = EntryRecord(
    "1003-x", EntryState.DRAFT, "1003", "题", 1, 0, "a", "甲", datetime(2026, 11, 25, tzinfo=UTC)
)


def check(record, event, role, *, actor="b", authors=frozenset({"a"}), reason="因为"):
    return check_step(
        record, event, actor=actor, roles=frozenset({role}), authors=authors, reason=reason
    )


def test_every_state_is_reached_and_every_unfinished_one_has_an_owner_and_a_way_out() -> None:
    reached = {EntryState.DRAFT} | {step.next for step in ENTRY_STEPS.values()}
    assert reached == set(EntryState)
    for state in EntryState:
        exits = [step for (start, _), step in ENTRY_STEPS.items() if start is state]
        assert any(step.next is not state for step in exits), state
        if OWNERS[state]:
            assert any(step.role == OWNERS[state] and step.next is not state for step in exits)


def test_every_step_has_a_name_and_a_known_role() -> None:
    for (_, event), step in ENTRY_STEPS.items():
        assert event in STEP_NAMES
        assert step.role in ROLES or step.role == "system"


@pytest.mark.parametrize("state", list(EntryState))
@pytest.mark.parametrize("event", sorted(STEP_NAMES))
def test_what_the_table_does_not_know_is_refused(state, event) -> None:
    record = replace(DRAFT, state=state, published=1)
    if (state, event) in ENTRY_STEPS:
        return
    with pytest.raises(Conflict):
        check(record, event, "knowledge_editor")


def test_nobody_decides_on_a_text_of_their_own() -> None:
    waiting = replace(DRAFT, state=EntryState.IN_REVIEW)
    for event in ("publish", "send_back"):
        with pytest.raises(Denied, match="另一个人"):
            check(waiting, event, "knowledge_reviewer", actor="a")
        assert check(waiting, event, "knowledge_reviewer", actor="b")


def test_the_wrong_role_is_denied() -> None:
    with pytest.raises(Denied):
        check(DRAFT, "submit", "knowledge_reviewer")
    with pytest.raises(Denied):
        check(replace(DRAFT, state=EntryState.IN_REVIEW), "publish", "knowledge_editor")


@pytest.mark.parametrize(("state", "event"), [k for k, s in ENTRY_STEPS.items() if s.reason])
def test_a_decision_needs_its_reason(state, event) -> None:
    step = ENTRY_STEPS[state, event]
    record = replace(DRAFT, state=state, published=0 if step.served is False else 1)
    with pytest.raises(Invalid, match="理由"):
        check(record, event, step.role, reason="  ")


def test_an_editor_alone_takes_nothing_published_out_of_the_answers() -> None:
    revised = replace(DRAFT, published=1, version=2)
    with pytest.raises(Conflict):
        check(revised, "withdraw", "knowledge_editor")
    assert check(revised, "discard", "knowledge_editor").next is EntryState.DUE
    with pytest.raises(Conflict):
        check(DRAFT, "discard", "knowledge_editor")


def test_only_what_is_possible_is_offered() -> None:
    waiting = replace(DRAFT, state=EntryState.IN_REVIEW)
    reviewer = frozenset({"knowledge_reviewer"})
    offered = possible(waiting, actor="b", roles=reviewer, authors=frozenset({"a"}))
    assert offered == ["publish", "send_back"]
    assert possible(waiting, actor="a", roles=reviewer, authors=frozenset({"a"})) == []
