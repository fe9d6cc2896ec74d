"""Nearest and competent are different questions; both are answered, in HSDS words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from backend.directory import service as directory
from backend.directory.adapters.regions_file import load_demonstration, load_regions
from backend.directory.finding import Position, competent_bodies, distance, nearest
from backend.directory.model import Organisation, Ruling, read_row
from backend.kernel.actor import SYSTEM
from backend.kernel.errors import Invalid
from backend.workplaces import found_bodies

BODIES = load_demonstration()
HONGSHAN, SONGSHAN, LINXI = "150402", "150404", "150424"
TODAY = date(2026, 11, 25)


def test_the_nearest_by_coordinates_is_not_always_the_competent_one() -> None:
    at_the_border = Position(42.281, 118.935)  # in the town of Songshan
    near = nearest(BODIES, region=HONGSHAN, position=at_the_border, channel="legal_aid")
    owner = competent_bodies(BODIES, [], region=HONGSHAN, channel="legal_aid", on=TODAY)
    assert near[0].body.region == SONGSHAN
    assert owner[0].body.region == HONGSHAN
    kilometres = [item.kilometres for item in near]
    assert kilometres == sorted(kilometres)


def test_without_coordinates_the_region_says_what_is_near() -> None:
    regions = [item.body.region for item in nearest(BODIES, region=LINXI, channel="notary")]
    assert regions == ["150400"]
    first = nearest(BODIES, region=LINXI, channel="people_mediation")
    assert first[0].body.region == LINXI
    assert {item.body.region[:4] for item in first} == {"1504"}


def test_language_matter_and_closing_narrow_both() -> None:
    assert all(
        "mn" in item.body.languages for item in nearest(BODIES, region=HONGSHAN, language="mn")
    )
    medical = nearest(BODIES, region=HONGSHAN, channel="industry_mediation", matter="1012")
    assert [item.body.code for item in medical] == ["cf-yt"]
    shut = [replace(body, closed_at=body.closed_at or TODAY) for body in BODIES]
    assert nearest(shut, region=HONGSHAN) == []


def test_competence_has_a_level_and_a_body_of_the_league_covers_its_banners() -> None:
    owners = competent_bodies(BODIES, [], region=LINXI, channel="notary", on=TODAY)
    assert [(item.body.code, item.level) for item in owners] == [("cf-gz", "league")]
    everyone = competent_bodies(BODIES, [], region=LINXI, on=TODAY)
    assert {item.level for item in everyone} == {"banner", "league"}


def test_a_ruling_goes_before_the_table_from_its_day_on() -> None:
    ruling = Ruling(HONGSHAN, "1003", "cf-ybs-rs", date(2026, 11, 20), "依职责清单")
    asked = {"region": HONGSHAN, "channel": "labour_inspection", "matter": "1003"}
    assert competent_bodies(BODIES, [ruling], **asked, on=TODAY)[0].ruling == ruling
    before = competent_bodies(BODIES, [ruling], **asked, on=date(2026, 11, 19))
    assert before[0].ruling is None
    other = competent_bodies(BODIES, [ruling], **{**asked, "matter": "3007"}, on=TODAY)
    assert other[0].body.region == HONGSHAN


def test_distance_is_in_kilometres() -> None:
    assert distance(Position(42.26, 118.89), Position(42.26, 118.89)) == 0
    assert 320 < distance(Position(42.26, 118.89), Position(39.90, 116.40)) < 345


def test_every_invented_body_that_serves_has_its_fields() -> None:
    serving = [body for body in BODIES if body.serves]
    assert len(serving) > 90
    for body in serving:
        assert body.demonstration
        assert body.hours, body.code
        assert body.documents, body.code
        assert body.assured_on, body.code
        assert body.waiting is not None
        assert body.latitude is not None
        assert body.phone, body.code


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"等候分钟": "很久"}, "不是数字"),
        ({"纬度": "91", "经度": "118"}, "应在"),
        ({"纬度": "42.2"}, "一起填"),
    ],
)
def test_a_row_with_wrong_numbers_is_refused(changes: dict[str, str], reason: str) -> None:
    row = {"编码": "a", "名称": "甲", "类型": "公证机构", "行政区划": HONGSHAN, **changes}
    read = read_row(row, load_regions())
    assert isinstance(read, str)
    assert reason in read


def test_a_whole_row_is_read() -> None:
    row = {
        "编码": "a", "名称": "甲", "类型": "公证机构", "行政区划": HONGSHAN,
        "等候分钟": "30", "纬度": "42.2", "经度": "118.9", "所需材料": "身份证,户口簿",
    }  # fmt: skip
    read = read_row(row, load_regions())
    assert isinstance(read, Organisation)
    assert (read.waiting, read.latitude, read.documents) == (30, 42.2, ("身份证", "户口簿"))


async def test_both_answers_in_the_words_of_hsds(both) -> None:
    async with both.units(SYSTEM) as uow:
        for body in BODIES:
            await directory.put_organisation(uow, body)
        near = await found_bodies.find(
            uow, ask="nearest", region="", latitude="42.25", longitude="118.97",
            channel="legal_aid",
        )  # fmt: skip
        assert near[0]["organization"]["id"] == "cf-hs-fy"
        assert near[0]["distance_km"] < near[1]["distance_km"]
        [service] = near[0]["services"]
        assert service["required_documents"][0] == {"document": "身份证"}
        assert service["assured_date"] == "2026-11-01"
        await directory.rule_competence(
            uow, Ruling(HONGSHAN, "", "cf-ybs-fy", date(2020, 1, 1), "就近办理")
        )
        owners = await found_bodies.find(uow, ask="competent", region=HONGSHAN, channel="legal_aid")
        assert owners[0]["competence"]["ruled_why"] == "就近办理"
        assert owners[1]["competence"]["level"] == "banner"


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"ask": "best", "region": HONGSHAN}, "ask"),
        ({"ask": "competent", "region": ""}, "region"),
        ({"ask": "nearest", "region": ""}, "region"),
        ({"ask": "nearest", "region": "999999"}, "region"),
        ({"ask": "nearest", "region": HONGSHAN, "channel": "magic"}, "service"),
        ({"ask": "nearest", "region": HONGSHAN, "matter": "10"}, "matter"),
        ({"ask": "nearest", "region": HONGSHAN, "language": "fr"}, "language"),
        ({"ask": "nearest", "region": "", "latitude": "north", "longitude": "1"}, "latitude"),
        ({"ask": "nearest", "region": "", "latitude": "120", "longitude": "1"}, "latitude"),
    ],
)
async def test_bad_questions_are_refused_with_the_place(house, asked, where) -> None:
    async with house.units(SYSTEM, read_only=True) as uow:
        with pytest.raises(Invalid) as refusal:
            await found_bodies.find(uow, **asked)
    assert refusal.value.where == where
