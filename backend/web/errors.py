"""The one place where errors become HTTP: problem+json for programs, a page for people."""

from __future__ import annotations

from urllib.parse import quote

import jinja2
from aiohttp import web
from yarl import URL

from backend.kernel.canonical import to_bytes
from backend.kernel.errors import (
    Conflict,
    Denied,
    FatongError,
    Invalid,
    NotFound,
    NotSignedIn,
    TooMany,
    Unavailable,
)

# What the sign-in form takes.
_LONGEST_WAY_BACK = 400
_STATUS: tuple[tuple[type[FatongError], int], ...] = (
    (Invalid, 422),
    (NotSignedIn, 401),
    (Denied, 403),
    (NotFound, 404),
    (Conflict, 409),
    (TooMany, 429),
    (Unavailable, 503),
)


def status_of(error: FatongError) -> int:
    """The HTTP status of an expected error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem(error: FatongError) -> dict[str, object]:
    """RFC 9457 members: what happened, whether retrying helps, what is wrong where."""
    body: dict[str, object] = {
        "type": f"urn:fatong:problem:{error.code}",
        "title": error.message,
        "status": status_of(error),
        "code": error.code,
        "retry": error.retry,
    }
    if error.where:
        body["where"] = error.where
    if error.details:
        body["details"] = error.details
    return body


def wants_page(request: web.BaseRequest) -> bool:
    """Whether a person at a browser asked, rather than a script."""
    return "text/html" in request.headers.get("Accept", "")


def _login(wanted: URL) -> str:
    """The sign-in page that leads back to what was wanted, its whole query with it."""
    where = wanted.raw_path_qs
    if len(where) > _LONGEST_WAY_BACK:
        where = wanted.raw_path
    return f"/login?next={quote(where, safe='/')}" if len(where) <= _LONGEST_WAY_BACK else "/login"


def render_error(
    request: web.Request, error: FatongError, pages: jinja2.Environment
) -> web.Response:
    """Answer an expected error."""
    status = status_of(error)
    if wants_page(request):
        if isinstance(error, NotSignedIn) and request.method == "GET":
            return web.Response(status=303, headers={"Location": _login(request.rel_url)})
        html = pages.get_template("web/error.html").render(
            actor=None, path=request.path, error=error, status=status
        )
        return web.Response(text=html, status=status, content_type="text/html")
    return web.Response(
        body=to_bytes(problem(error)),
        status=status,
        content_type="application/problem+json",
        charset="utf-8",
    )
