"""What the line says and does: one level, never a maze (GB/T 33358-2016 advises against menus).

Pure: from a place and a result to the next `Move`. A move either says something at once or names
what must be asked of the services first; `flow` does the asking.
"""

from __future__ import annotations

from dataclasses import dataclass

from channels.hotline.hearing import SPEECH_LIMIT, asks_progress, is_done, understandable
from channels.hotline.intents import (
    Answer,
    Gone,
    HangUp,
    Hold,
    Intent,
    Join,
    Keyed,
    Listen,
    Place,
    Result,
    Say,
    Silent,
    Spoken,
    Step,
    Wait,
)

MISSES = 2  # the second unclear input in a row leads to a person
TRIES = 5
CASE_CODE_DIGITS = 10
PHONE_CODE_DIGITS = 6
HOLD_SECONDS = 10
TALK_SECONDS = 8

NOTICE = "您好，这里是12348法律热线，通话会记录。请直接说您的问题，按0找人工。"
NOTICE_KEYS = "您好，这里是12348法律热线，通话会记录。找人工按0，查进度按1。"
MORE = "还有要问的吗？请直接说。查进度按1，找人工按0。"
AGAIN = "没有听清。请再说一遍您的问题，找人工按0。"
ASK_CODE = "请输入十位案件码，不记得请按0再按井号，由人工帮您查。"
ASK_CODE_AGAIN = "没有这个案件码。请重新输入十位案件码。"
ASK_PHONE_CODE = "请输入六位手机验证码。"
ASK_PHONE_CODE_AGAIN = "验证码不对。请重新输入六位验证码。"
TO_PERSON = "正在为您转接人工，请不要挂机。"
STILL_WAITING = "坐席正忙，请稍候。不想等请按1，我们给您回电。"
NOBODY = "现在没有坐席在岗，有人来就为您转接人工。想让我们给您回电请按1。"
TAKEN_OVER = "坐席的线路断了，正在为您接通另一位坐席，请不要挂机。"
NO_NUMBER = "没有显示您的号码，不能回电，请继续等候。"
CONNECTED = "坐席已接通，请讲。"
CALLING_BACK = "您好，这里是12348法律热线，按约定给您回电，通话会记录。"
HELD = "请稍候，坐席马上回来。"
GOODBYE = "感谢来电，再见。"
SORRY = "系统出了点问题，您的通话没有丢。正在为您转接人工。"


@dataclass(frozen=True, slots=True)
class Tell:
    """Say and do this now."""

    intents: tuple[Intent, ...]


@dataclass(frozen=True, slots=True)
class AskDialogue:
    """Pass what was said to the dialogue."""

    text: str


@dataclass(frozen=True, slots=True)
class WantPerson:
    """Put the call into the queue; `reason` is key, unclear, silence, case_code or phone_code."""

    reason: str


@dataclass(frozen=True, slots=True)
class FindCase:
    """Look a case code up and send the phone code."""

    code: str


@dataclass(frozen=True, slots=True)
class ReadProgress:
    """Read a case's progress by both codes."""

    code: str
    phone_code: str


@dataclass(frozen=True, slots=True)
class CallBack:
    """The caller would rather be called back than wait."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Ask how the call stands in the queue or with the agent."""


@dataclass(frozen=True, slots=True)
class PassOn:
    """Show the agent what the caller said or pressed."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over."""

    reason: str


Move = (
    Tell
    | AskDialogue
    | WantPerson
    | FindCase
    | ReadProgress
    | CallBack
    | LookAgain
    | PassOn
    | Ended
)


def greet(*, speech: bool = True) -> tuple[Intent, ...]:
    """Answer the call: the notice, then the caller simply speaks."""
    notice = NOTICE if speech else NOTICE_KEYS
    return (Answer(), Listen(Place(Step.ASK, turn=1), prompt=(notice,)))


def hear(place: Place, result: Result) -> Move:
    """Decide what a result at a place leads to."""
    if isinstance(result, Gone):
        return Ended(result.reason)
    if place.step is Step.TALK:
        return _talking(result)
    if place.step is Step.WAITING:
        return CallBack() if result == Keyed("1") else LookAgain()
    if isinstance(result, Keyed) and result.digits == "0":
        return WantPerson("key")
    if place.step is Step.CODE:
        return _case_code(place, result)
    if place.step is Step.PHONE_CODE:
        return _phone_code(place, result)
    return _question(place, result)


def _talking(result: Result) -> Move:
    if isinstance(result, Spoken) and result.text.strip():
        return PassOn(result.text.strip()[:SPEECH_LIMIT].replace("\ufffd", "？"))
    if isinstance(result, Keyed) and result.digits:
        return PassOn(f"（按键 {result.digits[:20]}）")
    return LookAgain()


def _question(place: Place, result: Result) -> Move:
    if isinstance(result, Keyed) and result.digits == "1":
        return Tell(ask_code(place))
    if isinstance(result, Spoken) and understandable(result.text):
        text = result.text.strip()
        if asks_progress(text):
            return Tell(ask_code(place))
        if place.step is Step.MORE and is_done(text):
            return Tell(farewell())
        return AskDialogue(text)
    return _missed(place, result, AGAIN)


