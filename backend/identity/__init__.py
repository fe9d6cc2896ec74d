"""Accounts, roles, sessions, permission rules as data, consent."""
