"""The phone page's line to the carrier: what the page does comes in, what sounds goes out."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from yarl import URL

from channels.hotline.simulator.call import SILENCE, Call, Noticed, Pressed, SaidAloud
from channels.hotline.simulator.exchange import CarrierExchange, Handset, Message, Refused

_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_KEYS = frozenset("0123456789*#")
_TEXT_LIMIT = 2_000
_WAITING_LINES = 1_000
_MESSAGE_BYTES = 16 * 1024


class PhoneLine:
    """Accepts the phone pages of one exchange."""

    def __init__(self, exchange: CarrierExchange) -> None:
        self._exchange = exchange
        self._open: set[web.WebSocketResponse] = set()

    async def close(self, _: web.Application) -> None:
        """The program ends: pages are told, so that nothing waits for them."""
        for socket in list(self._open):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Open the line of one page; `number` is the telephone number it has."""
        number = request.query.get("number", "")
        if not _NUMBER.fullmatch(number):
            raise web.HTTPBadRequest(text="本机号码应为3到15位数字。")
        if not _same_origin(request):
            raise web.HTTPForbidden(text="只接受本站页面的连接。")
        socket = web.WebSocketResponse(heartbeat=20, max_msg_size=_MESSAGE_BYTES)
        await socket.prepare(request)
        self._open.add(socket)
        try:
            await _Telephone(self._exchange, number, socket).run()
        finally:
            self._open.discard(socket)
        return socket


class _Telephone:
    def __init__(
        self, exchange: CarrierExchange, number: str, socket: web.WebSocketResponse
    ) -> None:
        self._exchange = exchange
        self._socket = socket
        self._call: Call | None = None
        self._to_page: asyncio.Queue[Mapping[str, Any] | bytes] = asyncio.Queue(_WAITING_LINES)
        self._utterances: asyncio.Queue[tuple[Call, str]] = asyncio.Queue(_WAITING_LINES)
        self._handset = Handset(number, on_ring=self._ring, on_message=self._sms)

    async def run(self) -> None:
        tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._speak())]
        self._exchange.plug_in(self._handset)
        try:
            async for message in self._socket:
                if message.type is WSMsgType.BINARY:
                    self._sound(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._received(message.data)
        finally:
            self._exchange.unplug(self._handset)
            if self._call and self._call.live:
                self._exchange.hang_up(self._call)
            for task in tasks:
                task.cancel()

    def _received(self, text: str) -> None:
        try:
            message = json.loads(text)
            kind, value = str(message["type"]), str(message.get("text", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            self._refuse("看不懂的消息。")
            return
        match kind:
            case "dial":
                self._dial(value)
            case "answer" if self._call:
                self._call.answered.set()
            case "hang_up" if self._call:
                self._exchange.hang_up(self._call)
            case "say" if self._call and value.strip():
                self._queue((self._call, value.strip()[:_TEXT_LIMIT]))
            case "press" if self._call and value in _KEYS:
                if not self._call.give(Pressed(value)):
                    self._post({"type": "notice", "kind": "unheard", "text": value})
            case _:
                self._refuse("现在没有通话，或内容不对。")

    def _dial(self, number: str) -> None:
        if self._call and self._call.live:
            self._refuse("正在通话，请先挂断。")
            return
        try:
            self._take(self._exchange.call_in(self._handset.number, number))
        except Refused as error:
            self._refuse(str(error))

    def _take(self, call: Call) -> None:
        self._call = call
        call.on_sound = self._post
        for noticed in call.transcript:
            self._notice(noticed)
        call.on_notice.append(self._notice)

    def _ring(self, call: Call) -> None:
        if self._call and self._call.live:
            return  # engaged; the carrier lets it ring out
        self._take(call)
        self._post({"type": "ring", "text": call.from_number})

    def _notice(self, noticed: Noticed) -> None:
        self._post({"type": "notice", "kind": noticed.kind, "text": noticed.text})

    def _sms(self, message: Message) -> None:
        at = message.at.isoformat(timespec="seconds")
        self._post({"type": "sms", "text": message.body, "from": message.from_number, "at": at})

    def _refuse(self, sentence: str) -> None:
        self._post({"type": "refused", "text": sentence})

    def _sound(self, frame: bytes) -> None:
        if self._call and self._call.live and len(frame) == len(SILENCE):
            self._call.send_sound(frame)

    def _queue(self, utterance: tuple[Call, str]) -> None:
        if self._utterances.full():
            self._refuse("说得太快，请等对方听完。")
        else:
            self._utterances.put_nowait(utterance)

    def _post(self, what: Mapping[str, Any] | bytes) -> None:
        if not self._to_page.full():
            self._to_page.put_nowait(what)
        elif not isinstance(what, bytes):
            self._to_page.get_nowait()
            self._to_page.put_nowait(what)

    async def _speak(self) -> None:
        """A person speaks when the other side listens; what is typed early waits for that."""
        while True:
            call, text = await self._utterances.get()
            await call.until(lambda call=call: "speech" in call.hears)  # type: ignore[misc]
            if not call.give(SaidAloud(text)):
                self._post({"type": "notice", "kind": "unheard", "text": text})

    async def _write(self) -> None:
        while True:
            what = await self._to_page.get()
            if isinstance(what, bytes):
                await self._socket.send_bytes(what)
            else:
                await self._socket.send_str(json.dumps(what, ensure_ascii=False))


def _same_origin(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    if origin is None:
        return True  # not a browser; another site's page always names itself
    return URL(origin).authority == request.host
