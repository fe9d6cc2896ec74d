"""What Rasa's actions do: read what was said, record facts, say what is asked next.

Rasa keeps the order of talk and nothing else; what is known stands on the case's fact sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.cases import service as cases
from backend.cases.model import UNKNOWN, Case, FactSheet
from backend.cases.ports import Cases, FactVocabulary
from backend.kernel.clock import CHINA
from backend.kernel.errors import Invalid
from backend.kernel.unit_of_work import UnitOfWork
from backend.resolution import progress
from backend.routing import service as routing
from backend.routing.model.vocabulary import Fact
from backend.routing.ports import ActiveRules
from channels.chat import forms, reading
from channels.chat.forms import Form
from channels.chat.rasa_wire import Call, Done, Tracker

ASK_KNOWLEDGE = {"ask_knowledge": True}
_START = "我问您几个问题，好看看该走哪条路。说“不问了”随时可以停。"
_STOPPED = "好，先停在这里。说过的都记在案件里，要接着办就说“接着办”。"
_NOTHING_OPEN = "现在没有问到一半的事。请说说您遇到了什么事。"
_GO_ON = "好。请说说您遇到的事，我来查法律依据。"
_CORRECT_HOW = "您要改哪一样？连着数目或者日子再说一次，比如：不对，是两万五。"
_GATHERED = "您说的情况都记下了。"


@dataclass(frozen=True, slots=True)
class Turn:
    """What an action works on."""

    uow: UnitOfWork
    case: Case
    call: Call

    @property
    def tracker(self) -> Tracker:
        """What Rasa knows."""
        return self.call.tracker

    @property
    def today(self) -> date:
        """The day in China."""
        return self.uow.now.astimezone(CHINA).date()

    def fact(self, code: str) -> Fact:
        """A fact of the vocabulary."""
        return self.uow.get(ActiveRules).rules.vocabulary.facts[code]

    async def sheet(self) -> FactSheet:
        """The fact sheet as it stands."""
        return await self.uow.get(Cases).facts(self.case.id)

    async def record(self, values: Mapping[str, Any]) -> FactSheet:
        """Put facts on the case."""
        return await cases.record_facts(self.uow, self.case, values)


async def perform(turn: Turn) -> Done:
    """Do the action that is wanted; raises `Invalid` for one that there is not."""
    name = turn.call.next_action
    done = Done()
    checked = forms.FORMS.get(name.removeprefix("validate_"))
    started = forms.FORMS.get(f"{name.removeprefix('action_start_')}_form")
    if checked is not None:
        await _validate(turn, checked, done)
    elif started is not None:
        await _start(turn, done, started)
    elif name in _ACTIONS:
        await _ACTIONS[name](turn, done)
    else:
        raise Invalid("没有这个动作。", code="no_action", where="next_action")
    return done


async def _start(turn: Turn, done: Done, form: Form) -> None:
    """The affair is named: it becomes a fact, it is answered, and what is known is filled in."""
    sheet = await turn.record({"issue": form.issue})
    done.tell(ASK_KNOWLEDGE)
    if form.next(sheet) is not None:
        done.say(_START)
    _fill(turn, form, sheet, done)


async def _validate(turn: Turn, form: Form, done: Done) -> None:
    """Record what was given, and set what is asked next."""
    given = turn.tracker.given
    if "stop" in given and _stops(given["stop"], done):
        return
    sheet = await turn.sheet()
    values: dict[str, Any] = {}
    for code in form.codes:
        raw, known = given.get(code), sheet.get(code)
        if not isinstance(raw, str) or (known is not None and known.value == raw):
            continue
        value = _read(turn, turn.fact(code), raw)
        if value is None:
            done.set(code, None)
            _unread(turn.fact(code), raw, done)
        else:
            values[code] = value
    sheet = await _record(turn, values, done)
    _fill(turn, form, sheet, done)
    if values.get("danger_now") is True:
        done.tell({"person": "danger"})
    wanted = form.next(sheet)
    if wanted is not None:
        await cases.put_question(turn.uow, turn.case, wanted)
    done.set("requested_slot", wanted)


def _read(turn: Turn, fact: Fact, raw: str) -> Any:
    """Read the whole of what was said, else the piece of it that Rasa cut out."""
    for text in (turn.tracker.text, raw):
        value = forms.read(fact, text, intent=turn.tracker.intent, today=turn.today)
        if value is not None:
            return value
    return None


def _stops(answer: Any, done: Done) -> bool:
    """Cancelling is confirmed first: asked for, then agreed to or not. True when that is all."""
    if answer == "asked":
        done.set("stop", None)
        done.set("requested_slot", "stop")
        return True
    agreed = answer == "yes" or reading.read_yes(str(answer))
    done.set("stop", "yes" if agreed else None)
    if agreed:
        done.set("requested_slot", None)
    return bool(agreed)


def _unread(fact: Fact, raw: str, done: Done) -> None:
    """Not an answer: either a question of its own, or it must be said otherwise."""
    if reading.is_question(raw):
        done.tell(ASK_KNOWLEDGE)
    else:
        done.say(forms.hint(fact))


async def _record(turn: Turn, values: Mapping[str, Any], done: Done) -> FactSheet:
    """Put what was read on the case, and say back numbers and days, which are easily misread."""
    if not values:
        return await turn.sheet()
    vocabulary = turn.uow.get(FactVocabulary)
    said = [
        f"{vocabulary.label(code)}：{vocabulary.show(code, value)}"
        for code, value in values.items()
        if turn.fact(code).type in ("number", "date") and value != UNKNOWN
    ]
    sheet = await turn.record(values)
    if said:
        done.say(f"记下了，{'；'.join(said)}。")
    return sheet


def _fill(turn: Turn, form: Form, sheet: FactSheet, done: Done) -> None:
    """Make Rasa's slots what the sheet says."""
    for code in form.codes:
        known = sheet.get(code)
        if known is not None and turn.tracker.slots.get(code) != known.value:
            done.set(code, known.value)


