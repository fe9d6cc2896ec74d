"""Numbered Alembic migrations; `head` names the newest, so that two new ones collide in git."""
