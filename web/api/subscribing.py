"""The API's routes to subscriptions: for operators alone, as they hold addresses of others."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from alerts.making import DAYS, LANGUAGES, RHYTHMS
from alerts.objects import subscription_object
from alerts.subscription import About, Where
from changes.kinds import Kind
from changes.labels import Label
from storage.alert_records import Origin
from storage.outbox_subscribers import confirm_subscriber, end_subscriber, subscriber, subscribers
from web.alerts_actions import NoSubscription, TooOften, make, take_on
from web.api import params, shapes
from web.api.answers import answer
from web.errors import Refusal
from web.state import archive_of, now_of

router = APIRouter(tags=["subscriptions"])
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=params.PLAIN)]
#: The form of an address; whether anything can be sent there is judged later.
_ADDRESS = (
    r"^([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}|[a-z][a-z0-9+.-]{1,30}://[!-~]+)$"
)
_FEW: Any = Field(default_factory=list, max_length=50)


class NewSubscription(BaseModel):
    """What somebody is to be told of: of all changes, or of those that fit everything that is given."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, StringConstraints(max_length=2000, pattern=_ADDRESS)] = Field(
        description="An e-mail address, an https address that takes a POST, or one of Apprise's.",
        examples=["reader@post.example", "https://newsroom.example/hook"],
    )
    about: Literal[tuple(About)] = Field(default=About.CHANGES)  # type: ignore[valid-type]
    sites: list[Line] = _FEW
    kinds: list[Kind] = _FEW
    labels: list[Label] = _FEW
    fields: list[params.Field] = _FEW
    senders: list[Line] = _FEW
    words: list[Line] = _FEW
    where: Where = Where.ANYWHERE
    silent: bool = False
    rhythm: Literal[RHYTHMS] = "now"  # type: ignore[valid-type]
    at: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "07:00"
    day: Literal[DAYS] = "monday"  # type: ignore[valid-type]
    quiet: Annotated[
        str | None, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$")
    ] = None
    language: Literal[LANGUAGES] | None = None  # type: ignore[valid-type]
    time_zone: Annotated[str | None, StringConstraints(max_length=100)] = None
    ask: bool = Field(
        default=True, description="Ask the reader by mail first. Without it you vouch that they want this."
    )


@router.get("/subscriptions", response_model=shapes.Subscriptions)
def list_subscriptions(request: Request) -> Response:
    """All subscriptions, ended ones too, by id."""
    found = [subscription_object(one) for one in subscribers(archive_of(request))]
    return answer(request, {"subscriptions": found, "next": None})


@router.post("/subscriptions", response_model=shapes.Subscription, status_code=201)
def add_subscription(request: Request, wanted: NewSubscription) -> Response:
    """Tell somebody of changes; what is found from now on, or from their confirmation on."""
    values = wanted.model_dump(exclude={"ask"})
    try:
        asked = make(request, {**values, "to": wanted.address})
        reader = take_on(request, asked, vouched=not wanted.ask)
    except NoSubscription as error:
        raise Refusal(400, f"{error}.") from None
    except TooOften as error:
        raise Refusal(409, str(error)) from None
    path = request.url_for("get_subscription", id=str(reader.id)).path
    return answer(request, subscription_object(reader), status=201, headers={"location": path})


@router.get("/subscriptions/{id}", response_model=shapes.Subscription)
def get_subscription(request: Request, id: params.Id) -> Response:  # noqa: A002 - the word of the API
    """One subscription."""
    reader = subscriber(archive_of(request), id)
    if reader is None:
        raise Refusal(404, f"There is no subscription {id}.")
    return answer(request, subscription_object(reader))


@router.post("/subscriptions/{id}/confirm", response_model=shapes.Subscription)
def confirm_subscription(request: Request, id: params.Id) -> Response:  # noqa: A002
    """Begin to tell somebody without waiting for their answer, or begin anew after refusals."""
    archive = archive_of(request)
    if subscriber(archive, id) is None:
        raise Refusal(404, f"There is no subscription {id}.")
    if not confirm_subscriber(archive, id, at=now_of(request)):
        raise Refusal(409, f"Subscription {id} was ended; make a new one.")
    return get_subscription(request, id)


@router.post("/subscriptions/{id}/end", response_model=shapes.Subscription)
def end_subscription(request: Request, id: params.Id) -> Response:  # noqa: A002
    """Tell somebody no more, and drop what is on its way. Once more does nothing more."""
    archive = archive_of(request)
    reader = subscriber(archive, id)
    if reader is None:
        raise Refusal(404, f"There is no subscription {id}.")
    if reader.origin is Origin.FILE and reader.ended_at is None:
        raise Refusal(409, "It stands in pressvakt.toml: take it out there, or it begins again.")
    end_subscriber(archive, id, by_reader=False, at=now_of(request))
    return get_subscription(request, id)
