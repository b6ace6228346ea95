"""What the values of `pressvakt.toml` may be."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from crawler.guard import Guard
from crawler.reading.toml_faults import Node
from crawler.reading.toml_values import meant, said, text

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]+"
)
_HTTPS = re.compile(
    r"https://(?P<host>(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]+)(?::\d{1,5})?(?:/[!-'*-~]*)?"
)
#: Domains that are nobody's (RFC 2606, 3): what manuals and `pressvakt init` write.
_NOBODY = re.compile(r"(?:^|[@./])example\.(?:com|net|org)$", re.IGNORECASE)
_SCHEMES = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_OFF = ("password", "passwd", "sslpassword")


def contact(node: Node) -> str:
    """An e-mail or https address, safe to stand in a User-Agent."""
    given = text(node).strip()
    if len(given) > 254 or not (_EMAIL.fullmatch(given) or _HTTPS.fullmatch(given)):
        raise node.refuse(f'{said(node)} is neither an e-mail nor an https address; write "press-watch@your-site.org"')
    return given


def is_placeholder(given: str) -> bool:
    """Whether a contact is one that manuals give: nobody reads mail at example.org."""
    host = urlsplit(given).hostname or "" if "://" in given else given.rpartition("@")[2]
    return bool(_NOBODY.search(host))


def folder(node: Node, root: Path) -> Path:
    """A folder that is there; a relative one counts from the configuration's folder."""
    path = root / Path(text(node)).expanduser()
    if not path.is_dir():
        raise node.refuse(
            f"{said(node)} is {'a file' if path.exists() else 'not there'}; name the folder of the profiles"
        )
    return path


def private_network(node: Node) -> str:
    """An IP address, or a network of them that is not the whole internet."""
    given = text(node).strip()
    try:
        network = ipaddress.ip_network(given, strict=False)
    except ValueError:
        hint = "write 127.0.0.1 or 10.0.0.0/8; names are not taken, as they may come to mean another machine"
        raise node.refuse(f"{said(node)} is neither an IP address nor a network; {hint}") from None
    if ipaddress.ip_interface(given).ip != network.network_address:
        raise node.refuse(f"{said(node)} points into a network; write {network}")
    if network.prefixlen < (8 if network.version == 4 else 7):  # fc00::/7 is the largest private one
        raise node.refuse(f"{said(node)} would let nearly every address through; name the machines that you mean")
    return given


def forbidden_host(url: str, guard: Guard) -> str | None:
    """The host of an address where it is private by its very spelling, and the guard does not allow it."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):  # loopback by definition (RFC 6761, 6.3)
        host = "127.0.0.1"
    try:
        return None if guard.allows(ipaddress.ip_address(host)) else host
    except ValueError:
        return None  # a name: what it means is seen when it is dialled


def database(node: Node, root: Path, *, secret: bool = False) -> str:
    """The address of an archive; the path of an SQLite file becomes absolute, counted from `root`.

    A password may stand in it where it is `secret`: in the environment, not in a file. No fault repeats the address
    of a server.
    """
    given = node.value if secret else text(node)
    scheme, mark, rest = str(given).partition("://")
    if not mark or scheme not in _SCHEMES:
        near = meant(scheme, ("sqlite", "postgresql")) if mark else ""
        raise node.refuse(f"is no database address{near or '; write sqlite:///pressvakt.db or postgresql://HOST/NAME'}")
    if scheme.startswith("sqlite"):
        return _sqlite(node, scheme, rest, root)
    try:
        parts = urlsplit(f"//{rest}")
        named = {key.lower() for key, _ in parse_qsl(parts.query)}
        password, _ = parts.password, parts.port
    except ValueError:
        raise node.refuse("is no database address; write postgresql://HOST:PORT/NAME") from None
    if not secret and (password is not None or named.intersection(_OFF)):
        raise node.refuse("has a password in it; put the whole address into the variable PRESSVAKT_DATABASE instead")
    if not parts.path.strip("/"):
        raise node.refuse("names no database; write postgresql://HOST/NAME")
    return str(given)


def payloads_place(node: Node, root: Path) -> str:
    """Where payloads are kept: a folder, absolute or counted from `root`, or an address that fsspec knows."""
    given = text(node).strip()
    scheme, mark, rest = given.partition("://")
    if mark and scheme != "file":
        if not _SCHEME.fullmatch(scheme) or not rest.strip("/"):
            raise node.refuse(f"{said(node)} names no place; write a folder, or s3://BUCKET/FOLDER")
        if "@" in rest.partition("/")[0]:
            raise node.refuse(
                "has a password in it; leave it out, and give keys as the environment of that service does"
            )
        return given
    path = Path(os.path.normpath(root / Path(rest if mark else given).expanduser()))
    if not given or (path.exists() and not path.is_dir()):
        raise node.refuse(f"{said(node)} is no folder; name one to keep payloads in, or s3://BUCKET/FOLDER")
    if not path.parent.is_dir():
        raise node.refuse(f"there is no folder {str(path.parent)!r} to make {path.name!r} in; make it first")
    return str(path)


def _sqlite(node: Node, scheme: str, rest: str, root: Path) -> str:
    location, mark, query = rest.partition("?")
    if not location.startswith("/"):
        raise node.refuse(f"takes no host: after {scheme}: come three slashes and a path, as in sqlite:///pressvakt.db")
    name = unquote(location[1:])
    if name in ("", ":memory:") or name.startswith("file:"):
        raise node.refuse("names no file, so nothing would be kept; write sqlite:///pressvakt.db")
    path = Path(os.path.normpath(root / name))
    if path.is_dir():
        raise node.refuse(f"{name!r} is a folder; name a file in it: sqlite:///{name.rstrip('/')}/pressvakt.db")
    if path.exists() and not path.is_file():
        raise node.refuse(f"{name!r} is no regular file")
    if not path.parent.is_dir():
        raise node.refuse(f"there is no folder {str(path.parent)!r} to keep {path.name!r} in; make it first")
    return f"{scheme}:///{quote(str(path), safe='/')}{mark}{query}"
