"""Scores of service bodies and agencies: computed from the journal alone, recomputable by anyone."""
