"""Who may do what, whom we believe, and how patient we are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from web.access.open_routes import is_for_operators, is_open
from web.access.passwords import WeakPassword, hashed, is_right
from web.access.patience import FOR_ONE_NAME, FROM_ONE_PLACE, WITHIN, Patience
from web.access.proxy import is_misdirected, is_unannounced, origins, placed
from web.settings import WebSettings, is_loopback

NOW = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)


def scope(client: str = "127.0.0.1", path: str = "/", **headers: str) -> dict[str, Any]:
    sent = {"host": "127.0.0.1:8484"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "type": "http",
        "scheme": "http",
        "path": path,
        "client": (client, 1),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST."])
def test_what_is_reached_from_this_machine_alone_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "press.example", "127.0.0.1.evil.example", "", "1"])
def test_all_else_is_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "settings",
    [
        WebSettings(host="0.0.0.0"),
        WebSettings(hosts=("press.example",)),
        WebSettings(proxies=("127.0.0.1",)),
        WebSettings(prefix="/press"),
        WebSettings(base_url="https://press.example"),
    ],
)
def test_whoever_may_be_reached_by_others_demands_that_they_sign_in(settings: WebSettings) -> None:
    assert settings.closed


def test_this_machine_alone_needs_no_sign_in() -> None:
    assert not WebSettings().closed
    assert not WebSettings(base_url="http://127.0.0.1:8484").closed


def test_what_is_not_listed_is_closed() -> None:
    assert not is_open("GET", "/")
    assert not is_open("GET", "/api/v1/changes")
    assert not is_open("GET", "/static")
    assert not is_open("GET", "/confirm/")
    assert not is_open("GET", "/confirm/a/b")
    assert not is_open("DELETE", "/sign-in")
    assert not is_open("POST", "/static/pages.js")
    assert is_open("GET", "/static/fonts/one.woff2")
    assert is_open("POST", "/confirm/1-abc")


def test_a_reader_writes_only_what_is_about_the_reader() -> None:
    assert is_for_operators("POST", "/anything/new")
    assert is_for_operators("POST", "/api/v1/subscriptions/1/end")
    assert is_for_operators("GET", "/api/v1/subscriptions")
    assert is_for_operators("GET", "/api/v1/subscriptions/7")
    assert not is_for_operators("POST", "/sign-out")
    assert not is_for_operators("GET", "/api/v1/changes")


def test_a_stranger_s_word_about_where_it_comes_from_is_not_believed() -> None:
    settings = WebSettings(host="0.0.0.0", proxies=("10.0.0.0/8",))
    found = placed(scope("203.0.113.9", x_forwarded_for="1.2.3.4", x_forwarded_proto="https"), settings)
    assert (found["client"][0], found["scheme"]) == ("203.0.113.9", "http")


def test_our_proxy_says_who_asked_and_how() -> None:
    settings = WebSettings(proxies=("127.0.0.1", "10.0.0.0/8"))
    sent = {
        "x_forwarded_for": "6.6.6.6, 203.0.113.9, 10.1.1.1",
        "x_forwarded_proto": "https",
        "x_forwarded_host": "press.example",
    }
    found = placed(scope(**sent), settings)
    assert (found["client"][0], found["scheme"]) == ("203.0.113.9", "https")  # what stands before it may be invented
    assert origins(found, settings) == {"https://press.example"}


def test_the_prefix_itself_is_the_first_page() -> None:
    assert placed(scope(path="/press"), WebSettings(prefix="/press"))["path"] == "/press/"


@pytest.mark.parametrize("path", ["/changes", "/press/changes"])
def test_a_proxy_may_take_the_prefix_off_or_leave_it(path: str) -> None:
    found = placed(scope(path=path), WebSettings(prefix="/press"))
    assert (found["root_path"], found["path"]) == ("/press", "/press/changes")


def test_a_foreign_name_for_this_machine_is_not_answered() -> None:
    settings = WebSettings()
    assert is_misdirected(scope(host="evil.example:8484"), settings)
    assert is_misdirected(scope(host=""), settings)
    assert not is_misdirected(scope(host="localhost:8484"), settings)
    assert not is_misdirected(scope(host="[::1]:8484"), settings)
    known = WebSettings(host="0.0.0.0", hosts=("press.example",))
    assert is_misdirected(scope(host="evil.example"), known)
    assert not is_misdirected(scope(host="press.example:443"), known)


def test_a_proxy_that_nobody_told_us_of_is_noticed() -> None:
    assert is_unannounced(scope(x_forwarded_for="203.0.113.9"), WebSettings())
    assert not is_unannounced(scope(x_forwarded_for="203.0.113.9"), WebSettings(proxies=("127.0.0.1",)))
    assert not is_unannounced(scope(), WebSettings())


def test_one_place_may_fail_ten_times_in_a_quarter_of_an_hour() -> None:
    patience = Patience()
    for _ in range(FROM_ONE_PLACE):
        assert patience.begin("203.0.113.9", "anna", now=NOW) == 0
    assert patience.begin("203.0.113.9", "berit", now=NOW) > 0
    assert patience.begin("203.0.113.10", "anna", now=NOW) == 0
    assert patience.begin("203.0.113.9", "anna", now=NOW + WITHIN) == 0


def test_a_whole_network_of_ipv6_is_one_place() -> None:
    patience = Patience()
    for number in range(FROM_ONE_PLACE):
        assert patience.begin(f"2001:db8::{number}", "anna", now=NOW) == 0
    assert patience.begin("2001:db8::ffff", "anna", now=NOW) > 0
    assert patience.begin("2001:db8:0:1::1", "anna", now=NOW) == 0


def test_one_name_may_not_be_tried_from_everywhere() -> None:
    patience = Patience()
    for number in range(FOR_ONE_NAME):
        patience.begin(f"203.0.{number}.1", "Anna", now=NOW)
    assert patience.begin("198.51.100.1", "anna", now=NOW) > 0
    assert patience.begin("198.51.100.1", "berit", now=NOW) == 0


def test_who_signs_in_is_forgiven() -> None:
    patience = Patience()
    for _ in range(5 * FOR_ONE_NAME):
        assert patience.begin("203.0.113.9", "anna", now=NOW) == 0
        patience.succeeded("203.0.113.9", "anna")


def test_a_password_is_kept_as_argon2_and_known_again() -> None:
    kept = hashed("four random words here")
    assert kept.startswith("$argon2id$")
    assert "four random words" not in kept
    assert is_right("four random words here", kept)
    assert not is_right("four random words herE", kept)


def test_nobody_has_a_password_and_a_damaged_one_is_never_right() -> None:
    assert not is_right("nobody's", None)
    assert not is_right("anything at all", "$argon2id$damaged")
    assert not is_right("x" * 100_000, None)


def test_a_short_password_is_refused() -> None:
    with pytest.raises(WeakPassword, match="at least 10"):
        hashed("too short")
