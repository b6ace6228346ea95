"""Who may read and change things over the web: users, their sessions, their tokens.

Secrets come in and are never kept: what is kept of a session's cookie and of a token is its SHA-256 (both are random and
long), of a password the hash that `web.access.passwords` makes. Looking somebody up writes nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select

from storage.access_tables import sessions, tokens, users
from storage.errors import ArchiveError

if TYPE_CHECKING:
    from sqlalchemy import Row

    from storage.archive import Archive


class Role(StrEnum):
    """What somebody may do."""

    READER = "reader"  #: read all that the archive says
    OPERATOR = "operator"  #: also see and change who is told of what, and how the installation fares


class UserError(ArchiveError):
    """A user or token that is there already, or is not there."""


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who has signed in. With a token, `role` is the token's."""

    id: int
    name: str
    role: Role
    created_at: dt.datetime | None = None

    @property
    def operates(self) -> bool:
        """Whether they may change things."""
        return self.role is Role.OPERATOR


@dataclass(frozen=True, kw_only=True)
class Token:
    """A key for programs. The key itself was shown once and is not known any more."""

    id: int
    user: str
    name: str  #: what it is for, in its owner's words
    role: Role
    created_at: dt.datetime
    expires_at: dt.datetime | None


#: Whoever sits at this machine, where the web serves it alone and nobody was added: may do all.
LOCAL = User(id=0, name="local", role=Role.OPERATOR)

_USER = (users.c.id, users.c.name, users.c.role, users.c.created_at)
_ANY = select(users.c.id).limit(1)
_BY_NAME = users.select().where(users.c.name == bindparam("called"))
_ALL = select(*_USER).order_by(users.c.name)
_OF_SESSION = (
    select(*_USER)
    .join(sessions, sessions.c.user_id == users.c.id)
    .where(
        sessions.c.digest == bindparam("key"),
        sessions.c.expires_at > bindparam("moment", type_=sessions.c.expires_at.type),
    )
)
_OF_TOKEN = (
    select(users.c.id, users.c.name, users.c.created_at, users.c.role, tokens.c.role.label("granted"))
    .join(tokens, tokens.c.user_id == users.c.id)
    .where(
        tokens.c.digest == bindparam("key"),
        or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > bindparam("moment", type_=tokens.c.expires_at.type)),
    )
)
_TOKENS = select(tokens, users.c.name.label("owner")).join(users, users.c.id == tokens.c.user_id).order_by(tokens.c.id)


def has_users(archive: Archive) -> bool:
    """Whether anybody was added: then everybody must sign in."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return sql.first(_ANY) is not None


def list_users(archive: Archive) -> list[User]:
    """All users, by name."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return [_user(row) for row in sql.rows(_ALL)]


def password_of(archive: Archive, name: str) -> tuple[User, str] | None:
    """A user and the hash of their password; None where there is none of that name."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(_BY_NAME, {"called": name})
    return None if row is None else (_user(row), row.password)


def user_by_session(archive: Archive, secret: str, *, now: dt.datetime) -> User | None:
    """Whose session a cookie is of; None where it is nobody's, or has run out."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(_OF_SESSION, {"key": digest_of(secret), "moment": now})
    return None if row is None else _user(row)


