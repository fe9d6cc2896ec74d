"""Scoring's ports over their libraries and files."""
