"""The parts of `pressvakt.toml` about alerts: `[mail]`, `[alerts]` and `[[subscription]]`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from email.utils import parseaddr
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from alerts.mail_settings import MailMisconfigured, MailSettings
from alerts.making import DAYS, LANGUAGES, RHYTHMS, known_zone, made, read_clock, read_quiet
from alerts.settings import AlertSettings
from alerts.subscription import About, Channel, Subscription, Where, channel_of
from changes.compare import FIELDS
from changes.kinds import Kind
from changes.labels import Label
from crawler.reading.toml_faults import Fault, FaultsError, Node
from crawler.reading.toml_values import duration, flag, many, meant, one_of, said, table, text, whole
from pressvakt.config_values import is_placeholder

#: The only place for the password of the mail server.
PASSWORD_VARIABLE = "PRESSVAKT_MAIL_PASSWORD"  # noqa: S105 - the name of a variable
_PORTS = {"none": 25, "starttls": 587, "tls": 465}


def mail(node: Node, root: Path, environ: Mapping[str, str]) -> tuple[MailSettings, str]:
    """How mail is sent, and by whom."""
    values = table(
        {
            "host": text,
            "port": whole(1, 65535),
            "tls": one_of("starttls", "tls", "none"),
            "user": text,
            "from": sender,
            "rate": whole(0, 10_000),
            "timeout": duration(1, 600),
            "helo": text,
            "bounces": _mailbox,
            "ca_file": lambda part: _file(part, root),
        },
        required={"host": '"mail.your-site.org"', "from": '"Pressvakt <pressvakt@your-site.org>"'},
        elsewhere={"password": f"the environment, as {PASSWORD_VARIABLE}"},
    )(node)
    known = {name: value for name, value in values.items() if name != "from"}
    known.setdefault("port", _PORTS[values.get("tls", "starttls")])
    try:
        settings = MailSettings(**known, password=environ.get(PASSWORD_VARIABLE) or None)
    except MailMisconfigured as error:
        message = str(error).removeprefix("mail: ")
        if values.get("user") and not environ.get(PASSWORD_VARIABLE):
            message = f"has a user and no password; put it into the variable {PASSWORD_VARIABLE}"
        raise node.refuse(message) from None
    return settings, values["from"]


def alerts(node: Node) -> dict[str, Any]:
    """What alerts are set to: the values of the keys that are there."""
    return dict(
        table(
            {
                "base_url": _base,
                "language": one_of(*LANGUAGES),
                "time_zone": zone,
                "operators": many(lambda part: part),
            }
        )(node)
    )


def subscription(node: Node, settings: AlertSettings, sites: Iterable[str] | None) -> Subscription:
    """One subscription. Names of sites are looked at where `sites` are known."""
    read = table(
        {
            "to": text,
            "about": one_of(*About),
            "sites": many(text),
            "kinds": many(one_of(*Kind)),
            "labels": many(one_of(*Label)),
            "fields": many(one_of(*FIELDS)),
            "senders": many(text),
            "words": many(text),
            "where": one_of(*Where),
            "silent": flag,
            "rhythm": one_of(*RHYTHMS),
            "at": clock,
            "day": one_of(*DAYS),
            "quiet": quiet,
            "language": one_of(*LANGUAGES),
            "time_zone": zone,
        },
        required={"to": '"reader@your-site.org"'},
        elsewhere=dict.fromkeys(("host", "port", "tls", "user", "from"), "[mail]"),
    )
    values = read(node)
    if sites is not None and (wrong := _unknown_sites(node, values.get("sites", ()), list(sites))):
        raise FaultsError(wrong)
    try:
        return made(values, settings)
    except ValueError as error:
        raise node.refuse(str(error)) from None


def operators(settings: AlertSettings, nodes: Iterable[Node]) -> tuple[Subscription, ...]:
    """The subscriptions of those who look after the installation."""
    found, faults = [], list[Fault]()
    for node in nodes:
        try:
            found.append(made({"to": text(node), "about": About.NOTICES}, settings))
        except ValueError as error:
            faults.append(node.fault(str(error)))
        except FaultsError as error:
            faults += error.faults
    if faults:
        raise FaultsError(faults)
    return tuple(found)


def sender(node: Node) -> str:
    """Who a message is from: an address, with or without a name."""
    name, address = parseaddr(text(node))
    try:
        fits = channel_of(address) is Channel.MAIL
    except ValueError:
        fits = False
    if not fits:
        raise node.refuse(f'{said(node)} is no sender; write "Pressvakt <pressvakt@your-site.org>"')
    if is_placeholder(address):
        raise node.refuse(f"{said(node)} is a placeholder; put an address there that mail may come from")
    plain = name.replace('"', "").replace("\\", "")
    return f'"{plain}" <{address}>' if plain else address


def zone(node: Node) -> str:
    """The name of a time zone."""
    given = text(node)
    if known_zone(given) is None:
        raise node.refuse(f'{said(node)} is no time zone; write "Europe/Stockholm"')
    return given


def clock(node: Node) -> dt.time:
    """A time of day."""
    if isinstance(node.value, dt.time):
        return node.value.replace(tzinfo=None)
    try:
        return read_clock(text(node))
    except ValueError:
        raise node.refuse(f'{said(node)} is no time of day; write "07:30"') from None


def quiet(node: Node) -> tuple[dt.time, dt.time]:
    """Hours of the day, from and to."""
    try:
        return read_quiet(text(node))
    except ValueError:
        raise node.refuse(f'{said(node)} are no quiet hours; write "22:00-07:00"') from None


def settings_of(values: Mapping[str, Any], *, sender_is: str | None, titles: Mapping[str, str]) -> AlertSettings:
    """What alerts are set to."""
    found = AlertSettings(base_url=values.get("base_url"), titles=MappingProxyType(dict(titles)))
    return replace(
        found,
        sender=sender_is or found.sender,
        language=values.get("language", found.language),
        zone=values.get("time_zone", found.zone),
    )


def _unknown_sites(node: Node, names: Iterable[str], known: list[str]) -> list[Fault]:
    part: Node = node.value.get("sites", node)
    wrong = [name for name in names if name not in known]
    hint = f"; known: {', '.join(known) or 'none'}"
    return [part.fault(f"no site {name!r}{meant(name, known) or hint}") for name in wrong]


def _mailbox(node: Node) -> str:
    given = text(node)
    try:
        if channel_of(given) is Channel.MAIL:
            return given
    except ValueError:
        pass
    raise node.refuse(f"{said(node)} is no e-mail address")


def _base(node: Node) -> str:
    given = text(node).rstrip("/")
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or "@" in given:
        raise node.refuse(f'{said(node)} is no address of pages; write "https://press.your-site.org"')
    return given


def _file(node: Node, root: Path) -> Path:
    path = root / Path(text(node)).expanduser()
    if not path.is_file():
        raise node.refuse(f"{said(node)} is no file")
    return path