def user_by_token(archive: Archive, secret: str, *, now: dt.datetime) -> User | None:
    """Whose token it is, with no more power than it was given and its owner still has."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(_OF_TOKEN, {"key": digest_of(secret), "moment": now})
    if row is None:
        return None
    both = {Role(row.role), Role(row.granted)}
    role = Role.READER if Role.READER in both else Role.OPERATOR
    return User(id=row.id, name=row.name, role=role, created_at=row.created_at)


def add_user(archive: Archive, name: str, role: Role, *, password: str, at: dt.datetime) -> User:
    """A new user; `password` is its hash.

    Raises:
        UserError: there is one of that name.
    """
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        if sql.first(_BY_NAME, {"called": name}) is not None:
            raise UserError(
                f"there is a user {name!r} already; `pressvakt users password {name}` sets another password"
            )
        values = {"name": name, "role": role.value, "password": password, "created_at": at}
        return User(id=sql.insert(users.insert(), values), name=name, role=role, created_at=at)


def set_password(archive: Archive, name: str, password: str) -> None:
    """Another password (its hash). Whoever was signed in as that user is signed out.

    Raises:
        UserError: there is none of that name.
    """
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        row = _meant(sql.first(_BY_NAME, {"called": name}), name)
        sql.run(users.update().where(users.c.id == row.id).values(password=password))
        sql.run(sessions.delete().where(sessions.c.user_id == row.id))


def set_role(archive: Archive, name: str, role: Role) -> None:
    """Another role, at once.

    Raises:
        UserError: there is none of that name.
    """
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        row = _meant(sql.first(_BY_NAME, {"called": name}), name)
        sql.run(users.update().where(users.c.id == row.id).values(role=role.value))


def remove_user(archive: Archive, name: str) -> None:
    """Take a user away, with all sessions and tokens.

    Raises:
        UserError: there is none of that name.
    """
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        row = _meant(sql.first(_BY_NAME, {"called": name}), name)
        for table in (sessions, tokens):
            sql.run(table.delete().where(table.c.user_id == row.id))
        sql.run(users.delete().where(users.c.id == row.id))


def add_session(archive: Archive, user: User, secret: str, *, now: dt.datetime, until: dt.datetime) -> None:
    """Keep a session; those that have run out are forgotten."""
    values = {"digest": digest_of(secret), "user_id": user.id, "created_at": now, "expires_at": until}
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        sql.run(sessions.delete().where(sessions.c.expires_at <= now))
        sql.run(sessions.insert(), values)


def end_session(archive: Archive, secret: str) -> None:
    """Forget a session; one that is not there is none the worse."""
    with archive.writing() as unit:
        unit._sql.run(sessions.delete().where(sessions.c.digest == digest_of(secret)))  # noqa: SLF001 - same room


def list_tokens(archive: Archive) -> list[Token]:
    """All tokens, oldest first."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return [_token(row) for row in sql.rows(_TOKENS)]


def add_token(
    archive: Archive, user: str, secret: str, *, name: str, role: Role, now: dt.datetime, until: dt.datetime | None
) -> Token:
    """Keep a token of a user.

    Raises:
        UserError: there is no such user, or they may not do so much themselves.
    """
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        row = _meant(sql.first(_BY_NAME, {"called": user}), user)
        if role is Role.OPERATOR and row.role != Role.OPERATOR:
            raise UserError(f"{user} is a {row.role}: a token of theirs cannot be an operator's")
        values: dict[str, Any] = {"name": name, "role": role.value, "created_at": now, "expires_at": until}
        key = sql.insert(tokens.insert(), {**values, "digest": digest_of(secret), "user_id": row.id})
    return Token(id=key, user=user, name=name, role=role, created_at=now, expires_at=until)


def remove_token(archive: Archive, key: int) -> None:
    """Take a token away, at once.

    Raises:
        UserError: there is none of that number.
    """
    with archive.writing() as unit:
        if unit._sql.run(tokens.delete().where(tokens.c.id == key)).rowcount != 1:  # noqa: SLF001 - same room
            raise UserError(f"there is no token {key}; `pressvakt users token list` lists them")


def count_sessions(archive: Archive, *, now: dt.datetime) -> int:
    """How many sessions are open."""
    query = select(func.count()).select_from(sessions).where(sessions.c.expires_at > now)
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(query)
    return 0 if row is None else int(row[0])


def digest_of(secret: str) -> str:
    """What is kept of a secret that is random and long."""
    return "sha256:" + hashlib.sha256(secret.encode("utf-8", "backslashreplace")).hexdigest()


def _user(row: Row[Any]) -> User:
    return User(id=row.id, name=row.name, role=Role(row.role), created_at=row.created_at)


def _token(row: Row[Any]) -> Token:
    return Token(
        id=row.id,
        user=row.owner,
        name=row.name,
        role=Role(row.role),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _meant(row: Row[Any] | None, name: str) -> Row[Any]:
    if row is None:
        raise UserError(f"there is no user {name!r}; `pressvakt users list` lists them")
    return row
