"""A reference assessment platform: checks signatures, gives receipts, fails on request."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

PATH = "/scores"


@dataclass
class AssessmentPlatform:
    """What it has taken, by key. `mood`: well, down, slow, nonsense, refusing, other."""

    secret: str
    mood: str = "well"
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    deliveries: int = 0
    forged: int = 0

    async def receive(self, request: web.Request) -> web.Response:
        """One score comes in."""
        self.deliveries += 1
        body = await request.read()
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature, request.headers.get("X-Fatong-Signature", "")):
            self.forged += 1
            return web.json_response({"error": "signature"}, status=401)
        if self.mood == "down":
            return web.Response(status=503)
        if self.mood == "slow":
            await asyncio.sleep(5)
        if self.mood == "nonsense":
            return web.Response(text="<html>欢迎</html>")
        if self.mood == "refusing":
            return web.json_response({"error": "unknown sheet"}, status=422)
        key = request.headers["Idempotency-Key"]
        score = json.loads(body)
        self.taken.setdefault(key, score)
        number = list(self.taken).index(key) + 1
        digest = "0" * 64 if self.mood == "other" else score["digest"]
        return web.json_response({"receipt": f"R-{number:04d}", "digest": digest})

    def server(self) -> TestServer:
        """The platform as a server on loopback."""
        app = web.Application()
        app.router.add_post(PATH, self.receive)
        return TestServer(app)
