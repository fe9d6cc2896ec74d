"""`contacts.CallControl` over a Twilio-compatible carrier."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from backend.kernel.errors import Unavailable
from channels.hotline.adapters.carrier import LIVE, CarrierCall, CarrierError, TwilioCarrier
from channels.hotline.intents import Place, Step
from channels.hotline.twiml import PublicAddresses

_SETTLE_SECONDS = 1.0
_RECENT = timedelta(minutes=5)


class TwilioCallControl:
    """Dials, interrupts and ends calls through a carrier's REST interface."""

    def __init__(
        self, carrier: TwilioCarrier, addresses: PublicAddresses, *, settle: float = _SETTLE_SECONDS
    ) -> None:
        self._carrier = carrier
        self._addresses = addresses
        self._settle = settle

    async def dial(self, *, to: str, contact: str) -> str:
        """Call a number for a contact; returns the call's id at the carrier.

        A telephone gets one call of ours at a time: one that is under way already is the one.
        When the carrier does not say whether the call was made, its list is asked; raises
        `Unavailable` when there is no call, so that trying again makes no second one.
        """
        began = datetime.now(UTC)
        under_way = await self._live(to, began - _RECENT)
        if under_way is not None:
            return under_way.sid
        try:
            call = await self._carrier.call(
                to,
                self._addresses.call(contact),
                status_url=self._addresses.status_of(contact),
                fallback_url=self._addresses.fallback,
            )
        except CarrierError as error:
            if not error.unsure:
                raise
            await asyncio.sleep(self._settle)
            found = await self._carrier.find(to, began)
            if not found:
                raise Unavailable("电话没有拨出，请稍后再拨。", code="not_dialled") from error
            call = found[0]
        return call.sid

    async def _live(self, to: str, since: datetime) -> CarrierCall | None:
        calls = await self._carrier.find(to, since)
        return next((call for call in calls if call.status in LIVE), None)

    async def refresh(self, wire: str, *, said: int = 0) -> None:
        """Make the carrier ask at once what comes next; a call that is over needs nothing.

        `said` is the number of the agent's last words that were carried before the interruption.
        """
        # Tenths of seconds since 1970 count the turns: no other event of the call has this number.
        turn = int(datetime.now(UTC).timestamp() * 10)
        await self._carrier.redirect(
            wire, self._addresses.at(Place(Step.TALK, turn=turn, said=said))
        )

    async def hang_up(self, wire: str) -> None:
        """End a call; a call that is already gone is a success."""
        await self._carrier.hang_up(wire)
