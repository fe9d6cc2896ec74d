"""Pushing a score: one receipt however often it is delivered; over the twin and over HTTP."""

from __future__ import annotations

import pytest

from backend.kernel.errors import Invalid, Unavailable
from backend.scoring.adapters.assessment_http import HttpAssessment
from backend.scoring.ports import NoAssessment
from tests.support.assessment_platform import PATH, AssessmentPlatform

SECRET = "a-secret-of-this-test"
SCORE = {"unit": "committee", "indicator": "callback_kept", "digest": "ab" * 32, "value": 0.5}


@pytest.fixture
async def remote():
    platform = AssessmentPlatform(SECRET)
    server = platform.server()
    await server.start_server()
    yield platform, str(server.make_url(PATH))
    await server.close()


@pytest.fixture(params=["twin", "http"])
def assessment(request, remote):
    return NoAssessment() if request.param == "twin" else HttpAssessment(remote[1], SECRET)


async def test_the_same_key_gives_the_same_receipt(assessment) -> None:
    first = await assessment.push(SCORE, key="k1")
    assert first
    assert await assessment.push(SCORE, key="k1") == first
    assert await assessment.push(SCORE, key="k2") != first


async def test_one_receipt_for_two_deliveries(remote) -> None:
    platform, url = remote
    for _ in range(2):
        await HttpAssessment(url, SECRET).push(SCORE, key="k1")
    assert (platform.deliveries, len(platform.taken)) == (2, 1)
    assert platform.taken["k1"] == SCORE


@pytest.mark.parametrize(
    ("mood", "code"),
    [
        ("down", "assessment_down"),
        ("slow", "assessment_down"),
        ("nonsense", "assessment_nonsense"),
        ("other", "assessment_mismatch"),
    ],
)
async def test_what_may_pass_is_tried_again(remote, mood, code) -> None:
    platform, url = remote
    platform.mood = mood
    with pytest.raises(Unavailable) as refusal:
        await HttpAssessment(url, SECRET, seconds=0.5).push(SCORE, key="k1")
    assert (refusal.value.code, refusal.value.retry) == (code, True)


async def test_nobody_there_is_tried_again() -> None:
    with pytest.raises(Unavailable):
        await HttpAssessment("http://127.0.0.1:1/scores", SECRET).push(SCORE, key="k1")


async def test_a_refusal_is_final(remote) -> None:
    platform, url = remote
    platform.mood = "refusing"
    with pytest.raises(Invalid) as refusal:
        await HttpAssessment(url, SECRET).push(SCORE, key="k1")
    assert refusal.value.retry is False


async def test_a_wrong_secret_is_refused_by_the_platform(remote) -> None:
    platform, url = remote
    with pytest.raises(Invalid):
        await HttpAssessment(url, "another").push(SCORE, key="k1")
    assert (platform.forged, platform.taken) == (1, {})