async def _submit(turn: Turn, done: Done) -> None:
    """The form is over: say what the rules make of the facts, and leave no slot behind."""
    stopped = turn.tracker.slots.get("stop") == "yes"
    for form in forms.FORMS.values():
        for code in form.codes:
            done.set(code, None)
    done.set("stop", None)
    if stopped:
        done.say(_STOPPED)
        return
    decision = await routing.consider(turn.uow, turn.case)
    done.say(f"{_GATHERED}{decision.spoken}")


async def _resume(turn: Turn, done: Done) -> None:
    """Go on with the affair on the case, where something is left to ask."""
    sheet = await turn.sheet()
    form = forms.form_of(sheet.values().get("issue"))
    if form is None or form.next(sheet) is None:
        done.say(_NOTHING_OPEN)
        return
    _fill(turn, form, sheet, done)
    done.events.append({"event": "followup", "timestamp": None, "name": form.name})


async def _loose_answer(turn: Turn, done: Done) -> None:
    """An answer to no question: where Rasa has just begun anew, go on with what is left to ask."""
    turns = sum(1 for event in turn.tracker.events if event.get("event") == "user")
    sheet = await turn.sheet()
    form = forms.form_of(sheet.values().get("issue"))
    if turns <= 1 and form is not None and form.next(sheet) is not None:
        await _resume(turn, done)
    elif turn.tracker.intent == "inform":
        done.tell(ASK_KNOWLEDGE)
    else:
        done.say(_GO_ON)


async def _correct(turn: Turn, done: Done) -> None:
    """Something said before was wrong: find which fact the new words can be."""
    sheet = await turn.sheet()
    form = turn.tracker.form or forms.form_of(sheet.values().get("issue"))
    if form is None:
        done.tell(ASK_KNOWLEDGE)
        return
    code, value = _corrected(turn, form, sheet)
    if not code:
        done.say(_CORRECT_HOW)
        return
    sheet = await _record(turn, {code: value}, done)
    if not done.responses:
        vocabulary = turn.uow.get(FactVocabulary)
        done.say(f"改过来了，{vocabulary.label(code)}：{vocabulary.show(code, value)}。")
    _fill(turn, form, sheet, done)


def _corrected(turn: Turn, form: Form, sheet: FactSheet) -> tuple[str, Any]:
    """The fact and its new value; an amount or a day goes where it fits, else the last one said."""
    words = turn.tracker.text.rpartition("，")[2] or turn.tracker.text
    known = [fact for fact in reversed(sheet.facts) if fact.current and fact.code in form.codes]
    known.sort(key=lambda fact: turn.fact(fact.code).type not in ("number", "date"))
    for fact in known:
        kind = turn.fact(fact.code)
        value = forms.read(kind, words, intent="", today=turn.today)
        if value is not None and value != UNKNOWN:
            return fact.code, value
    return "", None


async def _kb_answer(turn: Turn, done: Done) -> None:
    """The knowledge base answers."""
    done.tell(ASK_KNOWLEDGE)


async def _default_fallback(turn: Turn, done: Done) -> None:
    """Not understood: the knowledge base answers, and Rasa forgets that it was asked."""
    done.tell(ASK_KNOWLEDGE)
    done.events.append({"event": "rewind", "timestamp": None})


async def _handoff(turn: Turn, done: Done) -> None:
    """A person is wanted."""
    done.tell({"person": "asked"})


async def _case_progress(turn: Turn, done: Done) -> None:
    """Where the case stands."""
    done.say((await progress.of_case(turn.uow, turn.case)).spoken())


_ACTIONS = {
    "action_kb_answer": _kb_answer,
    "action_default_fallback": _default_fallback,
    "action_handoff": _handoff,
    "action_case_progress": _case_progress,
    "action_submit": _submit,
    "action_resume": _resume,
    "action_loose_answer": _loose_answer,
    "action_correct": _correct,
}
NAMES = frozenset(_ACTIONS)
