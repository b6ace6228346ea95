"""What an installation is set to: `pressvakt.toml`, the profiles in `sites/` beside it, and the environment.

Everything is read, and everything that is wrong is told at once, before anything is fetched or written. Secrets come
from the environment only: `PRESSVAKT_DATABASE` takes the place of `[storage] database`, and
`PRESSVAKT_MAIL_PASSWORD` is the mail server's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alerts.mail_settings import MailSettings
from alerts.settings import AlertSettings
from alerts.subscription import Subscription
from crawler.guard import Guard
from crawler.reading.profile_files import ProfileError, read_profile, shown
from crawler.reading.profiles import SiteProfile
from crawler.reading.toml_faults import Fault, FaultsError, Node, read_toml
from crawler.reading.toml_values import many, rows, table
from pressvakt import config_alerts, config_web
from pressvakt.config_service import ServiceSettings, service
from pressvakt.config_values import (
    contact,
    database,
    folder,
    forbidden_host,
    is_placeholder,
    payloads_place,
    private_network,
)
from pressvakt.config_workers import Workers, workers
from pressvakt.failure import Misuse
from web.settings import WebSettings

FILE = "pressvakt.toml"
#: Takes the place of `[storage] database`; the only place for an address with a password in it.
DATABASE_VARIABLE = "PRESSVAKT_DATABASE"


class ConfigError(FaultsError, Misuse):
    """A configuration that cannot be used: one line for each thing that is wrong, in every file."""


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Where the archive is."""

    database: str  #: an address as SQLAlchemy reads it; the path of an SQLite file is absolute
    payloads: str | None = None  #: where payloads are kept, if not in the database: an absolute folder or s3://…


@dataclass(frozen=True, kw_only=True)
class Network:
    """What may be dialled besides the public web."""

    allow_private: tuple[str, ...] = ()  #: IP addresses and networks, as `crawler.guard.Guard.of` takes them


@dataclass(frozen=True, kw_only=True)
class Config:
    """A configuration in which nothing is wrong."""

    file: Path
    contact: str  #: e-mail or https address for the User-Agent; empty where none is set and nothing is crawled
    storage: Storage
    network: Network = field(default_factory=Network)
    sites_folder: Path
    sites: Mapping[str, SiteProfile]  #: what is watched, by name, sorted
    mail: MailSettings | None = None  #: how mail is sent; None where it is not
    alerts: AlertSettings = field(default_factory=AlertSettings)
    subscriptions: tuple[Subscription, ...] = ()  #: those of the file
    workers: Workers = field(default_factory=Workers)
    service: ServiceSettings = field(default_factory=ServiceSettings)
    web: WebSettings | None = None  #: how the web is served; None where the file says nothing of it

    @property
    def database(self) -> str:
        """The archive's address."""
        return self.storage.database

    @property
    def payloads(self) -> str | None:
        """Where the archive keeps its payloads, if not in its database."""
        return self.storage.payloads

    @property
    def allow_private(self) -> tuple[str, ...]:
        """Addresses and networks that may be dialled although they are not public."""
        return self.network.allow_private


def load_config(
    path: Path | None = None,
    *,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
    crawling: bool = True,
) -> Config:
    """The configuration in a file, or in `pressvakt.toml` of the working folder.

    Args:
        path: The file; relative ones count from `cwd`.
        cwd: The working folder; the process's own where it is not given.
        environ: The environment; the process's own where it is not given.
        crawling: Whether a contact of one's own and at least one site are needed. Who only reads needs neither.

    Raises:
        ConfigError: with all faults of all files. Nothing has been written.
    """
    cwd = (cwd or Path.cwd()).absolute()
    environ = os.environ if environ is None else environ
    file = cwd / (path or FILE)
    if path is None and not (file.exists() or file.is_symlink()):
        message = "is not in this folder; `pressvakt init` writes one, --config names another"
        raise ConfigError([Fault(file=FILE, line=0, column=0, key="", message=message)])
    root = file.parent
    faults: list[Fault] = []
    try:
        node = read_toml(file, shown=shown(file, cwd))
    except FaultsError as error:
        # the profiles can be judged all the same
        faults += [*error.faults, *_sites(root / "sites", cwd, None)[1]]
        raise ConfigError(faults) from None
    values = _values(node, root, environ, crawling, faults)
    address = _database(values, environ, root, faults)
    sites_folder = values.get("sites_folder", root / "sites")
    network = values.get("network", {})
    guard = Guard.of(allow_private=network["allow_private"]) if "allow_private" in network else Guard()
    unsure = any(fault.key.startswith("network") for fault in faults)
    sites, wrong = _sites(sites_folder, cwd, None if unsure else guard)
    faults += wrong
    if crawling and not sites and not wrong:
        message = "there is no site to watch in it; put a profile there, as `pressvakt init` does"
        faults.append(Fault(file=shown(sites_folder, cwd), line=0, column=0, key="", message=message))
    told = _alerts(values, {name: profile.title for name, profile in sites.items()}, sure=not wrong, faults=faults)
    if faults:
        raise ConfigError(faults)
    return Config(
        file=file,
        contact=values.get("contact", ""),
        storage=Storage(database=address, payloads=values.get("storage", {}).get("payloads")),
        network=Network(**network),
        sites_folder=sites_folder,
        sites=MappingProxyType(sites),
        mail=values["mail"][0] if "mail" in values else None,
        alerts=told[0],
        subscriptions=told[1],
        workers=values.get("workers", Workers()),
        service=values.get("service", ServiceSettings()),
        web=config_web.settings_of(values["web"], base_url=told[0].base_url) if "web" in values else None,
    )


