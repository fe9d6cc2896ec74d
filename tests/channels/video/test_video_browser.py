"""Two real browsers with fake cameras: the citizen's page and the agent's desk."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright, expect

from tests.channels.video.video_platform import PASSWORD, eventually

pytestmark = [pytest.mark.browser, pytest.mark.walk, pytest.mark.timeout(120)]
expect.set_options(timeout=20_000)  # two browsers and their pictures may share a busy machine
SHOWN = "document.getElementById('theirs').getVideoPlaybackQuality().totalVideoFrames"
HEARD = """(() => {
  const heard = document.getElementById('caller-sound').srcObject;
  return heard && heard.getAudioTracks().some(one => one.readyState === 'live' && !one.muted);
})()"""
ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream=fps=10",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]


@pytest.fixture
async def browser(chromium_path):
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=str(chromium_path), args=ARGUMENTS
        )
        yield opened
        await opened.close()


@pytest.fixture
async def complaints():
    """What pages complained about; a test that expects some clears it."""
    kept: list[str] = []
    yield kept
    assert kept == []


@pytest.fixture
async def open_page(browser, complaints):
    async def make(url: str, *, size: tuple[int, int] = (1366, 768)):
        context = await browser.new_context(viewport={"width": size[0], "height": size[1]})
        page = await context.new_page()
        page.on("console", lambda one: one.type == "error" and complaints.append(one.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url)
        return page

    return make


async def open_desk(world, open_page):
    await world.agent()
    desk = await open_page(f"{world.base}/login?next=/desk")
    await desk.fill("#username", "agent")
    await desk.fill("[type=password]", PASSWORD)
    await desk.locator("main button[type=submit]").click()
    await expect(desk.locator("#switch")).to_have_attribute("aria-checked", "true")
    return desk


async def wait_in_line(page) -> None:
    await page.locator("#check").click()
    await expect(page.locator("#preview-none")).to_be_hidden()
    await page.locator("#queue").click()
    await expect(page.locator("#place")).to_contain_text("您是下一位")


async def sees(page, more: int = 10) -> None:
    """Wait until `more` frames were decoded and shown."""
    now = await eventually(lambda: page.evaluate(SHOWN), lambda shown: shown, 30)
    await eventually(lambda: page.evaluate(SHOWN), lambda shown: shown > now + more, 30)


async def test_both_see_each_other_through_reloads_and_part(world, open_page) -> None:
    desk = await open_desk(world, open_page)
    page = await open_page(f"{world.base}/video", size=(390, 844))
    await wait_in_line(page)
    await page.fill("#say", "老板欠我工资")
    await page.press("#say", "Enter")
    await expect(page.locator("#log")).to_contain_text("老板欠我工资")
    await expect(desk.locator("#ring")).to_be_visible()
    await desk.keyboard.press("F2")
    await sees(desk)
    await sees(page)
    await expect(desk.locator("#media-state")).to_have_text("视频已接通")
    await expect(desk.locator("#talk")).to_contain_text("老板欠我工资")
    await desk.fill("#say", "请把工资条给我看看")
    await desk.press("#say", "Enter")
    await expect(page.locator("#log")).to_contain_text("请把工资条给我看看")
    await page.reload()
    await sees(page)
    await sees(desk)
    await desk.reload()
    await sees(desk)
    await sees(page)
    await page.locator("#hang").click()
    await expect(page.locator("#over-title")).to_have_text("您挂断了")
    await expect(desk.locator("#talk")).to_contain_text("对方已离开")
    await expect(desk.locator("#picture")).to_be_hidden()


async def test_a_refused_camera_is_said_and_words_still_work(world, open_page, complaints) -> None:
    page = await open_page(f"{world.base}/video")
    await page.evaluate(
        """() => { navigator.mediaDevices.getUserMedia = function () {
          return Promise.reject(new DOMException('no', 'NotAllowedError')); }; }"""
    )
    await page.locator("#check").click()
    await expect(page.locator("#problem")).to_contain_text("没有被允许")
    await expect(page.locator("#check")).to_have_text("再试一次")
    await page.locator("#without").click()
    await expect(page.locator("#step-wait")).to_be_visible()
    await page.fill("#say", "老板欠我工资")
    await page.press("#say", "Enter")
    await expect(page.locator("#log")).to_contain_text("老板欠我工资")


async def test_who_has_no_camera_sees_and_is_heard_by_writing(world, open_page) -> None:
    desk = await open_desk(world, open_page)
    page = await open_page(f"{world.base}/video")
    await page.locator("#without").click()
    await expect(desk.locator("#ring")).to_be_visible()
    await desk.keyboard.press("F2")
    await sees(page)


async def test_sound_of_a_call_flows_between_the_phone_and_the_desk(world, open_page) -> None:
    desk = await open_desk(world, open_page)
    phone = await open_page(f"{world.base}/simulator/phone")
    await phone.get_by_role("button", name="拨号").click()
    await expect(phone.get_by_role("log", name="通话文字")).to_contain_text("法律热线")
    await phone.get_by_role("button", name="0", exact=True).click()
    await expect(desk.locator("#ring")).to_be_visible()
    await desk.keyboard.press("F2")
    await expect(desk.locator("#media-state")).to_have_text("语音已通")
    await eventually(lambda: desk.evaluate(HEARD), lambda heard: heard)
    await desk.keyboard.press("F4")
    await expect(desk.locator("#media-state")).to_contain_text("保持中")
    await desk.keyboard.press("F4")
    await expect(desk.locator("#media-state")).to_have_text("语音已通")
    await desk.locator("#media-end").click()
    await expect(desk.locator("#media-state")).to_contain_text("打字会念给对方听")


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
async def test_the_page_fits_and_passes_axe(world, open_page, size) -> None:
    page = await open_page(f"{world.base}/video", size=size)
    await expect(page.locator("#step-check")).to_be_visible()
    await fits(page, size)
    await wait_in_line(page)
    await fits(page, size)


async def fits(page, size) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
    found = await Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()


async def test_the_box_is_used_by_remote_keys_alone(world, open_page) -> None:
    desk = await open_desk(world, open_page)
    box = await open_page(f"{world.base}/video/box", size=(1920, 1080))
    await box.keyboard.press("1")
    await expect(box.locator("#mic")).to_contain_text("话筒已打开")
    await box.keyboard.press("2")
    await expect(box.locator("#place")).to_contain_text("您是下一位")
    await expect(desk.locator("#ring")).to_be_visible()
    await desk.keyboard.press("F2")
    await sees(box)
    await sees(desk)
    await box.keyboard.press("4")
    await expect(box.locator("#mute")).to_have_text(re.compile("打开话筒"))
    await box.keyboard.press("6")
    await expect(box.locator("#over-title")).to_have_text("您挂断了")


LONG = (
    "您好，您说的情况我都看到了。请先拨打12348登记，再带上工资条、考勤记录、转账记录到人社局"
    "劳动监察大队投诉，地址在新城区玉龙大街。自劳动关系终止之日起一年内还可以申请劳动仲裁，不收费。"
    "请把身份证和材料都复印一份留好，不要把原件交给别人，遇到困难再打电话过来找我们。"
)
MEASURE = """() => {
  const wide = innerWidth, high = innerHeight, wrong = [];
  for (const node of document.querySelectorAll('#words, #words *')) {
    const r = node.getBoundingClientRect();
    if (!r.width) continue;
    if (r.left < wide * .05 - 1 || r.right > wide * .95 + 1 || r.bottom > high * .84 + 1)
      wrong.push('outside: ' + node.id + node.textContent.slice(0, 10));
    if (parseFloat(getComputedStyle(node).fontSize) < high / 30 - .1) wrong.push('small');
  }
  return wrong;
}"""


async def test_what_the_agent_writes_is_shown_by_pages_on_the_box(world, open_page) -> None:
    desk = await open_desk(world, open_page)
    box = await open_page(f"{world.base}/video/box", size=(1920, 1080))
    await box.keyboard.press("1")
    await expect(box.locator("#queue")).to_be_visible()
    await box.keyboard.press("2")
    await expect(desk.locator("#ring")).to_be_visible()
    await desk.keyboard.press("F2")
    await expect(box.locator("#hang")).to_be_visible()
    await desk.fill("#say", LONG)
    await desk.press("#say", "Enter")
    lines = box.locator("#words-lines p")
    await expect(lines).to_have_count(5)
    for width, height in ((1280, 720), (1920, 1080), (3840, 2160)):
        await box.set_viewport_size({"width": width, "height": height})
        assert await box.evaluate(MEASURE) == []
    read = await lines.all_inner_texts()
    while await box.locator("#words-after").is_visible():
        await box.keyboard.press("8")
        read += await lines.all_inner_texts()
    assert "".join(read) == LONG
    assert max(map(len, read)) <= 18
    assert any("12348" in line for line in read)
    await box.keyboard.press("7")
    await expect(lines).to_have_count(5)
    await box.keyboard.press("6")
    await expect(box.locator("#over-title")).to_have_text("您挂断了")
