"""A reference 12345-type system: takes and sends signed orders, gives receipts, fails on request.

Written from the contract in docs/exchange.md and not from our code, so that both can be wrong only
in different ways.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class ExchangePeer:
    """What it has taken, by our number. `mood`: well, down, nonsense, refusing, forging, other."""

    secret: str
    mood: str = "well"
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    forged: int = 0
    replayed: int = 0

    def server(self) -> TestServer:
        """The system as a server on loopback."""
        app = web.Application()
        app.router.add_post("/api/orders", self.take)
        app.router.add_post("/api/orders/{number}/status", self.take_status)
        return TestServer(app)

    async def take(self, request: web.Request) -> web.Response:
        """One order comes in."""
        body = await request.read()
        refused = self._refuse(request, body)
        if refused is not None:
            return refused
        order = json.loads(body)
        self.bodies.append(body)
        self.orders.setdefault(order["number"], order)
        place = list(self.orders).index(order["number"]) + 1
        return self._answer(request, body, f"HZ{place:05d}")

    async def take_status(self, request: web.Request) -> web.Response:
        """What became of an order of theirs."""
        body = await request.read()
        refused = self._refuse(request, body)
        if refused is not None:
            return refused
        self.bodies.append(body)
        self.statuses.append(json.loads(body))
        return self._answer(request, body, request.match_info["number"])

    async def send(
        self, url: str, message: dict[str, Any], **changes: str
    ) -> tuple[int, dict[str, Any]]:
        """Send one signed message; `changes` overrides timestamp, nonce or signature."""
        body = json.dumps(message, ensure_ascii=False).encode()
        nonce = changes.get("nonce", secrets.token_hex(16))
        stamp = changes.get("timestamp", str(int(time.time())))
        path = "/" + url.split("/", 3)[3]
        mac = self.mac("POST", path, stamp, nonce, hashlib.sha256(body).hexdigest())
        headers = {
            "Content-Type": "application/json",
            "X-Fatong-Timestamp": stamp,
            "X-Fatong-Nonce": nonce,
            "X-Fatong-Signature": changes.get("signature", mac),
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as got,
        ):
            text = await got.read()
            if got.status == 200:
                signature = self.mac("reply", nonce, hashlib.sha256(text).hexdigest())
                assert got.headers["X-Fatong-Signature"] == signature
            return got.status, json.loads(text)

    def mac(self, *parts: str) -> str:
        """HMAC-SHA256 over the parts, one a line."""
        return hmac.new(self.secret.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()

    def _refuse(self, request: web.Request, body: bytes) -> web.Response | None:
        stamp = request.headers["X-Fatong-Timestamp"]
        nonce = request.headers["X-Fatong-Nonce"]
        mac = self.mac("POST", request.path, stamp, nonce, hashlib.sha256(body).hexdigest())
        if not hmac.compare_digest(mac, request.headers["X-Fatong-Signature"]):
            self.forged += 1
            return web.json_response({"code": "signature"}, status=403)
        if nonce in self.nonces:
            self.replayed += 1
            return web.json_response({"code": "replayed"}, status=403)
        self.nonces.add(nonce)
        if self.mood == "down":
            return web.Response(status=503)
        if self.mood == "refusing":
            return web.json_response({"code": "unknown_region"}, status=422)
        return None

    def _answer(self, request: web.Request, body: bytes, number: str) -> web.Response:
        digest = "0" * 64 if self.mood == "other" else hashlib.sha256(body).hexdigest()
        text = json.dumps({"receipt": f"R-{number}", "number": number, "digest": digest}).encode()
        if self.mood == "nonsense":
            text = b"<html>ok</html>"
        nonce = request.headers["X-Fatong-Nonce"]
        mac = self.mac("reply", nonce, hashlib.sha256(text).hexdigest())
        if self.mood == "forging":
            mac = "0" * 64
        return web.Response(
            body=text, content_type="application/json", headers={"X-Fatong-Signature": mac}
        )


async def _serve(secret: str, port: int) -> None:
    app = web.Application()
    peer = ExchangePeer(secret)
    app.router.add_post("/api/orders", peer.take)
    app.router.add_post("/api/orders/{number}/status", peer.take_status)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    import sys

    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
