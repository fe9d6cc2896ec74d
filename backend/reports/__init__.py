"""Periodic reports, reverse analysis, wallboard figures."""
