"""What a question to the API may say, and how: times, filters, and the place where a list goes on."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import re
from collections.abc import Collection
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BeforeValidator, WithJsonSchema
from starlette.requests import Request

from changes.compare import FIELDS
from changes.kinds import Kind, SiteNotice
from changes.labels import Label
from storage.archive import Archive
from storage.records import Site
from web.errors import Refusal

#: Ids are whole numbers that every database can hold.
_HIGHEST = 2**31 - 1
PLAIN = r"^[^\u0000-\u001f\u007f-\u009f]*$"
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d))?", re.ASCII)
_WHEN = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
_DAY = dt.timedelta(days=1)


def _time(text: object, *, end: bool) -> dt.datetime:
    """The moment that RFC 3339 text means; a day is its first moment in UTC, or with `end` the first after it."""
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("is no time by RFC 3339; write 2024-05-03 or 2024-05-03T14:30:00Z")
    day, clock, fraction, zone = found.groups()
    try:
        if clock is None:
            start = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
            return start + _DAY if end and start.date() < dt.date.max else start
        leap = clock.endswith(":60")  # RFC 3339 allows a leap second; Python's clock has none
        clock = clock[:-2] + "59" if leap else clock
        at = dt.datetime.fromisoformat(f"{day}T{clock}{(fraction or '')[:7]}{zone.upper().replace('Z', '+00:00')}")
        return at.astimezone(dt.UTC)
    except OverflowError:
        return dt.datetime.max.replace(tzinfo=dt.UTC) if day > "5000" else dt.datetime.min.replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise ValueError(f"is no time: {error}") from None


Since = Annotated[
    Annotated[dt.datetime | None, BeforeValidator(lambda text: _time(text, end=False)), WithJsonSchema(_WHEN)],
    Query(description="From then on. A day is its first moment in UTC."),
]
Until = Annotated[
    Annotated[dt.datetime | None, BeforeValidator(lambda text: _time(text, end=True)), WithJsonSchema(_WHEN)],
    Query(description="Up to then. A day counts whole."),
]
At = Annotated[
    Annotated[dt.datetime | None, BeforeValidator(lambda text: _time(text, end=True)), WithJsonSchema(_WHEN)],
    Query(description="As it was then; a day means its end."),
]
SiteName = Annotated[str | None, Query(description="Of this site only.", max_length=200, pattern=PLAIN)]
Url = Annotated[
    str | None, Query(description="An address of a release, present or former.", max_length=4000, pattern=PLAIN)
]
Kinds = Annotated[list[Kind] | None, Query(description="Of these kinds.", max_length=20)]
NoticeKinds = Annotated[list[SiteNotice] | None, Query(description="Of these kinds.", max_length=20)]
Labels = Annotated[list[Label] | None, Query(description="Edits about one of these.", max_length=20)]
Field = Literal[FIELDS]  # type: ignore[valid-type]  # the fields are named once, in changes.compare
Fields = Annotated[list[Field] | None, Query(description="Edits of one of these parts.", max_length=20)]
Sender = Annotated[str, Query(max_length=200, pattern=PLAIN)]
Senders = Annotated[
    list[Annotated[str, Query(max_length=200, pattern=PLAIN)]] | None,
    Query(description="Of releases with one of these in a sender's name, whatever its case.", max_length=20),
]
Match = Annotated[
    str | None,
    Query(description="Of releases that say this, before or after, whatever its case.", max_length=200, pattern=PLAIN),
]
Limit = Annotated[int, Query(description="At most so many.", ge=1, le=500)]
Next = Annotated[
    str | None,
    Query(
        description="Where to go on: `next` of the answer before, with the same filters.", max_length=400, pattern=PLAIN
    ),
]
Id = Annotated[int, Path(ge=1, le=_HIGHEST)]
Number = Annotated[int, Path(ge=1, le=_HIGHEST)]


def place(request: Request, given: str | None) -> int | None:
    """The place in a list that `next` names; None for its beginning.

    Raises:
        Refusal: it is none that we gave for this list and these filters.
    """
    if given is None:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(given.encode() + b"=" * (-len(given) % 4)))
    except (binascii.Error, ValueError):
        found = None
    if not isinstance(found, list) or len(found) != 2 or found[0] != _filters(request):
        raise Refusal(400, "`next` is not one that this list gave with these filters; begin anew without it.")
    after = found[1]
    if isinstance(after, bool) or not isinstance(after, int) or not 0 <= after <= _HIGHEST:
        raise Refusal(400, "`next` is not one that this list gave; begin anew without it.")
    return after


def going_on(request: Request, after: int | None) -> str | None:
    """What to give as `next`; None at the end of a list."""
    if after is None:
        return None
    text = json.dumps([_filters(request), after], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def known_site(archive: Archive, name: str | None, others: Collection[str] = ()) -> Site | None:
    """The site of that name in the archive; None where none is asked for, or nothing is kept of it yet.

    Raises:
        Refusal: nobody knows of it.
    """
    if name is None:
        return None
    site = archive.site(name)
    if site is None and name not in others:
        known = ", ".join(sorted({one.name for one in archive.sites()} | set(others))) or "none"
        raise Refusal(404, f"There is no site {name!r}; known: {known}.")
    return site


def only_known(request: Request) -> None:
    """Refuse a question that says something no route here understands: a misspelt filter would be none at all."""
    route = request.scope.get("route")
    known = _names(route.dependant) if route is not None else set()
    unknown = sorted(set(request.query_params.keys()) - known)
    if unknown:
        said = f"is not known here; known: {', '.join(sorted(known)) or 'none'}"
        raise RequestValidationError([{"loc": ("query", name), "msg": said, "type": "extra"} for name in unknown])


Strict = Depends(only_known)


def _names(dependant: Dependant) -> set[str]:
    names = {field.alias for field in dependant.query_params}
    for part in dependant.dependencies:
        names |= _names(part)
    return names


def _filters(request: Request) -> str:
    """A mark of the list and the filters that a question names."""
    pairs: list[Any] = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in {"next", "limit"})
    text = json.dumps([request.scope["route"].path, pairs])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
