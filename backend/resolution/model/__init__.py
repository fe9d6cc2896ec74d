"""The values of resolution, one file an affair."""

from backend.resolution.model.agreement import (
    CONFIRMATION_WINDOW,
    Agreement,
    Obligation,
    ObligationState,
)
from backend.resolution.model.mediation import (
    FAILURES,
    FORMS,
    Mediation,
    MediationState,
    next_state,
)
from backend.resolution.model.referral import DECLINES, Referral, ReferralState

__all__ = [
    "CONFIRMATION_WINDOW",
    "DECLINES",
    "FAILURES",
    "FORMS",
    "Agreement",
    "Mediation",
    "MediationState",
    "Obligation",
    "ObligationState",
    "Referral",
    "ReferralState",
    "next_state",
]