def _case_code(place: Place, result: Result) -> Move:
    if isinstance(result, Keyed):
        if len(result.digits) == CASE_CODE_DIGITS and result.digits.isdecimal():
            return FindCase(result.digits)
        return wrong_code(place)
    return _missed(place, result, ASK_CODE, keys=CASE_CODE_DIGITS)


def _phone_code(place: Place, result: Result) -> Move:
    if isinstance(result, Keyed):
        if len(result.digits) == PHONE_CODE_DIGITS and result.digits.isdecimal():
            return ReadProgress(place.code, result.digits)
        return wrong_code(place)
    return _missed(place, result, ASK_PHONE_CODE, keys=PHONE_CODE_DIGITS)


def _missed(place: Place, result: Result, prompt: str, *, keys: int = 1) -> Move:
    misses = place.misses + 1
    if misses >= MISSES:
        return WantPerson("silence" if isinstance(result, Silent) else "unclear")
    by_keys = keys > 1
    return Tell(
        (
            Listen(
                place.next(misses=misses),
                by="keys" if by_keys else "both",
                prompt=(prompt,),
                keys=keys,
            ),
        )
    )


def wrong_code(place: Place) -> Move:
    """A code that is not one: said so; at the fifth try a person."""
    tries = place.tries + 1
    phone = place.step is Step.PHONE_CODE
    if tries >= TRIES:
        return WantPerson("phone_code" if phone else "case_code")
    return Tell(
        (
            Listen(
                place.next(tries=tries, misses=0),
                by="keys",
                prompt=(ASK_PHONE_CODE_AGAIN if phone else ASK_CODE_AGAIN,),
                keys=PHONE_CODE_DIGITS if phone else CASE_CODE_DIGITS,
            ),
        )
    )


def ask_code(place: Place) -> tuple[Intent, ...]:
    """Ask for the case code."""
    then = place.next(Step.CODE, misses=0, tries=0)
    return (Listen(then, by="keys", prompt=(ASK_CODE,), keys=CASE_CODE_DIGITS, timeout=10),)


def ask_phone_code(place: Place, code: str, sent_to: str) -> tuple[Intent, ...]:
    """Ask for the phone code; `sent_to` is the masked number it was sent to, "" when unknown."""
    prompt = f"验证码已发到{sent_to}。{ASK_PHONE_CODE}" if sent_to else ASK_PHONE_CODE
    then = place.next(Step.PHONE_CODE, misses=0, tries=0, code=code)
    return (Listen(then, by="keys", prompt=(prompt,), keys=PHONE_CODE_DIGITS, timeout=20),)


def tell(place: Place, text: str) -> tuple[Intent, ...]:
    """Say an answer and ask whether there is more."""
    then = place.next(Step.MORE, misses=0, tries=0, code="")
    return (Listen(then, prompt=tuple(part for part in (text, MORE) if part)),)


def to_person(place: Place, before: str = "", *, nobody: bool = False) -> tuple[Intent, ...]:
    """Say that a person is coming, or that `nobody` is there to come, and hold."""
    spoken = tuple(Say(text) for text in (before, NOBODY if nobody else TO_PERSON) if text)
    then = place.next(Step.WAITING, misses=0, tries=0, code="")
    return (*spoken, Wait(then, seconds=HOLD_SECONDS))


def keep_waiting(place: Place, ahead: int | None, *, nobody: bool = False) -> tuple[Intent, ...]:
    """Hold on; `ahead` is how many wait before this caller, None to say nothing of it.

    `nobody`: no agent is at work. A caller who was talking has lost the agent, and is told.
    """
    before = f"您前面还有{ahead}位。" if ahead else ""
    then = place.next(Step.WAITING)
    if place.step is Step.TALK:
        return (Say(TAKEN_OVER), Wait(then, seconds=HOLD_SECONDS))
    text = NOBODY if nobody else before + STILL_WAITING
    # Speaking in every round would wear the caller out.
    spoken = (Say(text),) if place.turn % 3 == 0 else ()
    return (*spoken, Wait(then, seconds=HOLD_SECONDS))


def cannot_call_back(place: Place) -> tuple[Intent, ...]:
    """No number to call back: the caller goes on waiting."""
    return (Say(NO_NUMBER), Wait(place.next(Step.WAITING), seconds=HOLD_SECONDS))


def relay(place: Place, lines: tuple[str, ...], said: int, *, first: bool) -> tuple[Intent, ...]:
    """Say the agent's typed lines and listen to the caller."""
    opening = (CONNECTED,) if first else ()
    then = place.next(Step.TALK, misses=0, tries=0, said=said)
    return (Listen(then, prompt=(*opening, *lines), timeout=TALK_SECONDS, keys=0),)


def hold(place: Place) -> tuple[Intent, ...]:
    """The agent has put the caller on hold."""
    return (Hold(place.next(Step.TALK), text=HELD, seconds=HOLD_SECONDS),)


def join(place: Place, stream: str, parameters: dict[str, str]) -> tuple[Intent, ...]:
    """Join the caller's sound to the agent."""
    return (Join(place.next(Step.TALK), stream=stream, parameters=parameters),)


def farewell(before: str = "") -> tuple[Intent, ...]:
    """Say goodbye and end the call."""
    return (Say(before + GOODBYE), HangUp())
