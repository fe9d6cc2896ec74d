"""Intents rendered as TwiML, within what every Twilio-compatible carrier understands.

No Enqueue, Conference or Client: the hold loop is Gather and Redirect, and sound is joined by a
media stream. What a carrier cannot do is said in `Capabilities` and rendered another way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs, urlencode

from twilio.twiml.voice_response import Connect, Gather, VoiceResponse
from twilio.twiml.voice_response import Dial as DialVerb

from channels.hotline.intents import (
    Answer,
    Dial,
    HangUp,
    Hold,
    Intent,
    Join,
    Listen,
    Place,
    Say,
    Step,
    Wait,
)

LANGUAGE = "zh-CN"
_CODE_LIMIT = 10
_COUNT_LIMIT = 10**12  # an interruption counts turns from the clock


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a carrier's TwiML can do; Somleng's Gather hears keys alone."""

    speech: bool = True


class Addresses(Protocol):
    """Where the carrier finds us."""

    def at(self, place: Place) -> str:
        """The webhook's public address for a place in the flow."""
        ...

    def stream(self, name: str) -> str:
        """The public websocket address of a media stream."""
        ...


@dataclass(frozen=True, slots=True)
class PublicAddresses:
    """Addresses under the configured public base, such as https://fatong.example.cn."""

    base: str
    prefix: str = "/hotline"

    def at(self, place: Place) -> str:
        """The webhook's public address for a place in the flow."""
        return f"{self.base.rstrip('/')}{self.prefix}/voice/{place.step}?{to_query(place)}"

    def call(self, contact: str) -> str:
        """The webhook's public address for a call that we make for a contact."""
        return f"{self.base.rstrip('/')}{self.prefix}/calls/{contact}"

    @property
    def arrival(self) -> str:
        """Where the carrier asks when a call comes in."""
        return f"{self.base.rstrip('/')}{self.prefix}/voice"

    @property
    def status(self) -> str:
        """Where the carrier tells how calls stand."""
        return f"{self.base.rstrip('/')}{self.prefix}/status"

    def status_of(self, contact: str) -> str:
        """Where the carrier tells how a call stands that we make for a contact."""
        return f"{self.status}?contact={contact}"

    @property
    def fallback(self) -> str:
        """Where the carrier asks when another address fails."""
        return f"{self.base.rstrip('/')}{self.prefix}/fallback"

    def stream(self, name: str) -> str:
        """The public websocket address of a media stream."""
        base = self.base.rstrip("/").replace("http", "ws", 1)
        return f"{base}{self.prefix}/{name}"


def to_query(place: Place) -> str:
    """Write a place into a query string; what is zero or empty is left out."""
    fields = {
        "turn": place.turn,
        "misses": place.misses,
        "tries": place.tries,
        "code": place.code,
        "said": place.said,
    }
    return urlencode({name: value for name, value in fields.items() if value})


def from_query(step: str, query: str) -> Place | None:
    """Read what `to_query` wrote; None for anything else."""
    if step not in set(Step):
        return None
    values = {name: found[-1] for name, found in parse_qs(query).items()}
    try:
        numbers = {name: int(values.get(name, 0)) for name in ("turn", "misses", "tries", "said")}
    except ValueError:
        return None
    code = values.get("code", "")
    if len(code) > _CODE_LIMIT or not (code.isdecimal() or not code):
        return None
    if any(not 0 <= number < _COUNT_LIMIT for number in numbers.values()):
        return None
    return Place(Step(step), code=code, **numbers)


def render(
    intents: Iterable[Intent],
    addresses: Addresses,
    capabilities: Capabilities = Capabilities(),
) -> str:
    """Render intents as one TwiML document."""
    response = VoiceResponse()
    for intent in intents:
        _add(response, intent, addresses, capabilities)
    return str(response)


def _add(response: VoiceResponse, intent: Intent, addresses: Addresses, can: Capabilities) -> None:
    match intent:
        case Answer():
            pass  # any verb but Reject picks up
        case Say(text):
            if text:
                response.say(text, language=LANGUAGE)
        case Listen():
            response.append(_gather(intent, addresses, can))
            response.redirect(addresses.at(intent.then), method="POST")
        case Wait(then, seconds):
            _wait(response, then, seconds, addresses)
        case Hold(then, text, seconds):
            response.say(text, language=LANGUAGE)
            _wait(response, then, seconds, addresses)
        case Join(then, stream, parameters):
            connect = Connect()
            node = connect.stream(url=addresses.stream(stream))
            for name, value in parameters.items():
                node.parameter(name=name, value=value)
            response.append(connect)
            response.redirect(addresses.at(then), method="POST")
        case Dial(then, number, timeout):
            dial = DialVerb(action=addresses.at(then), method="POST", timeout=timeout)
            dial.number(number)
            response.append(dial)
        case HangUp():
            response.hangup()


def _gather(listen: Listen, addresses: Addresses, can: Capabilities) -> Gather:
    speech = can.speech and listen.by != "keys"
    keys = listen.by != "speech" or not can.speech
    options: dict[str, object] = {
        "input": " ".join(name for name, on in (("speech", speech), ("dtmf", keys)) if on),
        "action": addresses.at(listen.then),
        "method": "POST",
        "timeout": listen.timeout,
    }
    if speech:
        options |= {"language": LANGUAGE, "speech_timeout": "auto"}
    if keys and listen.keys:
        options["num_digits"] = listen.keys
    gather = Gather(**options)
    for text in listen.prompt:
        gather.say(text, language=LANGUAGE)
    return gather


def _wait(response: VoiceResponse, then: Place, seconds: int, addresses: Addresses) -> None:
    # An empty gather waits on every carrier, Somleng too, which knows no Pause; and keys are heard.
    response.gather(
        input="dtmf", num_digits=1, timeout=seconds, action=addresses.at(then), method="POST"
    )
    response.redirect(addresses.at(then), method="POST")
