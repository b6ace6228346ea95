"""Users, sessions and tokens: kept on either database, looked up without writing, ended at once."""

from __future__ import annotations

import datetime as dt

import pytest

from storage.access import (
    Role,
    User,
    UserError,
    add_session,
    add_token,
    add_user,
    count_sessions,
    end_session,
    has_users,
    list_tokens,
    list_users,
    password_of,
    remove_user,
    set_password,
    set_role,
    user_by_session,
    user_by_token,
)
from tests.contract.desk import NOON, Desk

LATER = NOON + dt.timedelta(days=14)


@pytest.fixture
def anna(desk: Desk) -> User:
    return add_user(desk.archive, "anna", Role.OPERATOR, password="$hash", at=NOON)


def test_a_user_is_known_by_name_and_there_is_one_of_a_name(desk: Desk, anna: User) -> None:
    assert list_users(desk.archive) == [anna]
    assert password_of(desk.archive, "anna") == (anna, "$hash")
    assert password_of(desk.archive, "Anna") is None
    with pytest.raises(UserError, match="already"):
        add_user(desk.archive, "anna", Role.READER, password="$other", at=NOON)


def test_a_session_is_known_until_it_ends(desk: Desk, anna: User) -> None:
    add_session(desk.archive, anna, "secret", now=NOON, until=LATER)
    assert user_by_session(desk.archive, "secret", now=NOON) == anna
    assert user_by_session(desk.archive, "guess", now=NOON) is None
    assert user_by_session(desk.archive, "secret", now=LATER) is None
    end_session(desk.archive, "secret")
    assert user_by_session(desk.archive, "secret", now=NOON) is None


def test_sessions_that_have_run_out_are_forgotten(desk: Desk, anna: User) -> None:
    add_session(desk.archive, anna, "old", now=NOON, until=LATER)
    add_session(desk.archive, anna, "new", now=LATER, until=LATER + (LATER - NOON))
    assert user_by_session(desk.archive, "old", now=NOON) is None
    assert count_sessions(desk.archive, now=LATER) == 1


def test_another_password_ends_all_sessions(desk: Desk, anna: User) -> None:
    add_session(desk.archive, anna, "secret", now=NOON, until=LATER)
    set_password(desk.archive, "anna", "$new")
    assert user_by_session(desk.archive, "secret", now=NOON) is None


def test_a_token_does_what_it_was_made_for_and_no_more(desk: Desk, anna: User) -> None:
    for secret, role in (("mine", Role.OPERATOR), ("feeds", Role.READER)):
        add_token(desk.archive, "anna", secret, name=secret, role=role, now=NOON, until=None)
    roles = [user_by_token(desk.archive, secret, now=NOON) for secret in ("mine", "feeds", "guess")]
    assert [user and user.role for user in roles] == [Role.OPERATOR, Role.READER, None]
    set_role(desk.archive, "anna", Role.READER)
    lowered = user_by_token(desk.archive, "mine", now=NOON)
    assert lowered is not None
    assert lowered.role is Role.READER


def test_a_reader_s_token_is_never_an_operator_s(desk: Desk) -> None:
    add_user(desk.archive, "bo", Role.READER, password="$hash", at=NOON)
    with pytest.raises(UserError, match="reader"):
        add_token(desk.archive, "bo", "secret", name="x", role=Role.OPERATOR, now=NOON, until=None)


def test_who_is_taken_away_leaves_nothing_that_opens(desk: Desk, anna: User) -> None:
    add_session(desk.archive, anna, "secret", now=NOON, until=LATER)
    add_token(desk.archive, "anna", "key", name="x", role=Role.READER, now=NOON, until=None)
    remove_user(desk.archive, "anna")
    assert not has_users(desk.archive)
    assert list_tokens(desk.archive) == []
    assert user_by_session(desk.archive, "secret", now=NOON) is None
    again = add_user(desk.archive, "anna", Role.READER, password="$hash", at=NOON)
    assert again.id != anna.id
