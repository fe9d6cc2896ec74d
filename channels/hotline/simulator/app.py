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
_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=()",
    "Cache-Control": "no-cache",
}


def build_simulator(config: SimulatorConfig) -> web.Application:
    """Make the application; runnable alone or as a sub-application under any prefix."""
    app = web.Application()
    exchange = CarrierExchange(config)
    app[EXCHANGE] = exchange
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"), autoescape=True
    )

    async def phone_page(_: web.Request) -> web.Response:
        page = templates.get_template("phone.html").render(
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
    app.router.add_get("/phone/line", PhoneLine(exchange).connect, name="line")
    app.router.add_static("/static", _HERE / "static", name="static")
    app.router.add_routes(Rest(exchange).routes())
    app.cleanup_ctx.append(running)
    return app
