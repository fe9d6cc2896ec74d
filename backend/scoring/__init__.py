"""Scores of service bodies and agencies: computed from the journal, recomputable by anyone."""
