"""Referring a case, and mediating it to its end. One function a verb, one file an affair."""

from backend.resolution.service.agreeing import agree, confirm, perform, settle
from backend.resolution.service.mediating import archive, begin, consent, fail, note
from backend.resolution.service.referring import (
    accept,
    decline,
    refer,
    referral_aggregate,
    sweep,
    take_on,
)
from backend.resolution.service.steps import mediation_aggregate, own_mediation

__all__ = [
    "accept",
    "agree",
    "archive",
    "begin",
    "confirm",
    "consent",
    "decline",
    "fail",
    "mediation_aggregate",
    "note",
    "own_mediation",
    "perform",
    "refer",
    "referral_aggregate",
    "settle",
    "sweep",
    "take_on",
]
