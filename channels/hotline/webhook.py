"""A carrier's form read as a result of the call flow."""

from __future__ import annotations

import re
from dataclasses import dataclass

from multidict import MultiMapping

from channels.hotline.intents import Gone, Keyed, Result, Silent, Spoken

_CALL_SID = re.compile(r"CA[0-9a-f]{32}")
_ENDED = {"completed", "busy", "no-answer", "failed", "canceled"}
_DIGITS_LIMIT = 32
# Rank of a status: what arrives late never takes a call back (order is not guaranteed).
RANK = {"queued": 0, "initiated": 1, "ringing": 2, "in-progress": 3} | dict.fromkeys(_ENDED, 4)


@dataclass(frozen=True, slots=True)
class Incoming:
    """What every webhook tells of its call. `caller` is the number of the person on the line."""

    call: str
    status: str
    caller: str
    line: str
    outbound: bool
    sequence: int | None


def read_incoming(form: MultiMapping[str]) -> Incoming | None:
    """Read the call's part of a webhook; None when it names no call."""
    call = form.get("CallSid", "")
    if not _CALL_SID.fullmatch(call):
        return None
    outbound = form.get("Direction", "inbound").startswith("outbound")
    ends = (form.get("To", ""), form.get("From", ""))
    caller, line = ends if outbound else (ends[1], ends[0])
    sequence = form.get("SequenceNumber", "")
    return Incoming(
        call=call,
        status=form.get("CallStatus", ""),
        caller=caller[:32],
        line=line[:32],
        outbound=outbound,
        sequence=int(sequence) if sequence.isdecimal() and len(sequence) < 10 else None,
    )


def read_result(form: MultiMapping[str]) -> Result:
    """Read what was heard: the end of the call, keys, speech, or nothing."""
    status = form.get("CallStatus", "")
    if status in _ENDED:
        return Gone(status)
    digits = form.get("Digits", "")
    if digits:
        return Keyed(digits[:_DIGITS_LIMIT])
    if "SpeechResult" in form:
        return Spoken(form["SpeechResult"], _confidence(form.get("Confidence", "")))
    return Silent()


def _confidence(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0.0 <= value <= 1.0 else 0.0
