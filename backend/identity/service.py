"""Creating accounts, signing in and out, resetting passwords."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from backend.identity.model import (
    ROLES,
    SESSION_LENGTH,
    Account,
    Session,
    check_password,
    check_roles,
    check_username,
)
from backend.identity.ports import Accounts, PasswordHasher
from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Denied, Invalid, NotFound, TooMany
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.unit_of_work import UnitOfWork

_MOST_FAILURES = 5
_FAILURE_WINDOW = timedelta(minutes=10)


def token_hash(token: str) -> str:
    """What is stored of a session token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_password() -> str:
    """A password made on this machine, easy enough to type."""
    return "-".join(secrets.token_hex(2) for _ in range(4))


async def create_account(
    uow: UnitOfWork,
    *,
    username: str,
    name: str,
    roles: frozenset[str],
    password: str,
    organisation: str = "",
    region: str = "",
    must_change: bool = False,
) -> Account:
    """Create an account; raises `Invalid` or `Conflict`."""
    accounts = uow.get(Accounts)
    check_username(username)
    check_roles(roles)
    check_password(password)
    if await accounts.by_username(username):
        raise Conflict(f"用户名 {username} 已被使用。", code="username_taken", where="username")
    account = Account(
        id=new_id(),
        username=username,
        name=name or username,
        roles=roles,
        organisation=organisation,
        region=region,
        password_hash=uow.get(PasswordHasher).hash(password),
        made_at=uow.now,
        must_change=must_change,
    )
    await accounts.add(account)
    await uow.append(
        Aggregate("account", account.id),
        "account.created",
        {"username": username, "roles": sorted(roles), "organisation": organisation},
        after="open",
    )
    return account


