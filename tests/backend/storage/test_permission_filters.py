"""One rule, the same result in code and in SQL."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select

from backend.bootstrap import load_permissions
from backend.identity.model import ADMINISTRATORS, ROLES
from backend.kernel.actor import Actor
from backend.kernel.errors import Denied, WrongSetting
from backend.kernel.permissions import Permissions
from backend.storage.filters import to_sql

FIELDS = ("id", "agent", "mediator", "organisation", "region", "state")
things = Table("things", MetaData(), *(Column(name, String) for name in FIELDS))
REGIONS = ["150000", "150400", "150402", "152500", "1504", "15%400", "", "000000", "110000"]
NAMES = ["a", "b", "", "%", "a_b", "waiting", "callback", "closed"]

texts = st.sampled_from(NAMES)
thing = st.fixed_dictionaries(
    {
        "id": texts,
        "agent": texts,
        "mediator": st.none() | texts,
        "organisation": texts,
        "region": st.sampled_from(REGIONS),
        "state": texts,
    }
)
actors = st.builds(
    Actor,
    kind=st.just("staff"),
    id=texts,
    roles=st.frozensets(st.sampled_from(sorted(ROLES)), max_size=3),
    organisation=texts,
    region=st.sampled_from(REGIONS),
)
condition = st.one_of(
    st.tuples(
        st.sampled_from((*FIELDS, "missing")),
        st.just("is"),
        st.sampled_from(["actor.id", "actor.organisation", "a", "b"]),
    ),
    st.tuples(st.sampled_from(FIELDS), st.just("in"), st.lists(texts, min_size=1, max_size=3)),
    st.tuples(
        st.sampled_from(FIELDS), st.just("within"), st.sampled_from(["actor.region", "150400"])
    ),
)
rules = st.lists(
    st.fixed_dictionaries(
        {
            "roles": st.lists(st.sampled_from(sorted(ROLES)), min_size=1, max_size=2),
            "when": st.lists(condition, max_size=3),
        }
    ),
    max_size=3,
)


@contextmanager
def table_of(rows):
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        things.create(connection)
        if rows:
            connection.execute(insert(things), rows)
        yield connection
    engine.dispose()


def check(permissions: Permissions, action: str, actor: Actor, rows: list[dict]) -> None:
    numbered = [{**row, "id": f"{number}"} for number, row in enumerate(rows)]
    with table_of(numbered) as connection:
        allowed = to_sql(permissions.filter(actor, action), dict(things.c.items()))
        found = set(connection.execute(select(things.c.id).where(allowed)).scalars())
    assert found == {row["id"] for row in numbered if permissions.allows(actor, action, row)}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules, actors, st.lists(thing, max_size=8))
def test_any_rule_gives_the_same_in_code_and_sql(data, actor, rows) -> None:
    check(Permissions.from_data({"thing.read": data}), "thing.read", actor, rows)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(load_permissions().actions)), actors, st.lists(thing, max_size=8))
def test_every_shipped_rule_gives_the_same_in_code_and_sql(action, actor, rows) -> None:
    check(load_permissions(), action, actor, rows)


def test_a_league_holds_its_banners_and_no_neighbour() -> None:
    permissions = Permissions.from_data(
        {"x": [{"roles": ["agent"], "when": [["region", "within", "actor.region"]]}]}
    )

    def may(own: str, region: str) -> bool:
        actor = Actor("staff", "a", frozenset({"agent"}), region=own)
        return permissions.allows(actor, "x", {"region": region})

    assert may("150400", "150402")
    assert may("150000", "150402")
    assert may("150402", "150402")
    assert not may("150402", "150400")
    assert not may("150400", "152500")
    assert not may("", "150400")


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_no_administrator_reads_what_people_have_told_us(role) -> None:
    permissions = load_permissions()
    actor = Actor("staff", "a", frozenset({role}), "a", "150000")
    private = {
        action
        for action in permissions.actions
        if action.split(".")[0] in {"case", "contact", "order", "mediation", "referral", "desk"}
    }
    assert len(private) > 8
    assert {action for action in private if permissions.may(actor, action)} == set()


def test_what_no_rule_names_is_denied() -> None:
    permissions = Permissions.from_data({})
    actor = Actor("staff", "a", frozenset(ROLES), "a", "150000")
    assert not permissions.may(actor, "case.read")
    with pytest.raises(Denied):
        permissions.demand(actor, "case.read")


@pytest.mark.parametrize(
    "data",
    [
        {"x": [{"when": []}]},
        {"x": [{"roles": ["agent"], "when": [["a", "like", "b"]]}]},
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_by_name(data) -> None:
    with pytest.raises(WrongSetting, match="权限 x"):
        Permissions.from_data(data)
