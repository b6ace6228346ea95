"""What needs no sign-in, and what a reader may not do: the one place that says so. All else is closed.

A route that is not listed here needs somebody who has signed in; what is not a GET needs an operator.
A pattern is a path below the prefix; `*` is any one part of it, `**` any rest.
"""

from __future__ import annotations

from dataclasses import dataclass

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Some methods at some paths."""

    methods: frozenset[str]
    path: str

    def fits(self, method: str, path: str) -> bool:
        """Whether a request is one of these."""
        return method in self.methods and _fits(self.path.split("/"), path.split("/"))


def _rule(methods: str, path: str) -> Rule:
    names = frozenset(methods.split())
    return Rule(methods=names | {"HEAD"} if "GET" in names else names, path=path)


#: For everybody. What a mail's link leads to is guarded by the token in it.
OPEN = (
    _rule("GET POST", "/sign-in"),
    _rule("GET", "/static/**"),
    _rule("GET", "/favicon.ico"),
    _rule("GET", "/robots.txt"),
    _rule("GET POST", "/confirm/*"),
    _rule("GET POST", "/unsubscribe/*"),
    _rule("POST", "/preferences"),  # sets cookies of the reader's, nothing else
)

#: What a reader may send; each is about the reader alone.
READERS_MAY = (
    _rule("POST", "/sign-out"),
    _rule("POST", "/subscribe"),  # the address is asked first
)

#: What only an operator may see: addresses of others.
OPERATORS_ONLY = (
    _rule("GET", "/alerts/**"),
    _rule("GET", "/api/v1/subscriptions"),
    _rule("GET", "/api/v1/subscriptions/**"),
)

#: A POST that needs no form of ours: the token in its path is the proof (RFC 8058, 3.1).
BY_TOKEN = (_rule("POST", "/unsubscribe/*"),)


def is_open(method: str, path: str) -> bool:
    """Whether everybody may."""
    return any(rule.fits(method, path) for rule in OPEN)


def is_for_operators(method: str, path: str) -> bool:
    """Whether only an operator may."""
    if method in SAFE:
        return any(rule.fits(method, path) for rule in OPERATORS_ONLY)
    return not any(rule.fits(method, path) for rule in READERS_MAY) and not is_open(method, path)


def is_by_token(method: str, path: str) -> bool:
    """Whether the path itself proves that whoever sends it may."""
    return any(rule.fits(method, path) for rule in BY_TOKEN)


def _fits(pattern: list[str], parts: list[str]) -> bool:
    if pattern[-1] == "**":
        head = pattern[:-1]
        return len(parts) > len(head) and _fits([*head, "*"], [*parts[: len(head)], "x"])
    return len(pattern) == len(parts) and all(
        part == wanted or (wanted == "*" and part != "") for wanted, part in zip(pattern, parts, strict=True)
    )
