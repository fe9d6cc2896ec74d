"""How a short message leaves the house."""

from __future__ import annotations

from typing import Protocol


class ShortMessages(Protocol):
    """Sends a text to a telephone. Raises `Unavailable` to be tried again, `Invalid` to give up."""

    async def send(self, to: str, text: str) -> None:
        """Send one message."""
        ...


class NoShortMessages:
    """The twin that needs nothing: keeps what it was given, for tests and dry runs."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    async def send(self, to: str, text: str) -> None:
        """Keep the message."""
        self.sent.append((to, text))