def _alerts(
    values: Mapping[str, Any], titles: Mapping[str, str], *, sure: bool, faults: list[Fault]
) -> tuple[AlertSettings, tuple[Subscription, ...]]:
    """What alerts are set to, and who is told. Names of sites are judged where it is `sure` which there are."""
    given = values.get("alerts", {})
    sender = values["mail"][1] if "mail" in values else None
    settings = config_alerts.settings_of(given, sender_is=sender, titles=titles)
    found: list[Subscription] = []
    try:
        found += config_alerts.operators(settings, given.get("operators", ()))
    except FaultsError as error:
        faults += error.faults
    for part in values.get("subscription", ()):
        try:
            found.append(config_alerts.subscription(part, settings, list(titles) if sure else None))
        except FaultsError as error:
            faults += error.faults
    return settings, tuple(dict.fromkeys(found))


def _values(node: Node, root: Path, environ: Mapping[str, str], crawling: bool, faults: list[Fault]) -> dict[str, Any]:
    """What the file sets; a key that is wrong is left out, and told of in `faults`."""
    readers = {
        "contact": contact,
        "sites_folder": lambda part: folder(part, root),
        "storage": table(
            {"database": lambda part: database(part, root), "payloads": lambda part: payloads_place(part, root)},
            elsewhere=_PLACES,
        ),
        "network": table({"allow_private": many(private_network)}, elsewhere=_PLACES),
        "mail": lambda part: config_alerts.mail(part, root, environ),
        "alerts": config_alerts.alerts,
        "subscription": rows(lambda part: part),
        "workers": workers,
        "service": service,
        "web": config_web.web,
    }
    values: dict[str, Any] = {}
    for key, part in node.value.items():
        # key by key, so that one bad value does not hide what the good ones lead to
        try:
            values |= table(readers, elsewhere=_PLACES)(replace(node, value={key: part}))
        except FaultsError as error:
            faults += error.faults
    if crawling and "contact" not in node.value:
        faults.append(
            node.fault('is missing; write contact = "you@your-site.org", which the sites get to see', key="contact")
        )
    elif is_placeholder(values.get("contact", "")):
        given = values.pop("contact")
        if crawling:
            message = f"{given!r} is the placeholder; put an address there at which the sites can reach you"
            faults.append(node.value["contact"].fault(message))
    faults.sort(key=lambda fault: (fault.line, fault.column))
    return values


def _database(values: Mapping[str, Any], environ: Mapping[str, str], root: Path, faults: list[Fault]) -> str:
    """The archive's address: the environment's, else the file's, else a file beside it."""
    if given := environ.get(DATABASE_VARIABLE):
        node = Node(file="environment", line=0, column=0, key=DATABASE_VARIABLE, value=given)
        try:
            return database(node, root, secret=True)
        except FaultsError as error:
            faults += error.faults
            return ""
    if any(fault.key.startswith("storage") for fault in faults):
        return ""
    written = values.get("storage", {}).get("database")
    if isinstance(written, str):
        return written
    default = Node(
        file=shown(root / FILE, root), line=0, column=0, key="storage.database", value="sqlite:///pressvakt.db"
    )
    try:
        return database(default, root)
    except FaultsError as error:
        faults += error.faults
        return ""


def _sites(sites_folder: Path, cwd: Path, guard: Guard | None) -> tuple[dict[str, SiteProfile], list[Fault]]:
    """The profiles of a folder by name, and what is wrong with them. Without a guard addresses are not judged."""
    sites: dict[str, SiteProfile] = {}
    faults: list[Fault] = []
    if not sites_folder.is_dir():
        return sites, faults
    spelt: dict[str, Path] = {}
    for path in sorted(sites_folder.iterdir()):
        if path.suffix.lower() != ".toml" or path.name.startswith("."):
            continue
        other = spelt.setdefault(path.stem.lower(), path)
        if other != path:
            message = f"is the same name as {other.name}; a site has one profile"
            faults.append(Fault(file=shown(path, cwd), line=0, column=0, key="", message=message))
        elif path.suffix != ".toml":
            message = f"is not read: write its ending in small letters, {path.stem}.toml"
            faults.append(Fault(file=shown(path, cwd), line=0, column=0, key="", message=message))
            continue
        try:
            profile, node = read_profile(path, folders=[sites_folder], root=cwd)
            sites[profile.name] = profile
            faults += _private(profile, node, guard) if guard else ()
        except ProfileError as error:
            faults += error.faults
    return sites, faults


def _private(profile: SiteProfile, node: Node, guard: Guard) -> list[Fault]:
    """The addresses of a profile that the guard would not let us dial."""
    places = [(profile.base_url, node.value.get("base_url"))]
    rows = node.value["discovery"].value
    places += [(how.url, row.value["url"]) for how, row in zip(profile.discovery, rows, strict=True)]
    found = ((forbidden_host(url, guard), place) for url, place in places if place is not None)
    return [
        place.fault(f'{host} is a private address; if you mean it, write allow_private = ["{host}"] below [network]')
        for host, place in found
        if host
    ]


_PLACES = {
    "database": "[storage]",
    "payloads": "[storage]",
    "allow_private": "[network]",
    "contact": "the file, above its first table",
    "sites_folder": "the file, above its first table",
    **dict.fromkeys(("extends", "base_url", "crawl", "removal", "discovery", "release", "wording"), "a file in sites/"),
}
