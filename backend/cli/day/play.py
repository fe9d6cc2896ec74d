"""The play: what happens on the day, step by step; the seed decides how well it goes."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from backend.cases import repetition
from backend.cli.day.people import Agent, Chatter, Mediator, code_on, until
from backend.cli.day.stage import DidNotHappen, Stage
from backend.contacts.ports import Contacts
from backend.kernel.actor import SYSTEM
from backend.kernel.clock import CHINA
from backend.scoring import service as scoring
from backend.scoring.ports import JournalFeed
from backend.storage import reading
from channels.hotline.simulator.caller import ScriptedCaller, ScriptError

COMMITTEE = "cf-hs-tw"
QUESTIONS = (
    "老板拖欠我三个月工资怎么办",
    "离婚孩子归谁抚养",
    "邻居盖房挡了我家的光",
    "借出去的钱不还怎么办",
    "买到假货能不能退",
)


@dataclass
class Day:
    """The day as it goes."""

    stage: Stage
    rng: random.Random
    agent: Agent
    mediators: list[Mediator]
    video: Callable[[Stage, Agent], Awaitable[str]] | None
    steps: list[dict[str, Any]] = field(default_factory=list)
    doors: dict[str, int] = field(
        default_factory=lambda: {"phone": 0, "tv": 0, "video": 0, "chat": 0}
    )
    _number: int = 0

    def note(self, door: str, event: str, case: str = "") -> None:
        """Write a step down."""
        at = self.stage.clock.now().astimezone(CHINA).strftime("%H:%M:%S")
        self.steps.append({"at": at, "door": door, "event": event, "case": case})

    def number(self) -> str:
        """A telephone number nobody else has today."""
        self._number += 1
        return f"+86138{self.rng.randrange(1000):03d}{self._number:05d}"

    async def telephone(self, *, wait: float, refer: bool) -> str:
        """A call: a question answered with its article, a person, a referral; returns the code."""
        phone = self.number()
        caller = self.stage.caller(phone)
        await caller.dial()
        self.doors["phone"] += 1
        await caller.wait_for("12348")
        question = QUESTIONS[0] if refer else self.rng.choice(QUESTIONS)
        await caller.say(question)
        heard = await caller.hear()
        if "法" not in heard and "条" not in heard:
            raise DidNotHappen(f"电话里没有听到依据：{heard[:40]}")
        self.note("phone", f"问“{question}”，听到依据")
        await caller.press("0")
        # No time passes here, so that a seed gives the same waits on any machine.
        await caller.wait_for("转接")
        served = await self.agent.answer(after_seconds=wait)
        code = str(served["case_code"])
        self.note("phone", f"坐席接听，等了{wait:.0f}秒", code)
        await self._hears(caller, "坐席已接通")
        await self.agent.say(served["id"], "您好，请说说情况。")
        await self._hears(caller, "请说说情况")
        await caller.say("工地干了三个月没给钱")
        await self._desk_hears(served["id"], "工地")
        if refer:
            await self.agent.record(
                served["id"], issue="wages", employment_relation="yes", amount=23000
            )
            asked = [await self.agent.ask(served["id"]) for _ in range(2)]
            self.note("phone", f"追问{len(set(asked) - {''})}个要素", code)
            decision = await self.agent.route(served["id"])
            first = decision["recommended"][0]["name"]
            self.note("phone", f"分流：{first}", code)
            await self.agent.refer(served["id"], COMMITTEE)
            self.note("phone", "转给人民调解委员会", code)
        await self.agent.finish(served["id"], "已答复。", "referred" if refer else "answered")
        await caller.ended()
        caller.leave()
        return code

    async def mediate(self, mediator: Mediator, *, agree: bool, days: int) -> None:
        """A mediation from invitation to archive, or to nothing."""
        mediation = await mediator.accept()
        self.note("", "调解员受理")
        await mediator.step(mediation, "consent")
        await mediator.step(mediation, "begin")
        await mediator.step(mediation, "notes", text="双方说明了情况。")
        if days:
            self.stage.clock.forward(timedelta(days=days))
            await mediator.come_back()
        if not agree:
            await mediator.step(mediation, "fail", code="no_agreement")
            self.note("", "调解不成，归档")
            await mediator.step(mediation, "archive")
            return
        today = self.stage.clock.now().astimezone(CHINA).date()
        await mediator.step(
            mediation,
            "agree",
            terms="对方分两次付清所欠工资。",
            form="written",
            effective_on=today.isoformat(),
            who="respondent",
            what="付清工资",
            amount="23000",
            due_on=(today + timedelta(days=10)).isoformat(),
        )
        self.note("", "达成协议")
        await mediator.settle_all(mediation)
        await mediator.step(mediation, "archive")
        self.note("", "协议履行，归档")

    async def television(self) -> str:
        """Somebody with a remote control: two pages, a fact, a call-back to be kept."""
        box = await self.stage.browser()
        home = await box.get("/tv/")
        if "想看的" not in home.text:
            raise DidNotHappen("电视首页没有出来")
        page = await box.get(f"/tv/answer?number={self.rng.choice((11, 12, 13))}")
        if "依据" not in page.text:
            raise DidNotHappen("电视答复没有依据")
        self.doors["tv"] += 1
        code = code_on(page.text)
        self.note("tv", "看到带依据的答复", code)
        return code

    async def change_door(self) -> str:
        """Begin at the television, go on by telephone with both codes: one case, nothing twice."""
        box = await self.stage.browser()
        page = await box.get("/tv/answer?number=11")
        code = code_on(page.text)
        phone = self.number()
        promised = await box.form("/tv/callback", {"phone": phone})
        if "回电" not in promised.text:
            raise DidNotHappen("电视上没有约成回电")
        self.doors["tv"] += 1
        self.note("tv", "约定回电", code)
        return f"{code}:{phone}"

    async def ask_progress(self, code: str, phone: str) -> None:
        """By telephone with both codes: the case goes on where it was left."""
        caller = self.stage.caller(phone)
        await caller.dial()
        self.doors["phone"] += 1
        await caller.wait_for("12348")
        await caller.say("查进度")
        await caller.press(code)
        await self.stage.work()

        async def sent() -> str | None:
            await self.stage.work()
            texts = [m.body for m in self.stage.exchange.messages if m.to_number == phone]
            return texts[-1] if texts else None

        message = await until(sent, "没有收到查询码短信")
        digits = "".join(char for char in message.partition("查询码是")[2] if char.isdecimal())[:6]
        await caller.press(digits)
        told = await caller.hear()
        if not told:
            raise DidNotHappen("电话里没有听到进度")
        self.note("phone", "凭两个编码听到进度", code)
        await caller.hang_up()
        await self.stage.work()
        caller.leave()

    async def keep_call_back(self, phone: str, *, late: bool) -> None:
        """The agent calls as promised."""
        if late:
            self.stage.clock.forward(timedelta(hours=3))
            await self.agent.browser.post("/desk/seen")
            await self.stage.work()
        state = await self.agent.browser.data("/desk/state")
        promises = [item for item in state["promises"] if item["state"] == "open"]
        if late and not promises:
            self.note("phone", "错过了约定的回电")
            return
        if not promises:
            raise DidNotHappen("坐席看不到约定的回电")
        caller = self.stage.caller(phone)
        made = await self.agent.browser.post(f"/desk/promises/{promises[0]['id']}/call")
        await self.stage.work()
        await caller.answer()
        await caller.wait_for("您好", live=False)

        async def kept() -> bool:
            await self.stage.work()
            contact = await self.agent.contact(made["contact"])
            return bool(contact["state"] == "human")

        await until(kept, "回电没有接通")
        self.doors["phone"] += 1
        self.note("phone", "按约定回了电话")
        await self.agent.finish(made["contact"], "已回电答复。")
        await caller.ended()
        caller.leave()

    async def chat(self, *, wait: float) -> str:
        """The web chat: a cited answer, then a person."""
        chatter = Chatter(self.stage, await self.stage.browser())
        code = await chatter.enter()
        self.doors["chat"] += 1
        answer = await chatter.say(self.rng.choice(QUESTIONS))
        if not answer["citations"]:
            raise DidNotHappen("聊天答复没有依据")
        self.note("chat", "看到带依据的答复", code)
        await chatter.want_person()
        served = await self.agent.answer(after_seconds=wait)
        await self.agent.say(served["id"], "您好，我来帮您。")
        await chatter.hear("agent")
        self.note("chat", f"坐席接入，等了{wait:.0f}秒", code)
        await self.agent.finish(served["id"], "已答复。")
        return code

    async def gives_up(self) -> None:
        """A caller who does not wait for an agent."""
        await self.agent.away()
        caller = self.stage.caller(self.number())
        await caller.dial()
        self.doors["phone"] += 1
        await caller.wait_for("12348")
        await caller.press("0")
        await caller.wait_for("转接")
        self.stage.clock.forward(timedelta(seconds=40))
        await caller.hang_up()
        await self.stage.work()
        caller.leave()
        self.note("phone", "没等到坐席，离开")
        await self.agent.ready()

    async def _hears(self, caller: ScriptedCaller, words: str) -> None:
        # A letter waits until the words before it are heard, so time has to pass.
        async def heard() -> bool:
            await self.stage.later(seconds=1)
            return any(words in said for said in caller.said)

        await until(heard, f"电话里没有听到“{words}”")

    async def _desk_hears(self, contact: str, words: str) -> None:
        async def heard() -> bool:
            await self.stage.work()
            messages = (await self.agent.contact(contact))["messages"]
            return any(words in message["text"] for message in messages)

        await until(heard, "坐席没有看到群众说的话")


async def play(day: Day) -> None:
    """The whole day; raises `DidNotHappen` for the step that did not."""
    try:
        await _play(day)
    except (ScriptError, TimeoutError) as error:
        raise DidNotHappen(
            f"{day.steps[-1]['event'] if day.steps else '开场'} 之后：{error}"
        ) from error


async def _play(day: Day) -> None:
    # How long people wait, who gives up and what fails comes from the seed.
    rng, stage = day.rng, day.stage
    await day.agent.ready()
    for _ in range(rng.randint(2, 4)):
        await day.telephone(wait=rng.choice((4, 8, 12, 18)), refer=False)
        await stage.later(minutes=rng.randint(5, 40))
        await day.agent.browser.post("/desk/seen")
        await day.agent.ready()
    await day.telephone(wait=rng.choice((3, 6)), refer=True)
    await day.mediate(day.mediators[0], agree=True, days=0)
    await day.television()
    await day.agent.browser.post("/desk/seen")
    code, _, phone = (await day.change_door()).partition(":")
    await day.ask_progress(code, phone)
    await day.agent.ready()
    await day.keep_call_back(phone, late=rng.random() < 0.3)
    await day.agent.ready()
    await day.chat(wait=rng.choice((5, 11, 17)))
    if rng.random() < 0.7:
        await day.gives_up()
    if day.video is not None:
        await day.agent.ready()
        case = await day.video(stage, day.agent)
        day.doors["video"] += 1
        day.note("video", "视频咨询，双方看到画面", case)
    await day.agent.ready()
    await day.telephone(wait=rng.choice((3, 9, 16)), refer=True)
    await day.mediate(day.mediators[-1], agree=rng.random() < 0.6, days=rng.choice((0, 0, 35)))


async def figures(stage: Stage, month: date) -> dict[str, Any]:
    """What the day ends in: scores, the number of events, and whether the journal holds."""
    await stage.work()
    periods = {month.strftime("%Y-%m"), stage.clock.now().astimezone(CHINA).strftime("%Y-%m")}
    scores = []
    async with stage.platform.units(SYSTEM, "day", read_only=True) as uow:
        for period in sorted(periods):
            scores += [
                {
                    "unit": score.unit,
                    "indicator": score.indicator,
                    "numerator": len(score.numerator),
                    "denominator": len(score.denominator),
                    "period": period,
                }
                for score in await scoring.scores_of(uow, period)
            ]
        feed = uow.get(JournalFeed)
        repeated = await repetition.repetition(feed.events(repetition.TYPES))
        checked = await reading.verify(uow.connection)
        left = await uow.get(Contacts).open_promises()
    if checked.broken is not None:
        raise DidNotHappen(f"日志断开：{checked.broken.reason}")
    return {
        "scores": scores,
        "events": checked.events,
        "verified": checked.broken is None,
        "open_promises": len(left),
        "facts_asked": repeated.asked,
        "asked_twice": repeated.count,
    }


def opening(day: date) -> datetime:
    """Half past eight in the morning, in China."""
    return datetime(day.year, day.month, day.day, 8, 30, tzinfo=CHINA)
