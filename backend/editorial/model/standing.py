"""What readers are told of how well an entry was checked: never more than was done."""

from __future__ import annotations

_NOT_YET = "not yet"
_MARK = "reviewed by a lawyer: "


def standing(reviewed_by_lawyer: str) -> str:
    """The line under an entry's answer."""
    done = "尚未" if reviewed_by_lawyer in ("", _NOT_YET) else reviewed_by_lawyer
    return f"已对照法条核对；律师审核：{done}"


def standing_of_answer(review: str) -> str:
    """The same from an answer's `review`; "" where articles answered without an entry."""
    return standing(review.partition(_MARK)[2]) if review else ""
