"""Signing in and out, as pages and as JSON."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.identity import service
from backend.web.application import SESSION_COOKIE
from backend.web.request import Request
from backend.web.routing import Route

_HOME = {
    "agent": "/desk",
    "supervisor": "/supervisor",
    "dispatcher": "/dispatch",
    "mediator": "/mediator",
    "organisation_clerk": "/organisation",
    "knowledge_editor": "/editor",
    "knowledge_reviewer": "/editor",
    "score_auditor": "/auditor",
    "system_admin": "/admin",
    "security_admin": "/admin",
    "audit_admin": "/admin",
}


class SignIn(BaseModel):
    """The sign-in form."""

    username: str = Field(max_length=40)
    password: str = Field(max_length=200)
    next: str = Field(default="", max_length=200)


def home_of(roles: frozenset[str]) -> str:
    """The workplace of whoever has these roles."""
    return next((path for role, path in _HOME.items() if role in roles), "/")


def routes(*, secure: bool) -> list[Route]:
    """`/login` and `/logout`."""

    async def show(request: Request) -> web.StreamResponse:
        return request.page("identity/login.html", wrong=False, next=request.query("next"))

    async def sign_in(request: Request) -> web.StreamResponse:
        form = request.body(SignIn)
        done = await service.sign_in(request.uow, form.username.strip(), form.password)
        if done is None:
            return request.page("identity/login.html", status=401, wrong=True, next=form.next)
        token, account = done
        # Only a path of ours: "//host" and "/\host" would lead a browser elsewhere.
        inside = form.next.startswith("/") and form.next[1:2] not in ("/", "\\")
        response = request.see_other(form.next if inside else home_of(account.roles))
        response.set_cookie(
            SESSION_COOKIE, token, httponly=True, samesite="Lax", secure=secure, path="/"
        )
        return response

    async def sign_out(request: Request) -> web.StreamResponse:
        token = request.raw.cookies.get(SESSION_COOKIE, "")
        if token and request.actor.kind == "staff":
            await service.sign_out(request.uow, request.actor.id, token)
        response = request.see_other("/login")
        response.del_cookie(SESSION_COOKIE, path="/")
        return response

    return [
        Route("GET", "/login", show, "登录页", public=True),
        Route("POST", "/login", sign_in, "登录", public=True, work="write", body=SignIn),
        Route("POST", "/logout", sign_out, "退出登录", public=True, work="write"),
    ]
