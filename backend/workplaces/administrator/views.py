"""Accounts (system), sessions and erasure (security), the journal (audit)."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.cases import service as cases
from backend.directory.model import Regions
from backend.directory.ports import Directory
from backend.identity import service as identity
from backend.identity.model import ROLES
from backend.identity.ports import Accounts
from backend.kernel.errors import NotFound
from backend.web.request import Request
from backend.web.routing import Handler, Route


class NewAccount(BaseModel):
    """A new account; its password is shown once."""

    username: str = Field(max_length=40)
    name: str = Field(max_length=60)
    role: str = Field(max_length=30)
    organisation: str = Field(default="", max_length=40)
    region: str = Field(default="", max_length=6)


class Erase(BaseModel):
    """Whose personal data is erased: the person behind a case code."""

    code: str = Field(max_length=40)


async def show(request: Request) -> web.StreamResponse:
    """What this administrator may see."""
    return await _page(request)


async def create_account(request: Request) -> web.StreamResponse:
    """Create an account and show its first password once."""
    form = request.body(NewAccount)
    password = identity.new_password()
    account = await identity.create_account(
        request.uow,
        username=form.username,
        name=form.name,
        roles=frozenset({form.role}),
        password=password,
        organisation=form.organisation,
        region=form.region,
        must_change=True,
    )
    return await _page(
        request, told=f"已建立账号 {account.username}，初始密码 {password}（只显示这一次）。"
    )


async def close_account(request: Request) -> web.StreamResponse:
    """Close an account."""
    await identity.close_account(request.uow, request.path("id"))
    return request.see_other("/admin")


async def revoke(request: Request) -> web.StreamResponse:
    """End every session of an account."""
    count = await identity.end_sessions(request.uow, request.path("id"))
    return await _page(request, told=f"已结束 {count} 个登录。")


async def erase(request: Request) -> web.StreamResponse:
    """Erase the personal data of the person behind a case code."""
    case = await cases.find_by_code(request.uow, request.body(Erase).code)
    if case is None:
        raise NotFound("没有这个案件编码。", where="code")
    await cases.erase_person(request.uow, case.person)
    return await _page(request, told="已删除此人的个人信息，日志仍可验证。")


async def verify(request: Request) -> web.StreamResponse:
    """Verify the journal from its first event."""
    found = await request.uow.verify_journal()
    told = (
        f"日志完好：{found.events} 个事件，{found.days} 个日根。"
        if found.broken is None
        else f"日志在第 {found.broken.position} 条断开：{found.broken.reason}。"
    )
    return await _page(request, told=told)


async def _page(request: Request, told: str = "") -> web.Response:
    uow = request.uow
    may = uow.permissions.may
    return request.page(
        "administrator/admin.html",
        told=told,
        accounts=await uow.get(Accounts).all(),
        roles=ROLES,
        bodies=await uow.get(Directory).all(),
        leagues=uow.get(Regions).leagues(),
        may_manage=may(uow.actor, "account.manage"),
        may_revoke=may(uow.actor, "session.revoke"),
        may_erase=may(uow.actor, "person.erase"),
        may_verify=may(uow.actor, "journal.verify"),
    )


def routes() -> list[Route]:
    """The administrators' page."""

    def step(
        path: str,
        handler: Handler,
        summary: str,
        requires: str,
        body: type[BaseModel] | None = None,
    ) -> Route:
        return Route(
            "POST",
            path,
            handler,
            summary,
            requires=requires,
            work="write",
            body=body,
            channel="admin",
        )

    return [
        Route("GET", "/admin", show, "管理", requires="admin.use"),
        step("/admin/accounts", create_account, "建立账号", "account.manage", NewAccount),
        step("/admin/accounts/{id}/close", close_account, "停用账号", "account.manage"),
        step("/admin/accounts/{id}/revoke", revoke, "结束登录", "session.revoke"),
        step("/admin/erase", erase, "删除个人信息", "person.erase", Erase),
        step("/admin/verify", verify, "验证日志", "journal.verify"),
    ]
