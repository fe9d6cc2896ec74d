"""`notices.ShortMessages` over a Twilio-compatible carrier."""

from __future__ import annotations

from backend.kernel.errors import Invalid, Unavailable
from channels.hotline.adapters.carrier import CarrierError, TwilioCarrier


class TwilioShortMessages:
    """Sends short messages from the hotline's number."""

    def __init__(self, carrier: TwilioCarrier) -> None:
        self._carrier = carrier

    async def send(self, to: str, text: str) -> None:
        """Send one message.

        Raises `Unavailable` when the carrier is known not to have sent it, so that trying again
        sends it once; `Invalid` when it refuses. Where it is unsure the message is not repeated:
        a second code would make the first one wrong.
        """
        try:
            await self._carrier.send_message(to, text)
        except CarrierError as error:
            if error.retry:
                raise Unavailable("短信暂时发不出去。", code="sms_busy") from error
            if not error.unsure:
                raise Invalid("短信被运营商拒绝。", code="sms_refused") from error
            raise
