"""The answer as one JSON document, as `ask --json` prints it."""

from __future__ import annotations

from typing import Any

from knowledge.model import Answer, Audience
from knowledge.rendering.channels import render, spoken


def to_json(answer: Answer, audience: Audience) -> dict[str, Any]:
    """Return an answer as plain data: the channel's text and the citations all channels share."""
    return {
        "question": answer.question,
        "basis": answer.basis,
        "title": answer.title,
        "answer": answer.answer if audience is Audience.DESK else render(answer, audience).text,
        "spoken": spoken(answer),
        "citations": [
            {
                "law": cited.law,
                "article": cited.article,
                "version": cited.version,
                "in_force_from": cited.in_force_from,
                "quote": cited.quote,
                "quote_hash": cited.quote_hash,
            }
            for cited in answer.citations
        ],
        "script": answer.script,
        "mongolian": answer.mongolian,
        "steps": list(answer.steps),
        "deadlines": [
            {
                "clock": deadline.clock,
                "text": deadline.text,
                "starts_from": deadline.starts_from,
                "basis": deadline.basis,
            }
            | ({"due": deadline.due} if deadline.due is not None else {})
            for deadline in answer.deadlines
        ],
        "red_flags": list(answer.red_flags),
        "matter": answer.matter,
        "handoff": (
            None
            if answer.handoff is None
            else {"reason": answer.handoff.reason, "to": answer.handoff.to}
        ),
        "reason": answer.reason,
        "entry": answer.entry,
        "review": answer.review,
        "similar": [{"entry": entry, "title": title} for entry, title in answer.similar],
        "engine": answer.engine,
        "marks": list(answer.marks),
        "snapshot": answer.snapshot,
    }
