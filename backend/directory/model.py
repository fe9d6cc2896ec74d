"""Regions by official code, and the organisations that serve them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from backend.kernel.permissions import region_stem

KINDS = {
    "people_mediation": "人民调解委员会",
    "industry_mediation": "行业性专业性调解组织",
    "justice_office": "司法所",
    "legal_aid": "法律援助中心",
    "labour_arbitration": "劳动人事争议仲裁委员会",
    "labour_inspection": "劳动保障监察机构",
    "land_arbitration": "农村土地承包仲裁委员会",
    "reconsideration": "行政复议机构",
    "notary": "公证机构",
    "forensic": "司法鉴定机构",
    "court": "人民法院",
    "police": "公安机关",
    "agency": "行政机关",
    "hotline": "12348热线平台",
    "employer": "用人单位",
}


@dataclass(frozen=True, slots=True)
class Region:
    """A region by its six-digit code; `parent` is the region above it."""

    code: str
    name: str
    parent: str


class Regions:
    """The official regions of the platform's province."""

    def __init__(self, regions: Sequence[Region]) -> None:
        self._by_code = {region.code: region for region in regions}

    def knows(self, code: str) -> bool:
        """Whether a code exists."""
        return code in self._by_code

    def get(self, code: str) -> Region | None:
        """A region by code."""
        return self._by_code.get(code)

    def name(self, code: str) -> str:
        """The full name, from the league down: 赤峰市红山区."""
        region = self._by_code.get(code)
        if region is None:
            return code
        above = self._by_code.get(region.parent)
        if above is None or above.parent == "":
            return region.name
        return above.name + region.name

    def above(self, code: str) -> list[str]:
        """The code itself and every region above it, nearest first."""
        chain = []
        region = self._by_code.get(code)
        while region is not None:
            chain.append(region.code)
            region = self._by_code.get(region.parent)
        return chain

    def leagues(self) -> list[Region]:
        """The twelve leagues and cities."""
        return [region for region in self._by_code.values() if region.parent == "150000"]

    def banners(self, league: str) -> list[Region]:
        """The banners, counties, districts and cities of a league."""
        return [region for region in self._by_code.values() if region.parent == league]


@dataclass(frozen=True, slots=True)
class Organisation:
    """A body that serves people or that disputes are about.

    `serves` lists channel codes it takes on, `matters` the matter codes (none: all), `region` where
    it is competent. `documents` is what to bring, `waiting` the usual wait in minutes, `latitude`
    and `longitude` the door (WGS 84), `assured_on` the day somebody checked all this.
    `demonstration` marks invented bodies.
    """

    code: str
    name: str
    kind: str
    region: str
    address: str = ""
    phone: str = ""
    hours: str = ""
    languages: tuple[str, ...] = ("zh",)
    serves: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    assured_on: str = ""
    waiting: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    demonstration: bool = False
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """A dated rule of competence: from `valid_from` on, this body, whatever the table says.

    Made by an arbiter when two bodies had returned an order; `matter` "" stands for every matter.
    """

    region: str
    matter: str
    organisation: str
    valid_from: date
    reason: str
    order: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one row of an import was not taken."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    added: int = 0
    changed: int = 0
    refused: tuple[Refusal, ...] = field(default_factory=tuple)


def competent(
    organisations: Sequence[Organisation], *, region: str, channel: str, matter: str = ""
) -> list[Organisation]:
    """Bodies competent for a channel, the most local first.

    Where only the league of a case is known, the bodies of its banners follow: one of them is.
    """
    serving = [
        body
        for body in organisations
        if body.closed_at is None
        and channel in body.serves
        and (not body.matters or not matter or matter in body.matters)
    ]
    covering = [body for body in serving if region.startswith(region_stem(body.region))]
    within = [
        body
        for body in serving
        if body not in covering and body.region.startswith(region_stem(region))
    ]
    return [
        *sorted(covering, key=lambda body: (-len(region_stem(body.region)), body.code)),
        *sorted(within, key=lambda body: body.code),
    ]


def read_row(row: Mapping[str, str], regions: Regions) -> Organisation | str:
    """An organisation from a table row with Chinese headings, or why it is refused."""
    code, name = row.get("编码", "").strip(), row.get("名称", "").strip()
    kind_name, region = row.get("类型", "").strip(), row.get("行政区划", "").strip()
    kinds = {label: kind for kind, label in KINDS.items()}
    if not code or not name:
        return "缺少编码或名称"
    if kind_name not in kinds:
        return f"类型“{kind_name}”不在目录里"
    if not regions.knows(region):
        return f"行政区划“{region}”不存在"

    def several(heading: str) -> tuple[str, ...]:
        return tuple(part for part in row.get(heading, "").replace("，", ",").split(",") if part)

    numbers = _numbers(row)
    if isinstance(numbers, str):
        return numbers
    waiting, latitude, longitude = numbers
    return Organisation(
        code=code,
        name=name,
        kind=kinds[kind_name],
        region=region,
        address=row.get("地址", "").strip(),
        phone=row.get("电话", "").strip(),
        hours=row.get("服务时间", "").strip(),
        languages=several("语言") or ("zh",),
        serves=several("受理渠道"),
        matters=several("事项"),
        documents=several("所需材料"),
        assured_on=row.get("核实日期", "").strip()[:10],
        waiting=None if waiting is None else int(waiting),
        latitude=latitude,
        longitude=longitude,
    )


def _numbers(row: Mapping[str, str]) -> tuple[float | None, float | None, float | None] | str:
    """Waiting, latitude and longitude of a row, or what is wrong with them."""
    found: list[float | None] = []
    for heading, low, high in (("等候分钟", 0, 600), ("纬度", 3, 54), ("经度", 73, 136)):
        text = row.get(heading, "").strip()
        try:
            value = float(text) if text else None
        except ValueError:
            return f"{heading}“{text}”不是数字"
        if value is not None and not low <= value <= high:
            return f"{heading}“{text}”应在{low}到{high}之间"
        found.append(value)
    if (found[1] is None) != (found[2] is None):
        return "纬度和经度要一起填"
    return found[0], found[1], found[2]
