"""Errors that reach people: a code, a sentence, and whether trying again helps.

Rooms raise these; `web.errors` alone maps them to HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping


class FatongError(Exception):
    """The root of every expected error.

    `code` is stable and for programs, `message` a Chinese sentence for the person, `retry` whether
    the same request may succeed later, `where` names the wrong field or file where there is one.
    """

    code = "error"
    retry = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        where: str = "",
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.where = where
        self.details = dict(details or {})


class Invalid(FatongError):
    """What was given is wrong; `where` says which part."""

    code = "invalid"


class NotSignedIn(FatongError):
    """Nobody is signed in, or the session has ended."""

    code = "not_signed_in"


class Denied(FatongError):
    """Whoever asks may not do this."""

    code = "denied"


class NotFound(FatongError):
    """There is no such thing, or not for whoever asks."""

    code = "not_found"


class Conflict(FatongError):
    """The state of the thing does not allow this now."""

    code = "conflict"


class TooMany(FatongError):
    """Too many tries; a pause or a person is needed."""

    code = "too_many"
    retry = True


class Unavailable(FatongError):
    """A part we need does not answer; trying again may help."""

    code = "unavailable"
    retry = True


class WrongSetting(FatongError):
    """A setting, a port, a directory or a database is not as the program needs it."""

    code = "wrong_setting"