@dataclass(frozen=True, slots=True)
class StaffRefusal:
    """Why one row of an import was not taken."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class StaffReport:
    """What an import did; first passwords by user name, shown nowhere again."""

    passwords: Mapping[str, str]
    refused: tuple[StaffRefusal, ...]


async def import_staff(
    uow: UnitOfWork,
    rows: Iterable[tuple[int, Mapping[str, str]]],
    *,
    organisations: frozenset[str],
    knows_region: Callable[[str], bool],
) -> StaffReport:
    """Create accounts from rows with 用户名, 姓名, 角色, 单位编码 and 行政区划.

    A wrong row is refused with its number and reason; a known user name is never changed.
    """
    passwords: dict[str, str] = {}
    refused: list[StaffRefusal] = []
    labels = {label: role for role, label in ROLES.items()}
    for number, row in rows:
        names = row.get("角色", "").replace("，", ",").replace("、", ",").split(",")
        wanted = [name.strip() for name in names if name.strip()]
        unknown = [name for name in wanted if name not in labels]
        body, region = row.get("单位编码", "").strip(), row.get("行政区划", "").strip()
        reason = ""
        if unknown:
            reason = f"没有角色“{unknown[0]}”"
        elif body and body not in organisations:
            reason = f"单位编码“{body}”不在目录里"
        elif region and not knows_region(region):
            reason = f"行政区划“{region}”不存在"
        password = new_password()
        if not reason:
            try:
                account = await create_account(
                    uow,
                    username=row.get("用户名", "").strip(),
                    name=row.get("姓名", "").strip(),
                    roles=frozenset(labels[name] for name in wanted),
                    password=password,
                    organisation=body,
                    region=region,
                    must_change=True,
                )
            except (Invalid, Conflict) as error:
                reason = error.message
            else:
                passwords[account.username] = password
        if reason:
            refused.append(StaffRefusal(number, reason))
    return StaffReport(passwords, tuple(refused))


async def sign_in(uow: UnitOfWork, username: str, password: str) -> tuple[str, Account] | None:
    """Return a new session token and its account, or None for a wrong name or password.

    Raises `TooMany` after five failures in ten minutes. The caller commits in either case, so a
    failure is remembered.
    """
    accounts = uow.get(Accounts)
    hasher = uow.get(PasswordHasher)
    if await accounts.failures(username, uow.now - _FAILURE_WINDOW) >= _MOST_FAILURES:
        raise TooMany("输错次数太多，请十分钟后再试。", code="too_many_sign_ins")
    account = await accounts.by_username(username)
    known = account is not None and account.closed_at is None
    # An unknown name costs as much time as a wrong password.
    hashed = account.password_hash if account is not None and known else hasher.hash("-")
    if not hasher.matches(hashed, password) or account is None or not known:
        await accounts.add_failure(username, uow.now)
        return None
    token = await open_session(uow, account)
    await uow.append(
        Aggregate("account", account.id), "account.signed_in", before="open", after="open"
    )
    return token, account


async def open_session(uow: UnitOfWork, account: Account) -> str:
    """Open a session; returns its token, of which only a hash is stored."""
    token = secrets.token_urlsafe(32)
    await uow.get(Accounts).add_session(
        Session(token_hash(token), account.id, uow.now, uow.now + SESSION_LENGTH)
    )
    return token


async def authenticate(uow: UnitOfWork, token: str) -> Actor | None:
    """Who is behind a session token, or None.

    An account with a first password may change it and nothing else: it has no role until then.
    """
    accounts = uow.get(Accounts)
    session = await accounts.session(token_hash(token))
    if session is None or session.ends_at <= uow.now:
        return None
    account = await accounts.by_id(session.account)
    if account is None or account.closed_at is not None:
        return None
    actor = account.actor()
    return replace(actor, roles=frozenset()) if account.must_change else actor


async def sign_out(uow: UnitOfWork, account: str, token: str) -> None:
    """Revoke one session."""
    await uow.get(Accounts).revoke_sessions(account, uow.now, token_hash(token))
    await uow.append(
        Aggregate("account", account), "account.signed_out", before="open", after="open"
    )


async def end_sessions(uow: UnitOfWork, id: str) -> int:
    """Revoke every session of an account; returns how many there were."""
    count = await uow.get(Accounts).revoke_sessions(id, uow.now)
    await uow.append(
        Aggregate("account", id),
        "account.sessions_ended",
        {"sessions": count},
        before="open",
        after="open",
    )
    return count


async def set_password(
    uow: UnitOfWork, username: str, password: str, *, must_change: bool = False
) -> Account:
    """Set a password and revoke every session of the account."""
    accounts = uow.get(Accounts)
    account = await accounts.by_username(username)
    if account is None:
        raise NotFound(f"没有用户 {username}。", where="username")
    check_password(password)
    changed = replace(
        account, password_hash=uow.get(PasswordHasher).hash(password), must_change=must_change
    )
    await accounts.update(changed)
    await accounts.revoke_sessions(account.id, uow.now)
    await uow.append(
        Aggregate("account", account.id), "account.password_set", before="open", after="open"
    )
    return changed


async def change_password(uow: UnitOfWork, id: str, old: str, new: str) -> Account:
    """Somebody sets a password of his own; every session ends. Raises `Invalid`."""
    account = await uow.get(Accounts).by_id(id)
    if account is None:
        raise NotFound("没有这个账号。")
    if not uow.get(PasswordHasher).matches(account.password_hash, old):
        raise Invalid("原密码不对。", where="old")
    if new == old:
        raise Invalid("新密码要和原密码不同。", where="new")
    return await set_password(uow, account.username, new)


async def close_account(uow: UnitOfWork, id: str) -> None:
    """Close an account and revoke its sessions; nobody closes the account he acts with."""
    accounts = uow.get(Accounts)
    account = await accounts.by_id(id)
    if account is None:
        raise NotFound("没有这个账号。")
    if account.id == uow.actor.id:
        raise Denied("不能停用自己的账号。", code="own_account")
    await accounts.update(replace(account, closed_at=uow.now))
    await accounts.revoke_sessions(account.id, uow.now)
    await uow.append(Aggregate("account", id), "account.closed", before="open", after="closed")
