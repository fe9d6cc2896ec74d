"""Passwords by argon2id, as RFC 9106 recommends for memory-constrained servers."""

from __future__ import annotations

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Hasher:
    """`PasswordHasher` over argon2-cffi."""

    def __init__(self) -> None:
        self._argon2 = Argon2()

    def hash(self, password: str) -> str:
        """Return a salted hash."""
        return self._argon2.hash(password)

    def matches(self, hashed: str, password: str) -> bool:
        """Whether the password belongs to the hash."""
        try:
            return self._argon2.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
