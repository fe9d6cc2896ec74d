"""What leaves after a commit: letters to the outside, news to rooms above, due deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.applications import advance_aid
from backend.applications import service as applications
from backend.contacts import promises
from backend.documents import service as documents
from backend.editorial.service import corrections
from backend.editorial.service import entries as editing
from backend.kernel.actor import SYSTEM
from backend.notices import service as notices
from backend.orders import exchanging
from backend.orders import service as orders
from backend.orders.adapters.exchange_http import HttpOtherSystem
from backend.orders.ports import NoOtherSystem, OtherSystem
from backend.queue import service as queue
from backend.resolution import service as resolution
from backend.scoring import service as scoring
from backend.scoring.adapters.assessment_http import HttpAssessment
from backend.scoring.ports import Assessment, NoAssessment
from backend.settings import Settings
from backend.storage.unit_of_work import Units
from backend.storage.worker import Deliver, Subscriber, Sweep
from backend.workplaces.editor import listening
from channels.hotline import relay as hotline_relay
from channels.hotline.adapters.carrier import TwilioCarrier
from channels.hotline.adapters.short_messages import TwilioShortMessages


def deliveries(
    settings: Settings, units: Units, carrier: TwilioCarrier, letters: hotline_relay.Letters
) -> Mapping[str, Deliver]:
    """Who delivers which letter."""
    messages = TwilioShortMessages(carrier)
    assessment: Assessment = (
        HttpAssessment(settings.push_url, settings.push_secret.get_secret_value())
        if settings.push_url
        else NoAssessment()
    )

    other: OtherSystem = (
        HttpOtherSystem(settings.exchange_url, settings.exchange_secret.get_secret_value())
        if settings.exchange_url and settings.exchange_secret.get_secret_value()
        else NoOtherSystem()
    )

    async def sms(letter: Mapping[str, Any]) -> None:
        await messages.send(str(letter["to"]), str(letter["text"]))

    async def push(letter: Mapping[str, Any]) -> None:
        digest = str(letter["digest"])
        receipt = await assessment.push(letter, key=digest)
        async with units(SYSTEM, "push") as uow:
            await scoring.received(uow, digest, receipt)

    async def exchange(letter: Mapping[str, Any]) -> None:
        receipt = await other.send(str(letter["path"]), letter["body"])
        async with units(SYSTEM, "exchange") as uow:
            await exchanging.delivered(uow, str(letter["exchange"]), receipt)

    return {
        "sms": sms,
        scoring.PUSH: push,
        exchanging.LETTER: exchange,
        **letters.deliveries(),
    }


def subscribers() -> list[Subscriber]:
    """Rooms above that hear of what rooms below have done."""
    return [
        Subscriber("documents", frozenset({"person.erased"}), documents.on_person_erased),
        Subscriber("advance_aid", advance_aid.EVENTS, advance_aid.on_event),
        Subscriber(exchanging.SUBSCRIBER, exchanging.EVENTS, exchanging.on_event),
        Subscriber(listening.NAME, listening.TYPES, listening.hear),
    ]


def sweeps() -> list[Sweep]:
    """Deadlines in tables, looked at in every round."""
    return [
        queue.sweep,
        promises.sweep_missed,
        resolution.sweep,
        orders.sweep,
        notices.sweep,
        applications.sweep,
        corrections.sweep,
        editing.sweep_due,
    ]
