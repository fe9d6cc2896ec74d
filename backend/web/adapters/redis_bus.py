"""`Bus` over Redis publish and subscribe."""

from __future__ import annotations

import asyncio

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.kernel.ids import new_id
from backend.web.bus import ALL, Hear

log = structlog.get_logger()
CHANNEL = "fatong:wake"
_PAUSE = 1.0
_LOOK = 5.0


class RedisBus:
    """One process's end. `pause` is how long it waits before it tries a lost Redis again."""

    def __init__(self, url: str, *, channel: str = CHANNEL, pause: float = _PAUSE) -> None:
        self._client: Redis = Redis.from_url(url, socket_connect_timeout=3)
        self._channel = channel
        self._pause = pause
        self._own = new_id()
        self._pending: set[str] = set()
        self._due = asyncio.Event()

    def tell(self, wakes: frozenset[str]) -> None:
        """Put the words with those that are sent next."""
        self._pending |= wakes
        self._due.set()

    async def run(self, hear: Hear) -> None:
        """Publish and listen until cancelled; a lost Redis is tried again."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._publish())
            tasks.create_task(self._listen(hear))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _publish(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            words, self._pending = sorted(self._pending), set()
            try:
                await self._client.publish(self._channel, " ".join((self._own, *words)))
            except (RedisError, OSError) as error:
                # The others look by themselves a little later.
                log.warning("bus.not_told", error=type(error).__name__)

    async def _listen(self, hear: Hear) -> None:
        while True:
            try:
                async with self._client.pubsub(ignore_subscribe_messages=True) as listener:
                    await listener.subscribe(self._channel)
                    hear(ALL)
                    while True:
                        word = await listener.get_message(timeout=_LOOK)
                        if word is not None:
                            self._heard(word["data"], hear)
            except (RedisError, OSError) as error:
                log.warning("bus.lost", error=type(error).__name__)
                await asyncio.sleep(self._pause)

    def _heard(self, data: bytes, hear: Hear) -> None:
        sender, *words = data.decode("utf-8", "replace").split()[:8] or [self._own]
        if sender != self._own:
            hear(frozenset(words) & ALL)
