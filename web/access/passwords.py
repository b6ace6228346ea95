"""Passwords: kept as Argon2id hashes, and never compared faster or slower for a name that is not there."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 1000

#: RFC 9106's second choice: 64 MiB. Two at once are enough for people, and more would let strangers fill the memory.
_hasher = PasswordHasher()
_turns = threading.BoundedSemaphore(2)
#: The hash of nobody's password: checked where there is no such user, so that the answer takes as long.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$XfllQpuwYoIPlzCNHVUNfQ$KVZihPZY4f1nOhuqgXm+k4xXxGImC5StJqwsNUplRZQ"


class WeakPassword(ValueError):  # noqa: N818 - its name says what is wrong
    """A password that is too easy to guess; the message says what would do."""


def hashed(password: str) -> str:
    """What is kept of a password.

    Raises:
        WeakPassword: it is too short, or longer than anybody types.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword(f"a password has at least {SHORTEST} characters; four random words make a good one")
    with _turns:
        return _hasher.hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Whether a password is the one that is kept; with None, for a user that is not there, never, and as slowly."""
    if len(password) > LONGEST:
        return False
    with _turns:
        try:
            _hasher.verify(kept or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None
