"""The bot's project agrees with the platform: facts, questions, actions, enough sentences."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.routing.adapters.ruleset_yaml import built_in_rules
from channels.chat import asking
from channels.chat.forms import FORMS

FACTS = built_in_rules().vocabulary.facts
ENTITY = re.compile(r"\[([^]]+)]\((\w+)\)")


@pytest.fixture(scope="module")
def bot(root: Path) -> Path:
    return root / "bot"


@pytest.fixture(scope="module")
def domain(bot: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((bot / "domain.yml").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def sentences(bot: Path) -> dict[str, list[str]]:
    """Training sentences by intent."""
    found: dict[str, list[str]] = {}
    for path in sorted((bot / "data/nlu").glob("*.yml")):
        for part in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            if "intent" in part:
                found[part["intent"]] = re.findall(r"^- (.+)$", part["examples"], re.MULTILINE)
    return found


def test_there_are_enough_intents_and_sentences(
    domain: dict[str, Any], sentences: dict[str, list[str]]
) -> None:
    assert set(domain["intents"]) == set(sentences)
    assert len(sentences) >= 20
    assert sum(map(len, sentences.values())) >= 800
    assert min(map(len, sentences.values())) >= 10


def test_no_sentence_is_taught_twice(sentences: dict[str, list[str]]) -> None:
    plain = Counter(ENTITY.sub(r"\1", line) for lines in sentences.values() for line in lines)
    assert [line for line, times in plain.items() if times > 1] == []


def test_every_marked_entity_is_one_of_the_domain(
    domain: dict[str, Any], sentences: dict[str, list[str]]
) -> None:
    marked = {
        found[1] for lines in sentences.values() for found in ENTITY.findall("\n".join(lines))
    }
    assert marked == set(domain["entities"])


def test_forms_ask_for_the_facts_that_the_platform_asks(domain: dict[str, Any]) -> None:
    assert set(domain["forms"]) == set(FORMS)
    for name, form in FORMS.items():
        assert domain["forms"][name]["required_slots"] == [*form.codes, "stop"]
        assert set(form.codes) <= set(domain["slots"])


def test_questions_are_worded_as_at_every_door(domain: dict[str, Any]) -> None:
    for form in FORMS.values():
        for code in form.codes:
            assert domain["responses"][f"utter_ask_{code}"] == [{"text": FACTS[code].question}]


def test_every_action_is_done_by_the_platform(domain: dict[str, Any]) -> None:
    done = {
        *asking.NAMES,
        *(f"validate_{name}" for name in FORMS),
        *(f"action_start_{name.removesuffix('_form')}" for name in FORMS),
    }
    assert set(domain["actions"]) == done


def test_wanting_a_person_fills_no_slot(domain: dict[str, Any]) -> None:
    for code, slot in domain["slots"].items():
        for mapping in slot["mappings"]:
            if mapping["type"] == "from_text":
                assert {"ask_person", "cancel", "ask_law"} <= set(mapping["not_intent"]), code


def test_requirements_are_pinned_by_hash_and_name_no_index(bot: Path) -> None:
    allowed = re.compile(r"^(#.*|\s+--hash=sha256:[0-9a-f]{64}( \\)?|\S+==\S+ \\)$")
    text = (bot / "requirements.txt").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if not allowed.match(line)] == []
    assert "://" not in text
    assert re.search(r"^rasa==3\.6\.21 ", text, re.MULTILINE)
    assert not (bot / "uv.lock").exists()


def test_what_is_wanted_is_pinned_as_it_is_wanted(bot: Path) -> None:
    wanted = re.findall(r"^(\S+==\S+)$", (bot / "requirements.in").read_text("utf-8"), re.MULTILINE)
    pinned = (bot / "requirements.txt").read_text("utf-8")
    assert wanted
    assert [line for line in wanted if f"\n{line} " not in f"\n{pinned}"] == []


def test_the_secret_stands_in_no_file(bot: Path) -> None:
    endpoints = yaml.safe_load((bot / "endpoints.yml").read_text(encoding="utf-8"))
    header = endpoints["action_endpoint"]["headers"]["Authorization"]
    assert header == "Bearer ${FATONG_BOT_SECRET}"
