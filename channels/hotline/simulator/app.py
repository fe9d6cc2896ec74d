"""The carrier as a web application: REST for the platform, a phone page for people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import jinja2
from aiohttp import web

from channels.hotline.simulator.config import SimulatorConfig
from channels.hotline.simulator.exchange import CarrierExchange
from channels.hotline.simulator.phone import PhoneLine
from channels.hotline.simulator.rest import Rest

EXCHANGE = web.AppKey("exchange", CarrierExchange)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=()",
    "Cache-Control": "no-cache",
}
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_HERE = Path(__file__).parent
# A handful of small files, read once at import and never inside the event loop.
_FILES = {file.name: file.read_bytes() for file in (_HERE / "static").iterdir() if file.is_file()}
_PAGE = jinja2.Environment(autoescape=True).from_string(
    (_HERE / "templates/phone.html").read_text(encoding="utf-8")
)


def build_simulator(config: SimulatorConfig) -> web.Application:
    """Make the application; runnable alone or as a sub-application under any prefix."""
    app = web.Application()
    exchange = CarrierExchange(config)
    app[EXCHANGE] = exchange
    line = PhoneLine(exchange)

    async def phone_page(_: web.Request) -> web.Response:
        page = _PAGE.render(
            base=str(app.router["phone"].url_for()).removesuffix("/phone"),
            number=config.number,
            stylesheet=config.stylesheet,
        )
        return web.Response(text=page, content_type="text/html", headers=HEADERS)

    async def running(_: web.Application) -> AsyncIterator[None]:
        await exchange.open()
        yield
        await exchange.close()

    app.router.add_get("/phone", phone_page, name="phone")
    app.router.add_get("/phone/line", line.connect, name="line")
    app.router.add_get("/static/{name}", _static, name="static")
    app.router.add_routes(Rest(exchange).routes())
    app.cleanup_ctx.append(running)
    app.on_shutdown.append(line.close)
    return app


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in _FILES:
        raise web.HTTPNotFound
    kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
    return web.Response(body=_FILES[name], content_type=kind, headers=HEADERS)
