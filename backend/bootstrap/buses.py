"""How the processes of one platform wake each other."""

from __future__ import annotations

from backend.web.bus import Bus, MemoryBus


def open_bus(redis_url: str) -> Bus:
    """Over Redis where there is one, else within this process."""
    if not redis_url:
        return MemoryBus()
    # The client is loaded only where it is used.
    from backend.web.adapters.redis_bus import RedisBus

    return RedisBus(redis_url)
