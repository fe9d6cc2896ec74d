"""What ends a session, what stops guessing, what a first password allows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.identity import service as identity
from backend.identity.model import SESSION_LENGTH
from backend.identity.ports import Accounts
from backend.kernel.actor import SYSTEM
from backend.kernel.errors import Conflict, Denied, Invalid, NotFound, TooMany
from backend.kernel.journal import Aggregate
from tests.support.house import staff

PASSWORD = "correct-horse-battery-staple"
OTHER = "another-horse-another-staple"


@pytest.fixture
async def account(both):
    async with both.units(SYSTEM, "test") as uow:
        return await identity.create_account(
            uow, username="batu", name="巴图", roles=frozenset({"agent"}), password=PASSWORD
        )


async def sign_in(house, password=PASSWORD, username="batu") -> str:
    async with house.units(SYSTEM, "test") as uow:
        done = await identity.sign_in(uow, username, password)
    return done[0] if done else ""


async def who(house, token):
    async with house.units(SYSTEM, read_only=True) as uow:
        return await identity.authenticate(uow, token)


async def test_a_session_says_who_acts_and_its_token_is_stored_nowhere(both, account) -> None:
    token = await sign_in(both)
    actor = await who(both, token)
    assert (actor.id, actor.roles, actor.kind) == (account.id, {"agent"}, "staff")
    async with both.units(SYSTEM, read_only=True) as uow:
        assert await uow.get(Accounts).session(token) is None
        assert await uow.get(Accounts).session(identity.token_hash(token)) is not None
    assert await who(both, token + "x") is None
    assert await who(both, "") is None


async def test_a_session_ends_by_itself(both, account, clock) -> None:
    token = await sign_in(both)
    clock.forward(SESSION_LENGTH - timedelta(seconds=1))
    assert await who(both, token) is not None
    clock.forward(timedelta(seconds=1))
    assert await who(both, token) is None


async def test_signing_out_ends_one_session_and_no_other(both, account) -> None:
    here, there = await sign_in(both), await sign_in(both)
    async with both.units(SYSTEM, "test") as uow:
        await identity.sign_out(uow, account.id, here)
    assert await who(both, here) is None
    assert await who(both, there) is not None


@pytest.mark.parametrize("how", ["reset", "changed", "closed", "ended"])
async def test_what_ends_every_session(both, account, how) -> None:
    tokens = [await sign_in(both), await sign_in(both)]
    async with both.units(SYSTEM, "test") as uow:
        if how == "reset":
            await identity.set_password(uow, "batu", OTHER)
        elif how == "changed":
            await identity.change_password(uow, account.id, PASSWORD, OTHER)
        elif how == "closed":
            await identity.close_account(uow, account.id)
        else:
            assert await identity.end_sessions(uow, account.id) == len(tokens)
    assert [await who(both, token) for token in tokens] == [None, None]
    async with both.units(SYSTEM, read_only=True) as uow:
        last = (await uow.events(Aggregate("account", account.id)))[-1]
    told = {"closed": "account.closed", "ended": "account.sessions_ended"}
    assert last.type == told.get(how, "account.password_set")
    assert PASSWORD not in str(last.payload)


async def test_five_wrong_passwords_in_ten_minutes_and_the_right_one_is_refused(
    both, account, clock
) -> None:
    for _ in range(5):
        assert await sign_in(both, "wrong-password") == ""
        clock.forward(timedelta(minutes=1))
    with pytest.raises(TooMany, match="十分钟"):
        await sign_in(both)
    clock.forward(timedelta(minutes=6))
    assert await sign_in(both), "the first failures are older than ten minutes"


async def test_guessing_at_one_name_stops_nobody_else(both, account) -> None:
    for _ in range(5):
        assert await sign_in(both, username="nobody") == ""
    with pytest.raises(TooMany):
        await sign_in(both, username="nobody")
    assert await sign_in(both)


async def test_a_closed_account_cannot_sign_in_and_nobody_closes_his_own(both, account) -> None:
    async with both.units(staff("system_admin", account.id), "test") as uow:
        with pytest.raises(Denied):
            await identity.close_account(uow, account.id)
    async with both.units(SYSTEM, "test") as uow:
        await identity.close_account(uow, account.id)
    assert await sign_in(both) == ""


async def test_a_first_password_opens_nothing_until_it_is_changed(both) -> None:
    async with both.units(SYSTEM, "test") as uow:
        made = await identity.create_account(
            uow,
            username="first",
            name="",
            roles=frozenset({"mediator"}),
            password=PASSWORD,
            organisation="committee",
            must_change=True,
        )
    assert (await who(both, await sign_in(both, username="first"))).roles == frozenset()
    async with both.units(SYSTEM, "test") as uow:
        for old, new in (("wrong", OTHER), (PASSWORD, PASSWORD), (PASSWORD, "short")):
            with pytest.raises(Invalid):
                await identity.change_password(uow, made.id, old, new)
        await identity.change_password(uow, made.id, PASSWORD, OTHER)
    actor = await who(both, await sign_in(both, OTHER, "first"))
    assert (actor.roles, actor.organisation) == ({"mediator"}, "committee")


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "Batu"},
        {"username": "b"},
        {"username": "批图"},
        {"password": "short"},
        {"roles": frozenset()},
        {"roles": frozenset({"president"})},
        {"roles": frozenset({"system_admin", "agent"})},
        {"roles": frozenset({"system_admin", "audit_admin"})},
    ],
)
async def test_accounts_that_are_refused(house, changes) -> None:
    values = {"username": "anna", "roles": frozenset({"agent"}), "password": PASSWORD, "name": ""}
    async with house.units(SYSTEM, "test") as uow:
        with pytest.raises(Invalid):
            await identity.create_account(uow, **(values | changes))


async def test_a_name_that_is_taken_and_one_that_nobody_has(both, account) -> None:
    async with both.units(SYSTEM, "test") as uow:
        with pytest.raises(Conflict, match="batu"):
            await identity.create_account(
                uow, username="batu", name="", roles=frozenset({"agent"}), password=PASSWORD
            )
        with pytest.raises(NotFound, match="nobody"):
            await identity.set_password(uow, "nobody", PASSWORD)
