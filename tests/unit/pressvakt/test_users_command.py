"""`pressvakt users`: people and programs are let in, and put out again."""

from __future__ import annotations

import datetime as dt
import io
import json

import pytest

from storage.access import Role, list_tokens, list_users, password_of, user_by_token
from storage.archive import Archive
from tests.unit.pressvakt.conftest import Run
from web.access.passwords import is_right

PASSWORD = "four random words here"


@pytest.fixture(autouse=True)
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands on standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n{PASSWORD}\n"))


def test_somebody_is_let_in_with_a_password_and_put_out_again(run: Run, archive: Archive) -> None:
    assert run("users", "add", "anna", "--role", "operator", "--password-stdin").code == 0
    assert json.loads(run("users", "list", "--format", "jsonl").out)["role"] == "operator"
    with archive:
        found = password_of(archive, "anna")
        assert found is not None
        assert is_right(PASSWORD, found[1])
        assert run("users", "role", "anna", "reader").code == 0
        assert [one.role for one in list_users(archive)] == [Role.READER]
        assert run("users", "remove", "anna").code == 0
        assert list_users(archive) == []


def test_a_key_is_shown_once_and_known_afterwards(run: Run, archive: Archive) -> None:
    run("users", "add", "anna", "--password-stdin")
    made = run("users", "token", "add", "anna", "--for", "a feed reader", "--days", "30")
    secret = made.out.strip()
    assert secret.startswith("pressvakt_")
    listed = run("users", "token", "list", "--format", "jsonl").out
    assert secret not in listed
    assert json.loads(listed)["name"] == "a feed reader"
    now = dt.datetime.now(dt.UTC)
    with archive:
        owner = user_by_token(archive, secret, now=now)
        assert owner is not None
        assert (owner.name, owner.role) == ("anna", Role.READER)
        assert user_by_token(archive, secret, now=now + dt.timedelta(days=31)) is None
        assert run("users", "token", "remove", "1").code == 0
        assert list_tokens(archive) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("add", "anna anderson", "--password-stdin"), 2, "no name for a user"),
        (("remove", "nobody"), 1, "pressvakt users list"),
        (("password", "nobody", "--password-stdin"), 1, "no user 'nobody'"),
        (("token", "add", "nobody"), 1, "no user 'nobody'"),
        (("token", "remove", "7"), 1, "no token 7"),
    ],
)
def test_what_cannot_be_done_says_what_can(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = run("users", *arguments)
    assert (done.code, words in done.err) == (code, True), done.err


def test_a_short_password_lets_nobody_in(run: Run, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    done = run("users", "add", "anna", "--password-stdin")
    assert done.code == 2
    assert "at least 10 characters" in done.err
    with archive:
        assert list_users(archive) == []


def test_a_second_of_the_same_name_is_refused(run: Run) -> None:
    assert run("users", "add", "anna", "--password-stdin").code == 0
    done = run("users", "add", "anna", "--password-stdin")
    assert done.code == 1
    assert "users password anna" in done.err
