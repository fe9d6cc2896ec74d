"""The main job in a real browser: dial, ask, reach a person, route, refer, mediate, ask again."""

from __future__ import annotations

import re
from functools import partial

import pytest
from playwright.async_api import Page, expect

from backend.kernel.actor import SYSTEM
from channels.hotline import menu
from channels.hotline.simulator.exchange import CarrierExchange

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
QUESTION = "老板拖欠我三个月工资怎么办"
# Generous, since other tests run beside this one.
PATIENCE = 60_000


async def say_on(phone: Page, words: str) -> None:
    await phone.wait_for_selector("#say:not([disabled])")
    await phone.fill("#say", words)
    await phone.click("#speak")


async def test_a_case_from_the_first_word_to_the_closed_file(
    open_page, sign_in, running, browser, evidence
):
    exchange = running.platform.parts[CarrierExchange]
    # A caller who takes time to type: how fast this machine is is not what is tested here.
    exchange.call_in = partial(exchange.call_in, thinking=True)
    expect.set_options(timeout=PATIENCE)
    async with evidence(browser):
        await walk(open_page, sign_in, running)
    async with running.platform.units(SYSTEM, read_only=True) as uow:
        verified = await uow.verify_journal()
    assert verified.broken is None
    assert verified.events > 25


async def walk(open_page, sign_in, running) -> None:
    desk = await sign_in("agent")
    desk.set_default_timeout(PATIENCE)
    await desk.click("#switch")
    await expect(desk.locator("#switch")).to_have_attribute("aria-checked", "true")

    phone = await open_page("/simulator/phone", width=1100, height=900)
    phone.set_default_timeout(PATIENCE)
    await phone.click("#call")
    transcript = phone.locator("#transcript")
    await expect(transcript).to_contain_text("12348")
    await say_on(phone, QUESTION)
    await expect(transcript).to_contain_text(re.compile("劳动(合同)?法"))
    await phone.click(".key[data-key='0']")

    await desk.click("#accept")
    await expect(desk.locator("#talk")).to_contain_text(QUESTION)
    await expect(desk.locator("#answer blockquote").first).to_be_visible()
    await desk.fill("#say", "您好，我是坐席，欠了多少？")
    await desk.press("#say", "Enter")
    await expect(transcript).to_contain_text("欠了多少")
    await say_on(phone, "一共两万三")
    await expect(desk.locator("#talk")).to_contain_text("一共两万三")

    await desk.fill("#notes", "工地干活三个月")
    await expect(desk.locator("#notes-state")).to_have_text("已保存")
    await desk.reload()
    await expect(desk.locator("#notes")).to_have_value("工地干活三个月")

    await desk.click("#tab-facts")
    await desk.select_option("#fact-issue", '"wages"')
    await desk.click("#facts-form button[type=submit]")
    await expect(desk.locator("#facts")).to_contain_text("拖欠工资")
    await desk.click("#tab-route")
    await desk.click("#decide")
    await expect(desk.locator("#decision")).to_contain_text("劳动保障监察")
    await expect(desk.locator("#decision")).to_contain_text("先劳动仲裁")

    await desk.click("#tab-finish")
    await desk.select_option("#refer-organisation", "cf-hs-tw")
    await desk.fill("#refer-note", "请帮助讨薪")
    await desk.click("#refer-form button")
    await expect(desk.locator("#referrals")).to_contain_text("等待受理")
    await desk.fill("#order-title", "核实工地用工登记")
    await desk.fill("#order-organisation", "cf-hs-rs")
    await desk.click("#order-form button")
    await expect(desk.locator("#message")).to_contain_text("已开工单")
    code = re.sub(r"\D", "", await desk.inner_text("#now-code"))
    await desk.fill("#summary", "欠薪，转人民调解")
    await desk.select_option("#outcome", "referred")
    await desk.click("#finish-form button")
    await expect(desk.locator("#now-name")).to_have_text("没有通话")
    await expect(phone.locator("#state")).to_contain_text("结束")

    mediator = await sign_in("mediator", width=820, height=1180)
    mediator.set_default_timeout(PATIENCE)
    await mediator.get_by_role("button", name="受理", exact=True).first.click()
    await mediator.get_by_role("button", name="双方都同意调解", exact=True).click()
    await mediator.get_by_role("button", name="开始调解", exact=True).click()
    await mediator.fill("#terms", "单位十日内付清两万三千元。")
    await mediator.fill("#what-0", "付清工资")
    await mediator.fill("#amount-0", "23000")
    await mediator.fill("#due-0", await mediator.input_value("#effective_on"))
    await mediator.get_by_role("button", name="登记协议", exact=True).click()
    await mediator.get_by_role("button", name="已履行", exact=True).click()
    await mediator.get_by_role("button", name="归档", exact=True).click()
    await expect(mediator.locator("main")).to_contain_text("已归档")

    await phone.click("#call")
    await expect(transcript).to_contain_text("12348")
    await say_on(phone, "查进度")
    await expect(transcript).to_contain_text(menu.ASK_CODE)
    for digit in code:
        await phone.click(f".key[data-key='{digit}']")
    await expect(phone.locator("#messages")).to_contain_text("查询码")
    sent = re.search(r"查询码是(\d{6})", await phone.inner_text("#messages"))
    assert sent is not None
    for digit in sent.group(1):
        await phone.click(f".key[data-key='{digit}']")
    await expect(transcript).to_contain_text(re.compile("已归档|办结"))
