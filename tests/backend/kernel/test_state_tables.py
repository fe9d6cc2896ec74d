"""State machines are tables: every state is reached, and every unfinished one can be left."""

from __future__ import annotations

import pytest

from backend.cases import model as cases
from backend.contacts import model as contacts
from backend.orders import model as orders
from backend.resolution.model import mediation

TABLES = [
    (cases.CASE_STEPS, cases.CaseState.OPEN, {cases.CaseState.MERGED}, cases.next_state),
    (
        contacts.CONTACT_STEPS,
        contacts.ContactState.BOT,
        {contacts.ContactState.CLOSED},
        contacts.next_state,
    ),
    (
        orders.ORDER_STEPS,
        orders.OrderState.NEW,
        {orders.OrderState.CLOSED, orders.OrderState.CANCELLED},
        orders.next_state,
    ),
    (
        mediation.MEDIATION_STEPS,
        mediation.MediationState.INVITING,
        {mediation.MediationState.ARCHIVED},
        mediation.next_state,
    ),
]
tables = pytest.mark.parametrize(
    ("steps", "first", "ends", "next_state"), TABLES, ids=["case", "contact", "order", "mediation"]
)


def reached(steps, first) -> set:
    found, ahead = {first}, [first]
    while ahead:
        state = ahead.pop()
        for (before, _), after in steps.items():
            if before is state and after not in found:
                found.add(after)
                ahead.append(after)
    return found


@tables
def test_every_state_is_reached(steps, first, ends, next_state) -> None:
    assert reached(steps, first) == set(type(first))


@tables
def test_every_unfinished_state_leads_to_an_end(steps, first, ends, next_state) -> None:
    for state in type(first):
        assert state in ends or reached(steps, state) & ends, state


@tables
def test_an_end_is_left_by_nothing(steps, first, ends, next_state) -> None:
    assert [step for step in steps if step[0] in ends] == []


@tables
def test_what_the_table_does_not_hold_is_refused(steps, first, ends, next_state) -> None:
    from backend.kernel.errors import Conflict

    events = {event for _, event in steps}
    for state in type(first):
        for event in events:
            if (state, event) in steps:
                assert next_state(state, event) is steps[state, event]
            else:
                with pytest.raises(Conflict):
                    next_state(state, event)


def test_every_unfinished_state_has_an_owner_and_a_name() -> None:
    for state in orders.OrderState:
        finished = state in (orders.OrderState.CLOSED, orders.OrderState.CANCELLED)
        assert bool(orders.OWNERS[state]) is not finished
        assert orders.STATE_NAMES[state]
    for state in mediation.MediationState:
        assert bool(mediation.MOVES[state]) is (state is not mediation.MediationState.ARCHIVED)
        assert mediation.STATE_NAMES[state]
