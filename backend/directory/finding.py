"""Two different questions: which door is nearest, and who is competent.

The nearest door is a matter of distance, whoever the case belongs to; competence is a matter of
region, level and matter, however far away. A dated ruling of an arbiter goes before the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import asin, cos, radians, sin, sqrt

from backend.directory.model import Organisation, Ruling, competent
from backend.kernel.permissions import region_stem

MOST_FOUND = 20
_EARTH_KM = 6_371.0
LEVELS = {"banner": "旗县区", "league": "盟市", "province": "自治区"}


@dataclass(frozen=True, slots=True)
class Position:
    """A place on the earth in degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Near:
    """A body and how far away its door is; None where either place is not known."""

    body: Organisation
    kilometres: float | None


@dataclass(frozen=True, slots=True)
class Competent:
    """A body that is competent, at which level, and the ruling where one says so."""

    body: Organisation
    level: str
    ruling: Ruling | None = None


def distance(one: Position, other: Position) -> float:
    """Kilometres between two places along a great circle."""
    first, second = radians(one.latitude), radians(other.latitude)
    across = radians(other.longitude - one.longitude)
    square = sin((second - first) / 2) ** 2 + cos(first) * cos(second) * sin(across / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(square))


def level_of(region: str) -> str:
    """The level of a region's code: banner, league or province."""
    if region.endswith("0000"):
        return "province"
    return "league" if region.endswith("00") else "banner"


def nearest(
    bodies: Iterable[Organisation],
    *,
    region: str = "",
    position: Position | None = None,
    channel: str = "",
    matter: str = "",
    language: str = "",
    limit: int = MOST_FOUND,
) -> list[Near]:
    """Open bodies that fit, the nearest first.

    Without a position the same banner comes first, then the league above it, then its other
    banners. What has no coordinates follows what has.
    """
    found = [
        Near(body, _kilometres(body, position))
        for body in bodies
        if _fits(body, channel, matter, language)
    ]
    found.sort(
        key=lambda item: (
            item.kilometres is None,
            item.kilometres or 0.0,
            _away(item.body.region, region),
            item.body.code,
        )
    )
    return found[:limit]


def competent_bodies(
    bodies: Sequence[Organisation],
    rulings: Iterable[Ruling],
    *,
    region: str,
    on: date,
    channel: str = "",
    matter: str = "",
) -> list[Competent]:
    """Who is competent on a day, the ruled body first; without a channel, for any of them."""
    known = {body.code: body for body in bodies}
    channels = [channel] if channel else sorted({name for body in bodies for name in body.serves})
    found: dict[str, Competent] = {}
    for ruling in rulings:
        body = known.get(ruling.organisation)
        if (
            body is None
            or ruling.valid_from > on
            or ruling.region != region
            or (ruling.matter and ruling.matter != matter)
            or (channel and channel not in body.serves)
        ):
            continue
        found[body.code] = Competent(body, level_of(body.region), ruling)
        break
    for name in channels:
        for body in competent(bodies, region=region, channel=name, matter=matter):
            found.setdefault(body.code, Competent(body, level_of(body.region)))
    return list(found.values())


def _fits(body: Organisation, channel: str, matter: str, language: str) -> bool:
    return (
        body.closed_at is None
        and (channel in body.serves if channel else bool(body.serves))
        and (not matter or not body.matters or matter in body.matters)
        and (not language or language in body.languages)
    )


def _kilometres(body: Organisation, position: Position | None) -> float | None:
    if position is None or body.latitude is None or body.longitude is None:
        return None
    return distance(position, Position(body.latitude, body.longitude))


def _away(there: str, here: str) -> int:
    """0 in the same region, 1 above it, 2 beside it, 3 elsewhere."""
    if not here or there == here:
        return 0
    if here.startswith(region_stem(there)):
        return 1
    return 2 if there[:4] == here[:4] else 3
