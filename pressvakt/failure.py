"""The command line's own errors, one line each with the next step."""

from __future__ import annotations


class Failure(Exception):  # noqa: N818 - not an error of ours: what was asked for is not there
    """A command could not do what it was asked to do: exit code 1."""


class Misuse(Failure):
    """What was asked for makes no sense: exit code 2."""
