"""What a 12345-type system calls. The signature is the permission, so the routes are public.

Without a secret in the settings nothing is taken: the addresses answer as if they were not there.
"""

from __future__ import annotations

import json
from typing import Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.kernel.actor import Actor
from backend.kernel.canonical import to_bytes
from backend.kernel.errors import Denied, Invalid, NotFound
from backend.kernel.unit_of_work import UnitOfWork
from backend.orders import exchanging
from backend.orders.exchange import (
    LONGEST_TEXT,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    Peer,
    check_message,
    digest_of,
    sign_reply,
)
from backend.orders.ports import Exchanges
from backend.web.request import Request
from backend.web.routing import Route

CHANNEL = "exchange"
PREFIX = "/exchange"
_LARGEST = 64 * 1024
Model = TypeVar("Model", bound=BaseModel)


class IncomingOrder(BaseModel):
    """An order as the other side sends it. Fields beyond these are refused, personal ones first."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z_-]+$")
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    region: str = Field(pattern=r"^\d{6}$")
    kind: str = Field(default="request", max_length=30)
    matter: str = Field(default="", max_length=4)
    case_code: str = Field(default="", max_length=14)
    urgent: bool = False
    opened_at: str = Field(default="", max_length=40)
    due: str = Field(default="", max_length=40)


class IncomingStatus(BaseModel):
    """What the other side says of an order of ours; `number` is ours."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(min_length=1, max_length=60)
    status: Literal["accepted", "handling", "replied", "returned", "closed"]
    text: str = Field(default="", max_length=4_000)
    at: str = Field(default="", max_length=40)


class Taken(BaseModel):
    """The receipt: our number, the one case code of both sides, and the digest of what was read."""

    receipt: str
    number: str
    case_code: str
    digest: str


async def take_order(request: Request) -> web.StreamResponse:
    """An order comes in; the same number again is answered by the same receipt."""
    body = await request.raw.read()
    async with _opened(request) as uow:
        nonce = await _check(request, uow, body)
        message = _read(IncomingOrder, body)
        item, case = await exchanging.take_in(
            uow,
            number=message.number,
            digest=digest_of(body),
            text=message.text,
            kind=message.kind,
            region=message.region,
            case_code=message.case_code,
            urgent=message.urgent,
        )
        secret = uow.get(Peer).secret
    return _signed(
        secret,
        nonce,
        Taken(
            receipt=item.receipt,
            number=item.receipt.removeprefix("FT-"),
            case_code=case.code,
            digest=digest_of(body),
        ),
    )


async def take_status(request: Request) -> web.StreamResponse:
    """What became of an order of ours."""
    body = await request.raw.read()
    async with _opened(request) as uow:
        nonce = await _check(request, uow, body)
        message = _read(IncomingStatus, body)
        if message.number != request.path("number"):
            raise Invalid("地址与内容里的编号不一致。", where="number")
        item = await exchanging.hear(uow, message.number, status=message.status, text=message.text)
        secret = uow.get(Peer).secret
        case = await exchanging.case_of(uow, item)
    return _signed(
        secret,
        nonce,
        Taken(
            receipt=f"FT-{message.number}-{message.status}",
            number=message.number,
            case_code=case.code,
            digest=digest_of(body),
        ),
    )


def _opened(request: Request) -> Any:
    actor = Actor(kind="service", id=CHANNEL, roles=frozenset({"exchange"}))
    return request.open_unit(actor, CHANNEL)


async def _check(request: Request, uow: UnitOfWork, body: bytes) -> str:
    """Who sent it and whether we have seen it; raises `NotFound` where nothing is taken."""
    peer = uow.get(Peer)
    if not peer.receives:
        raise NotFound("没有开通工单互转。", code="exchange_off")
    nonce = check_message(
        peer.secret, request.raw.method, request.raw.path, request.raw.headers, body, uow.now
    )
    if not await uow.get(Exchanges).use_nonce(nonce, uow.now):
        raise Denied("这个随机数用过了。", code="exchange_replayed")
    return nonce


def _read(model: type[Model], body: bytes) -> Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid("内容不合约定。", where=where or "body") from error


def _signed(secret: str, nonce: str, reply: Taken) -> web.Response:
    data = to_bytes(json.loads(reply.model_dump_json()))
    return web.Response(
        body=data,
        content_type="application/json",
        headers={SIGNATURE_HEADER: sign_reply(secret, nonce, data), NONCE_HEADER: nonce},
    )


def routes() -> list[Route]:
    """The two addresses of the contract."""

    def signed(path: str, handler: Any, summary: str) -> Route:
        return Route(
            "POST",
            f"{PREFIX}{path}",
            handler,
            summary,
            public=True,
            machine=True,
            work="none",
            reply=Taken,
            channel=CHANNEL,
            largest_body=_LARGEST,
        )

    return [
        signed("/orders", take_order, "12345转来工单"),
        signed("/orders/{number}/status", take_status, "12345告知我方工单的办理情况"),
    ]
