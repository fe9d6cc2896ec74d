"""Referral, mediation, agreement, obligation, confirmation, follow-up, archive."""
