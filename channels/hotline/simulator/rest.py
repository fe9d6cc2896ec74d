"""The carrier's REST interface: calls and messages, in Twilio's form of 2010-04-01."""

from __future__ import annotations

import random
from datetime import date, datetime
from email.utils import format_datetime
from typing import Any

from aiohttp import encode_basic_auth, web

from channels.hotline.simulator.call import Call
from channels.hotline.simulator.exchange import RING_SECONDS, CarrierExchange, Message, Refused
from channels.hotline.simulator.interpreter import Source

ALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
_PAGE = 50
_PAGE_LIMIT = 1_000


class Rest:
    """Routes under /2010-04-01/Accounts/{account}."""

    def __init__(self, exchange: CarrierExchange) -> None:
        self._exchange = exchange
        self._random = random.Random(exchange.config.seed + 1)  # noqa: S311 (faults, not secrets)

    def routes(self) -> list[web.RouteDef]:
        """The routes of the interface."""
        base = "/2010-04-01/Accounts/{account}"
        return [
            web.post(f"{base}/Calls.json", self.create_call),
            web.get(f"{base}/Calls.json", self.list_calls),
            web.get(f"{base}/Calls/{{sid}}.json", self.get_call),
            web.post(f"{base}/Calls/{{sid}}.json", self.update_call),
            web.post(f"{base}/Messages.json", self.create_message),
            web.get(f"{base}/Messages.json", self.list_messages),
        ]

    async def create_call(self, request: web.Request) -> web.Response:
        """Make a call to a handset."""
        form = await self._form(request)
        if isinstance(form, web.Response):
            return form
        missing = next((name for name in ("To", "From") if not form.get(name)), None)
        source = Source(form.get("Url", ""), form.get("Twiml", ""))
        if missing or not (source.url or source.twiml):
            return _error(400, 21201 if missing == "To" else 21205, "缺少 To、From 或 Url")
        timeout = form.get("Timeout", str(RING_SECONDS))
        if not timeout.isdecimal():
            return _error(400, 21401, "Timeout 不是整数")
        events = frozenset(form.getall("StatusCallbackEvent", ["completed"]))
        if not events <= ALL_EVENTS:
            return _error(400, 21626, "StatusCallbackEvent 不认识")
        call = self._exchange.call_out(
            from_number=form["From"],
            to_number=form["To"],
            source=source,
            fallback_url=form.get("FallbackUrl", ""),
            status_callback=form.get("StatusCallback", ""),
            status_events=events,
            timeout=int(timeout),
        )
        return self._done(self._call_json(call), status=201)

    async def update_call(self, request: web.Request) -> web.Response:
        """Carry a live call on elsewhere, or end it."""
        form = await self._form(request)
        if isinstance(form, web.Response):
            return form
        call = self._exchange.calls.get(request.match_info["sid"])
        if call is None:
            return _error(404, 20404, "没有这个通话")
        try:
            if form.get("Status") in ("completed", "canceled"):
                unanswered = form["Status"] == "canceled" or call.started is None
                self._exchange.end(call, "canceled" if unanswered else "completed")
            elif form.get("Url") or form.get("Twiml"):
                self._exchange.redirect(call, Source(form.get("Url", ""), form.get("Twiml", "")))
            else:
                return _error(400, 21201, "没有要改的内容")
        except Refused as error:
            return _error(400, error.code, str(error))
        return self._done(self._call_json(call))

    async def get_call(self, request: web.Request) -> web.Response:
        """One call."""
        if refused := self._refuse(request):
            return refused
        call = self._exchange.calls.get(request.match_info["sid"])
        if call is None:
            return _error(404, 20404, "没有这个通话")
        return web.json_response(self._call_json(call))

    async def list_calls(self, request: web.Request) -> web.Response:
        """Calls, newest first, by status, number and day."""
        if refused := self._refuse(request):
            return refused
        query = request.query
        try:
            since = date.fromisoformat(query["StartTime>"][:10]) if "StartTime>" in query else None
            size = min(int(query.get("PageSize", _PAGE)), _PAGE_LIMIT)
        except ValueError:
            return _error(400, 20001, "StartTime 或 PageSize 不对")
        found = [
            call
            for call in reversed(self._exchange.calls.values())
            if query.get("Status", call.status) == call.status
            and query.get("To", call.to_number) == call.to_number
            and query.get("From", call.from_number) == call.from_number
            and (since is None or (call.started or call.created).date() >= since)
        ]
        return web.json_response(_page("calls", [self._call_json(one) for one in found[:size]]))

    async def create_message(self, request: web.Request) -> web.Response:
        """Send an SMS to a handset."""
        form = await self._form(request)
        if isinstance(form, web.Response):
            return form
        if not form.get("To") or not form.get("Body"):
            return _error(400, 21604 if not form.get("To") else 21602, "缺少 To 或 Body")
        message = self._exchange.send_message(form.get("From", ""), form["To"], form["Body"])
        return self._done(self._message_json(message), status=201)

    async def list_messages(self, request: web.Request) -> web.Response:
        """Messages, newest first."""
        if refused := self._refuse(request):
            return refused
        to = request.query.get("To")
        found = [one for one in reversed(self._exchange.messages) if to in (None, one.to_number)]
        return web.json_response(_page("messages", [self._message_json(m) for m in found[:_PAGE]]))

    async def _form(self, request: web.Request) -> Any:
        if refused := self._refuse(request):
            return refused
        if self._random.random() < self._exchange.config.faults.rest_error:
            return _error(503, 20503, "服务暂时不可用")
        return await request.post()

    def _refuse(self, request: web.Request) -> web.Response | None:
        account = self._exchange.account_sid
        expected = encode_basic_auth(account, self._exchange.auth_token)
        given = request.headers.get("Authorization", "")
        if given != expected or request.match_info["account"] != account:
            return _error(401, 20003, "账号或令牌不对")
        return None

    def _done(self, content: dict[str, Any], status: int = 200) -> web.Response:
        # The worst failure: done, and not said so.
        if self._random.random() < self._exchange.config.faults.rest_lost:
            return _error(500, 20500, "内部错误")
        return web.json_response(content, status=status)

    def _call_json(self, call: Call) -> dict[str, Any]:
        account = self._exchange.account_sid
        return {
            "sid": call.sid,
            "account_sid": account,
            "api_version": "2010-04-01",
            "status": call.status,
            "direction": call.direction,
            "from": call.from_number,
            "from_formatted": call.from_number,
            "to": call.to_number,
            "to_formatted": call.to_number,
            "parent_call_sid": call.parent or None,
            "date_created": _when(call.created),
            "date_updated": _when(call.ended or call.started or call.created),
            "start_time": _when(call.started),
            "end_time": _when(call.ended),
            "duration": str(call.seconds) if call.ended else None,
            "uri": f"/2010-04-01/Accounts/{account}/Calls/{call.sid}.json",
            "subresource_uris": {},
        }

    def _message_json(self, message: Message) -> dict[str, Any]:
        account = self._exchange.account_sid
        return {
            "sid": message.sid,
            "account_sid": account,
            "api_version": "2010-04-01",
            "status": "delivered",
            "direction": "outbound-api",
            "from": message.from_number,
            "to": message.to_number,
            "body": message.body,
            "num_segments": str(-(-len(message.body) // 70)),
            "num_media": "0",
            "date_created": _when(message.at),
            "date_sent": _when(message.at),
            "date_updated": _when(message.at),
            "error_code": None,
            "error_message": None,
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{message.sid}.json",
            "subresource_uris": {},
        }


def _when(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None


def _page(name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: items, "page": 0, "page_size": len(items), "next_page_uri": None}


def _error(status: int, code: int, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message, "status": status}, status=status)
