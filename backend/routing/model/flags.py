"""Red flags: marks computed from facts and outcome, so that no table can forget one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from backend.clocks import Deadline, Nature

_NO_MEANS_TEST = frozenset({"dv_victim", "martyr_kin", "good_samaritan"})
_NO_MEANS_CHECK = frozenset({"migrant_worker", "welfare_recipient", "no_income_vulnerable"})
_WET_INK = frozenset({"divorce", "inheritance", "bequest", "adoption"})
_NEVER_MEDIATED = frozenset({"fraud", "minor_harm", "family_violence"})
GROUP = 10


def flags_of(
    facts: Mapping[str, Any],
    recommended: Sequence[str],
    possible: Sequence[str],
    precondition: str,
    deadlines: Sequence[Deadline],
    as_of: date,
) -> tuple[str, ...]:
    """The flags of a case in a fixed order; `facts` are checked, unknown ones missing."""
    get = facts.get
    issue = get("issue")
    violence = get("domestic_violence") is True
    crime = get("crime_suspected") is True
    minor = get("minor_party") is True
    aid = get("aid_ground")
    first = recommended[0] if recommended else ""
    pressing, soon, late = _by_urgency(deadlines)
    marks = (
        ("danger_now", get("danger_now") is True),
        ("deadline_lt7", pressing),
        ("deadline_lt30", soon),
        ("limit_expired", late),
        ("aid_advance", pressing and ("legal_aid" in recommended or "legal_aid" in possible)),
        ("aid_no_means_test", aid in _NO_MEANS_TEST),
        ("aid_no_means_check", aid in _NO_MEANS_CHECK),
        ("precondition_notice", precondition != "NONE"),
        ("mediation_refused", get("mediation_refused") is True),
        ("no_mediation", violence or crime or issue in _NEVER_MEDIATED),
        ("no_contact_leak", violence or issue == "minor_harm"),
        ("mandatory_report", minor and (violence or issue == "minor_harm")),
        ("crime_suspected", crime or issue in ("fraud", "minor_harm")),
        ("wet_ink_only", get("esign_wanted") is True and issue in _WET_INK),
        ("not_stop_execution", issue == "penalty" and first in ("reconsideration", "admin_suit")),
        ("one_final", get("award_final") is True),
        ("choose_one", _may_choose_land_arbitration(facts)),
        ("status_quo", _must_leave_as_it_is(facts)),
        ("duplicate_channel", _pending_elsewhere(facts)),
        ("group_case", (get("persons") or 0) >= GROUP),
        ("evidence_urgent", issue == "medical" and get("suit_accepted") is not True),
        ("soldier_consent", _soldier_refuses(facts)),
        ("wait_period", _waiting(facts, deadlines, as_of)),
    )
    return tuple(code for code, raised in marks if raised)


def _by_urgency(deadlines: Sequence[Deadline]) -> tuple[bool, bool, bool]:
    """Whether one of the citizen's own deadlines is below 7 days, below 30, or past."""
    own = [deadline.days_left for deadline in deadlines if deadline.nature is Nature.DEADLINE]
    ahead = [left for left in own if left >= 0]
    nearest = min(ahead, default=None)
    return (
        nearest is not None and nearest < 7,
        nearest is not None and 7 <= nearest < 30,
        any(left < 0 for left in own),
    )


def _may_choose_land_arbitration(facts: Mapping[str, Any]) -> bool:
    return (
        facts.get("issue") == "rural_land"
        and facts.get("land_contract") is True
        and facts.get("suit_accepted") is not True
        and facts.get("award_on") is None
    )


def _must_leave_as_it_is(facts: Mapping[str, Any]) -> bool:
    if facts.get("issue") == "water":
        return True
    title = facts.get("issue") in ("rural_land", "homestead") and facts.get("land_title") is True
    return title and facts.get("title_decision_on") is None


def _pending_elsewhere(facts: Mapping[str, Any]) -> bool:
    under_review = (
        facts.get("recon_accepted_on") is not None and facts.get("recon_decided_on") is None
    )
    elsewhere = facts.get("parallel_mediation") in ("industry", "admin")
    return facts.get("suit_accepted") is True or elsewhere or under_review


def _soldier_refuses(facts: Mapping[str, Any]) -> bool:
    return (
        facts.get("issue") == "divorce"
        and facts.get("spouse_soldier") is True
        and facts.get("soldier_stance") == "refuses"
    )


def _waiting(facts: Mapping[str, Any], deadlines: Sequence[Deadline], as_of: date) -> bool:
    for deadline in deadlines:
        if deadline.nature is Nature.WAIT and deadline.due >= as_of:
            if deadline.clock == "divorce_refile" and facts.get("new_reason") is True:
                continue
            return True
    return False
