"""The two answers of the directory as pages and programs show them.

The field names are those of the Open Referral HSDS: organization, service, location, schedules,
languages, required_documents, wait_time, assured_date.
"""

from __future__ import annotations

from typing import Any

from backend.directory import service as directory
from backend.directory.finding import LEVELS, Competent, Near, Position
from backend.directory.model import KINDS, Organisation, Regions
from backend.kernel.errors import Invalid
from backend.kernel.unit_of_work import UnitOfWork
from backend.routing.ports import ActiveRules

LANGUAGES = {"zh": "汉语", "mn": "蒙古语"}
ASKED = {"nearest": "离我最近的", "competent": "归谁管"}


async def find(
    uow: UnitOfWork,
    *,
    ask: str,
    region: str,
    channel: str = "",
    matter: str = "",
    language: str = "",
    latitude: str = "",
    longitude: str = "",
) -> list[dict[str, Any]]:
    """Answer one of the two questions; raises `Invalid` naming what is wrong."""
    if ask not in ASKED:
        raise Invalid("请选择“离我最近的”或“归谁管”。", where="ask")
    if region and not uow.get(Regions).knows(region):
        raise Invalid("不认识的地区编码。", where="region")
    vocabulary = uow.get(ActiveRules).rules.vocabulary
    if channel and channel not in vocabulary.channels:
        raise Invalid("没有这种服务。", where="service")
    if matter and (len(matter) != 4 or not matter.isdigit()):
        raise Invalid("事项编码是四位数字。", where="matter")
    if language and language not in LANGUAGES:
        raise Invalid("没有这种语言。", where="language")
    if ask == "competent":
        if not region:
            raise Invalid("问归谁管，要先选地区。", where="region")
        named = await directory.find_competent(uow, region=region, channel=channel, matter=matter)
        spoken = [item for item in named if not language or language in item.body.languages]
        return [_competent(uow, item) for item in spoken]
    position = position_of(latitude, longitude)
    if position is None and not region:
        raise Invalid("请选地区，或给出经纬度。", where="region")
    near = await directory.find_nearest(
        uow, region=region, position=position, channel=channel, matter=matter, language=language
    )
    return [_near(uow, item) for item in near]


def position_of(latitude: str, longitude: str) -> Position | None:
    """The place two texts name, or None when both are empty."""
    if not latitude.strip() and not longitude.strip():
        return None
    try:
        place = Position(float(latitude), float(longitude))
    except ValueError as error:
        raise Invalid("经纬度要写成数字，如 42.26 和 118.89。", where="latitude") from error
    if not (-90 <= place.latitude <= 90 and -180 <= place.longitude <= 180):
        raise Invalid("经纬度超出范围。", where="latitude")
    return place


def _near(uow: UnitOfWork, item: Near) -> dict[str, Any]:
    kilometres = None if item.kilometres is None else round(item.kilometres, 1)
    return {**_body(uow, item.body), "distance_km": kilometres}


def _competent(uow: UnitOfWork, item: Competent) -> dict[str, Any]:
    ruling = item.ruling
    return {
        **_body(uow, item.body),
        "competence": {
            "level": item.level,
            "level_name": LEVELS[item.level],
            "region": item.body.region,
            "matters": list(item.body.matters),
            "ruled_from": ruling.valid_from.isoformat() if ruling else "",
            "ruled_why": ruling.reason if ruling else "",
        },
    }


def _body(uow: UnitOfWork, body: Organisation) -> dict[str, Any]:
    channels = uow.get(ActiveRules).rules.vocabulary.channels
    regions = uow.get(Regions)
    return {
        "organization": {
            "id": body.code,
            "name": body.name,
            "description": KINDS.get(body.kind, body.kind),
        },
        "services": [
            {
                "id": f"{body.code}:{code}",
                "name": channels[code].name,
                "fees_description": channels[code].cost,
                "wait_time": "" if body.waiting is None else f"通常等{body.waiting}分钟",
                "required_documents": [{"document": text} for text in body.documents],
                "assured_date": body.assured_on,
            }
            for code in body.serves
            if code in channels
        ],
        "languages": [{"code": code, "name": LANGUAGES.get(code, code)} for code in body.languages],
        "schedules": [{"description": body.hours}] if body.hours else [],
        "phones": [{"number": body.phone}] if body.phone else [],
        "location": {
            "latitude": body.latitude,
            "longitude": body.longitude,
            "address_1": body.address,
            "region": body.region,
            "region_name": regions.name(body.region),
        },
        "demonstration": body.demonstration,
    }
