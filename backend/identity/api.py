"""Signing in and out, as pages and as JSON."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.identity import service
from backend.kernel.errors import Invalid, NotSignedIn
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
    next: str = Field(default="", max_length=400)


class NewPassword(BaseModel):
    """The form for a password of one's own."""

    old: str = Field(max_length=200)
    new: str = Field(max_length=200)
    again: str = Field(max_length=200)


def home_of(roles: frozenset[str]) -> str:
    """The workplace of whoever has these roles."""
    return next((path for role, path in _HOME.items() if role in roles), "/")


def routes(*, secure: bool) -> list[Route]:
    """`/login`, `/logout` and `/password`."""

    def keep(response: web.Response, token: str) -> web.Response:
        response.set_cookie(
            SESSION_COOKIE, token, httponly=True, samesite="Lax", secure=secure, path="/"
        )
        return response

    async def show(request: Request) -> web.StreamResponse:
        return request.page("identity/login.html", wrong=False, next=request.query("next"))

    async def sign_in(request: Request) -> web.StreamResponse:
        form = request.body(SignIn)
        done = await service.sign_in(request.uow, form.username.strip(), form.password)
        if done is None:
            return request.page("identity/login.html", status=401, wrong=True, next=form.next)
        token, account = done
        onward = "/password" if account.must_change else _inside(form.next)
        return keep(request.see_other(onward or home_of(account.roles)), token)

    async def sign_out(request: Request) -> web.StreamResponse:
        token = request.raw.cookies.get(SESSION_COOKIE, "")
        if token and request.actor.kind == "staff":
            await service.sign_out(request.uow, request.actor.id, token)
        response = request.see_other("/login")
        response.del_cookie(SESSION_COOKIE, path="/")
        return response

    async def show_password(request: Request) -> web.StreamResponse:
        _signed_in(request)
        return request.page("identity/password.html", wrong="")

    async def change_password(request: Request) -> web.StreamResponse:
        form = request.body(NewPassword)
        _signed_in(request)
        wrong = "" if form.new == form.again else "两次输入的新密码不一样。"
        try:
            if not wrong:
                account = await service.change_password(
                    request.uow, request.actor.id, form.old, form.new
                )
                token = await service.open_session(request.uow, account)
                return keep(request.see_other(home_of(account.roles)), token)
        except Invalid as error:
            wrong = error.message
        return request.page("identity/password.html", status=422, wrong=wrong)

    return [
        Route("GET", "/login", show, "登录页", public=True),
        Route("POST", "/login", sign_in, "登录", public=True, work="write", body=SignIn),
        Route("POST", "/logout", sign_out, "退出登录", public=True, work="write"),
        # Public, since whoever still has a first password has no right but this one.
        Route("GET", "/password", show_password, "改密码页", public=True),
        Route(
            "POST",
            "/password",
            change_password,
            "改自己的密码",
            public=True,
            work="write",
            body=NewPassword,
        ),
    ]


def _signed_in(request: Request) -> None:
    if request.actor.kind != "staff":
        raise NotSignedIn("请先登录。")


def _inside(path: str) -> str:
    # Only a path of ours: "//host" and "/\\host" would lead a browser elsewhere.
    return path if path.startswith("/") and path[1:2] not in ("/", "\\") else ""
