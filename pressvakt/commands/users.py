"""`pressvakt users`: who may use the web, and the tokens of their programs."""

from __future__ import annotations

import datetime as dt
import getpass
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pressvakt import options
from pressvakt.config import load_config
from pressvakt.failure import Misuse
from pressvakt.present import Format, console, say, styled, write_csv, write_jsonl
from pressvakt.times import iso, when
from storage.access import (
    Role,
    add_token,
    add_user,
    list_tokens,
    list_users,
    remove_token,
    remove_user,
    set_password,
    set_role,
)
from storage.archive import Archive
from web.access.passwords import WeakPassword, hashed

COLUMNS = ("name", "role", "created_at")
TOKEN_COLUMNS = ("id", "user", "name", "role", "created_at", "expires_at")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")
#: By which our tokens are known where they turn up.
_MARK = "pressvakt_"

#: `pressvakt users` and what stands below it.
app = typer.Typer(help="Who may use the web.", rich_markup_mode=None, no_args_is_help=True)
tokens = typer.Typer(help="Keys for programs, each of a user.", rich_markup_mode=None, no_args_is_help=True)
app.add_typer(tokens, name="token")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the user.", show_default=False)]
OfRole = Annotated[Role, typer.Option("--role", help="reader: reads; operator: also sees and changes who is told.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking for it.")
]


@app.command("add")
def add(name: Name, role: OfRole = Role.READER, stdin: FromInput = False, config: options.Config = None) -> None:
    """Let somebody in. From the first user on, everybody must sign in, on this machine too."""
    if not _NAME.fullmatch(name):
        raise Misuse(f"{name!r} is no name for a user; write letters, digits, dots and dashes, or an e-mail address")
    with _archive(config) as archive:
        add_user(archive, name, role, password=_password(name, stdin=stdin), at=_now())
    say(f"{name} may sign in, as {'an' if role is Role.OPERATOR else 'a'} {role}")


@app.command("list")
def list_(output: options.ListFormat = Format.TABLE, config: options.Config = None) -> None:
    """All users."""
    with _archive(config) as archive:
        found = list_users(archive)
    rows = [
        {"name": one.name, "role": str(one.role), "created_at": iso(one.created_at) if one.created_at else None}
        for one in found
    ]
    if output is Format.JSONL:
        write_jsonl(rows)
    elif output is Format.CSV:
        write_csv(COLUMNS, rows)
    else:
        for one in found:
            since = f"  since {when(one.created_at)}" if one.created_at else ""
            console().print(styled(f"{one.name:<24}", "bold") + styled(f"  {one.role:<8}") + styled(since, "dim"))
        if not found:
            say("there are no users: the web serves this machine alone; 'pressvakt users add NAME' lets somebody in")


@app.command("password")
def password(name: Name, stdin: FromInput = False, config: options.Config = None) -> None:
    """Set another password. Whoever is signed in as that user is signed out; tokens stay."""
    with _archive(config) as archive:
        set_password(archive, name, _password(name, stdin=stdin))
    say(f"{name} has another password, and signs in anew")


@app.command("role")
def role_(
    name: Name,
    role: Annotated[Role, typer.Argument(metavar="ROLE", help="reader or operator.", show_default=False)],
    config: options.Config = None,
) -> None:
    """Give a user another role, at once."""
    with _archive(config) as archive:
        set_role(archive, name, role)
    say(f"{name} is {'an' if role is Role.OPERATOR else 'a'} {role} now")


@app.command("remove")
def remove(name: Name, config: options.Config = None) -> None:
    """Let somebody in no more: sessions and tokens end at once."""
    with _archive(config) as archive:
        remove_user(archive, name)
        left = list_users(archive)
    say(f"{name} is let in no more")
    if not left:
        say("nobody is left who could sign in: on this machine the web is open again, elsewhere it does not start")


@tokens.command("add")
def add_token_(
    user: Name,
    purpose: Annotated[str, typer.Option("--for", metavar="WORDS", help="What it is for.")] = "a program",
    role: OfRole = Role.READER,
    days: Annotated[
        int | None,
        typer.Option("--days", min=1, max=36500, metavar="N", help="How long it is good.", show_default=False),
    ] = None,
    config: options.Config = None,
) -> None:
    """Make a key for a program. It is shown this once: nobody can show it again."""
    secret, now = _MARK + secrets.token_urlsafe(32), _now()
    until = None if days is None else now + dt.timedelta(days=days)
    with _archive(config) as archive:
        made = add_token(archive, user, secret, name=purpose, role=role, now=now, until=until)
    say(f"token {made.id} of {user}, for {purpose}; send it as 'Authorization: Bearer …'")
    sys.stdout.write(secret + "\n")


@tokens.command("list")
def list_tokens_(output: options.ListFormat = Format.TABLE, config: options.Config = None) -> None:
    """All keys, without what they are."""
    with _archive(config) as archive:
        found = list_tokens(archive)
    rows = [
        {
            "id": one.id,
            "user": one.user,
            "name": one.name,
            "role": str(one.role),
            "created_at": iso(one.created_at),
            "expires_at": None if one.expires_at is None else iso(one.expires_at),
        }
        for one in found
    ]
    if output is Format.JSONL:
        write_jsonl(rows)
    elif output is Format.CSV:
        write_csv(TOKEN_COLUMNS, rows)
    else:
        for one in found:
            until = "" if one.expires_at is None else f", until {when(one.expires_at)}"
            head = styled(f"{one.id:>4}  ", "dim") + styled(one.user, "bold") + styled(f"  {one.name}  {one.role}")
            console().print(head + styled(f"  since {when(one.created_at)}{until}", "dim"))
        if not found:
            say("there are no tokens; 'pressvakt users token add NAME' makes one")


@tokens.command("remove")
def remove_token_(
    key: Annotated[int, typer.Argument(metavar="ID", help="Its number.", show_default=False)],
    config: options.Config = None,
) -> None:
    """Take a key back, at once."""
    with _archive(config) as archive:
        remove_token(archive, key)
    say(f"token {key} is good for nothing now")


def _password(name: str, *, stdin: bool) -> str:
    """The hash of a password that is typed twice, or read from standard input.

    Raises:
        Misuse: it is too easy to guess, or was not typed the same twice.
    """
    if stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    else:
        given = getpass.getpass(f"password of {name}: ")
        if getpass.getpass("once more: ") != given:
            raise Misuse("that was not the same twice; nothing was changed")
    try:
        return hashed(given)
    except WeakPassword as error:
        raise Misuse(str(error)) from None


@contextmanager
def _archive(config: Path | None) -> Iterator[Archive]:
    settings = load_config(config, crawling=False)
    with Archive.open(settings.database, payloads=settings.payloads) as archive:
        yield archive


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
