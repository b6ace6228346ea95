"""What can go wrong with a call.

ClientError
├── NotFound     it is not there
├── Refused      who asks may not, or the question makes no sense; `status` says which
└── Unreachable  no answer, or one that was broken off: try again
"""

from __future__ import annotations


class ClientError(Exception):
    """A call that brought nothing; the message says why."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        """What was answered; 0 where nothing was."""
        super().__init__(message)
        self.status = status


class NotFound(ClientError):  # noqa: N818 - its name says what is wrong
    """What was asked for is not in the archive."""


class Refused(ClientError):  # noqa: N818
    """The other side would not answer."""


class Unreachable(ClientError):  # noqa: N818
    """The other side could not be reached, or failed."""
