"""What people do about alerts on our pages: subscribe, confirm, unsubscribe. The pages themselves are drawn elsewhere.

A link in a mail is opened by programs, too: its page only asks, and the POST behind its button does it. Mail programs
may send that POST to /unsubscribe/… by themselves (RFC 8058).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Body, Path
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from alerts.asking import QUESTIONS, ask
from alerts.making import DAYS, LANGUAGES, RHYTHMS, known_zone, made, read_clock, read_quiet
from alerts.services import NoApprise, known
from alerts.subscription import Channel, Subscription, encode
from alerts.tokens import TokenError, confirm, unsubscribe
from changes.compare import FIELDS
from changes.kinds import Kind
from changes.labels import Label
from storage.alert_records import Origin, Subscriber
from storage.outbox_subscribers import add_subscriber, confirm_subscriber, end_subscriber, subscriber
from web.errors import Refusal
from web.state import alerts_of, archive_of, now_of, sites_of, user_of

router = APIRouter(include_in_schema=False)
Token = Annotated[str, Path(max_length=200)]
_LISTS = {"site": "sites", "kind": "kinds", "label": "labels", "field": "fields", "sender": "senders", "words": "words"}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "kinds": tuple(Kind),
    "labels": tuple(Label),
    "fields": FIELDS,
    "rhythm": RHYTHMS,
    "language": LANGUAGES,
    "day": DAYS,
}


class NoSubscription(ValueError):  # noqa: N818 - its name says what is wrong
    """What was asked for makes no sense; the message says what would."""


class TooOften(Exception):  # noqa: N818 - its name says what is wrong
    """An address was asked so often today that it is left alone."""


def make(request: Request, values: Mapping[str, Any]) -> Subscription:
    """A subscription of the values of its keys, named as in `[[subscription]]`.

    Raises:
        NoSubscription: they make no sense.
    """
    given = {name: value for name, value in values.items() if value not in (None, "", [])}
    for name, choices in _CHOICES.items():
        said = given.get(name, ())
        wrong = [one for one in ([said] if isinstance(said, str) else said) if one not in choices]
        if wrong:
            raise NoSubscription(f"{name}: no {wrong[0]!r}; known: {', '.join(choices)}")
    watched = {site.name for site in archive_of(request).sites()} | set(sites_of(request))
    if unknown := [name for name in given.get("sites", ()) if name not in watched]:
        raise NoSubscription(f"sites: no site {unknown[0]!r}; known: {', '.join(sorted(watched)) or 'none'}")
    if "time_zone" in given and known_zone(str(given["time_zone"])) is None:
        raise NoSubscription(f"time_zone: {given['time_zone']!r} is none; write Europe/Stockholm")
    try:
        if "at" in given:
            given["at"] = read_clock(given["at"])
        if "quiet" in given:
            given["quiet"] = read_quiet(given["quiet"])
        asked = made({"to": "", **given}, alerts_of(request))
        if asked.channel is Channel.APPRISE and not known(asked.address):
            raise NoSubscription("address: Apprise does not know it; its documentation lists the addresses")
    except (ValueError, NoApprise) as error:
        raise error if isinstance(error, NoSubscription) else NoSubscription(str(error)) from None
    return asked


def take_on(request: Request, asked: Subscription, *, vouched: bool) -> Subscriber:
    """Keep a subscription; unless somebody vouches for it, the reader is asked by mail first.

    Raises:
        NoSubscription: what is at the address cannot be asked.
        TooOften: the address was asked too often today, and has not answered.
    """
    archive, now = archive_of(request), now_of(request)
    if vouched:
        return add_subscriber(
            archive,
            origin=Origin.COMMAND,
            channel=asked.channel,
            address=asked.address,
            terms=encode(asked),
            at=now,
            confirmed=True,
        )
    if asked.channel is not Channel.MAIL:
        raise NoSubscription("address: only an e-mail address can be asked first; an operator may vouch for others")
    reader = ask(archive, asked, now=now)
    if reader is None:
        raise TooOften(f"{asked.address} was asked {QUESTIONS} times today and has not answered; try again tomorrow.")
    return reader


@router.post("/confirm/{token}")
def confirm_by_token(request: Request, token: Token) -> Response:
    """Begin to tell whoever got the token by mail."""
    try:
        confirm(archive_of(request), token, now=now_of(request))
    except TokenError as error:
        raise Refusal(404, f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    return _back(request, f"/confirm/{token}?done=1")


@router.post("/unsubscribe/{token}")
def unsubscribe_by_token(request: Request, token: Token, body: Annotated[bytes, Body()] = b"") -> Response:
    """Tell whoever has the token no more: by the button of the page, or by a mail program on its own (RFC 8058, 3.2)."""
    try:
        unsubscribe(archive_of(request), token, now=now_of(request))
    except TokenError as error:
        raise Refusal(404, f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    if parse_qs(body.decode("utf-8", "replace")).get("List-Unsubscribe") == ["One-Click"]:
        return PlainTextResponse("You are told no more.\n")
    return _back(request, f"/unsubscribe/{token}?done=1")


@router.post("/subscribe")
async def subscribe(request: Request) -> Response:
    """Subscribe by the form of a page; goes back to it with what came of it in `done`, or in `wrong`."""
    form = await request.form()
    values: dict[str, Any] = {
        name: str(value) for name, value in form.items() if name in {"about", "where", "rhythm", "at", "day", "quiet"}
    }
    values |= {name: str(form[name]) for name in ("language", "time_zone") if name in form}
    values |= {key: [str(one) for one in form.getlist(name) if one] for name, key in _LISTS.items()}
    values |= {"to": str(form.get("address", "")).strip(), "silent": bool(form.get("silent"))}
    user = user_of(request)
    vouched = user is not None and user.operates and form.get("vouched") == "1"
    return await run_in_threadpool(_subscribed, request, values, vouched)


def _subscribed(request: Request, values: Mapping[str, Any], vouched: bool) -> Response:
    try:
        reader = take_on(request, make(request, values), vouched=vouched)
    except NoSubscription as error:
        raise Refusal(422, f"{error}.") from None
    except TooOften:
        return _back(request, "/alerts?done=asked")  # whoever asks is told the same either way
    return _back(request, f"/alerts?done={'begun' if vouched else 'asked'}&subscription={reader.id}")


@router.post("/alerts/{key}/end")
def end_by_operator(request: Request, key: int) -> Response:
    """Tell somebody no more."""
    _meant(request, key)
    end_subscriber(archive_of(request), key, by_reader=False, at=now_of(request))
    return _back(request, f"/alerts?done=ended&subscription={key}")


@router.post("/alerts/{key}/begin")
def begin_by_operator(request: Request, key: int) -> Response:
    """Begin to tell somebody, or begin anew."""
    _meant(request, key)
    if not confirm_subscriber(archive_of(request), key, at=now_of(request)):
        raise Refusal(409, f"Subscription {key} was ended; make a new one.")
    return _back(request, f"/alerts?done=begun&subscription={key}")


def _meant(request: Request, key: int) -> Subscriber:
    reader = subscriber(archive_of(request), key) if 0 < key < 2**31 else None
    if reader is None:
        raise Refusal(404, f"There is no subscription {key}.")
    return reader


def _back(request: Request, path: str) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}", status_code=303)
