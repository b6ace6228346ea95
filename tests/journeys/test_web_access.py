"""The web from outside: who is let in, what they may do, and that nobody else makes them do it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

from alerts.tokens import Use, token
from storage.access import Role
from storage.outbox_subscribers import subscribers
from tests.web_house import DAY, NOON, PASSWORD, House, csrf, house, signed_in
from web.access.open_routes import is_open
from web.access.patience import FROM_ONE_PLACE
from web.app import create_app
from web.server import WebError, check
from web.settings import WebSettings

#: What stands for a part of a route's path.
PARTS = {"name": "harbour", "id": "1", "number": "1", "change_id": "1", "page_id": "1", "snapshot_id": "1", "token": "1-x",
         "key": "1", "form": "link", "moment": "20310314120000", "url": "https://harbour.example/news/quay-1"}  # fmt: skip


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[House]:
    """A web that serves this machine alone."""
    with house(tmp_path) as found:
        yield found


def routes(found: House) -> list[tuple[str, str]]:
    """All routes there are, as methods and paths."""
    app = create_app(found.archive, found.settings, {}, now=found.archive.now)
    made: set[tuple[str, str]] = set()
    for context in iter_route_contexts(app.routes):
        path = re.sub(r"\{(\w+)(?::path)?\}", lambda part: PARTS[part[1]], str(context.path))
        made |= {(method, path) for method in context.methods or {"GET"}}
    return sorted(made)


def test_on_this_machine_alone_nobody_signs_in(ours: House) -> None:
    assert ours.browser().get("/api/v1/changes").status == 200
    assert ours.browser().get("/api/v1/subscriptions").status == 200


def test_without_credentials_nothing_is_answered_but_what_is_on_the_list(ours: House) -> None:
    ours.user("anna", Role.OPERATOR)
    every = routes(ours)
    assert len(every) > 40
    for method, path in every:
        answer = ours.browser().ask(method, path)
        if is_open(method, path):
            assert answer.status != 401, (method, path)
        else:
            assert answer.status in {401, 403}, (method, path, answer.status)
    assert ours.browser().get("/no/such/route").status == 401
    assert ours.browser().ask("PROPFIND", "/").status == 401


def test_a_reader_may_read_all_that_the_archive_says_and_change_nothing(ours: House) -> None:
    program = ours.program(ours.token("anna", Role.READER))
    for method, path in routes(ours):
        status = program.ask(method, path).status
        if "subscriptions" in path and path.startswith("/api"):
            assert status == 403, (method, path)
        elif method == "GET":
            assert status not in {401, 403, 500}, (method, path, status)
        elif not is_open(method, path) and path not in {"/sign-out", "/subscribe"}:
            assert status == 403, (method, path, status)


def test_a_get_changes_nothing(ours: House) -> None:
    ours.browser().send("POST", "/api/v1/subscriptions", {"address": "reader@post.example", "ask": True})
    reader = subscribers(ours.archive)[0]
    operator = ours.program(ours.token("berit", Role.OPERATOR))
    before = ours.digest()
    paths = [path for method, path in routes(ours) if method == "GET"]
    paths += [f"/confirm/{token(reader, Use.CONFIRM)}", f"/unsubscribe/{token(reader, Use.UNSUBSCRIBE)}", "/static/x"]
    for path in paths:
        for method in ("GET", "HEAD", "OPTIONS"):
            assert operator.ask(method, path).status < 500, (method, path)
    assert ours.digest() == before


def test_each_answer_tells_the_browser_what_it_may_do(ours: House) -> None:
    answers = [ours.browser().ask(method, path) for method, path in routes(ours)]
    answers += [
        ours.browser().get("/nothing"),
        ours.browser().get("/static/nothing"),
        ours.browser().get("/", Host="evil.example"),
    ]
    for answer in answers:
        policy = answer.header("content-security-policy") or ""
        assert "default-src 'none'" in policy
        assert not re.search(r"unsafe-eval|script-src[^;]*unsafe-inline|\*", policy)
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") in {"same-origin", "no-referrer"}
        assert "frame-ancestors" in policy
        assert answer.header("server") is None


def test_a_session_is_begun_by_name_and_password_and_ended(ours: House) -> None:
    ours.user("anna", Role.READER)
    browser, proof = signed_in(ours, "anna")
    assert browser.get("/api/v1/changes").status == 200
    assert browser.form("/sign-out", {"csrf_token": proof}).status == 303
    assert browser.get("/api/v1/changes").status == 401


def test_a_stolen_cookie_is_good_for_nothing_once_its_owner_signed_out(ours: House) -> None:
    ours.user("anna", Role.READER)
    browser, proof = signed_in(ours, "anna")
    thief = ours.browser()
    thief.jar.update(browser.jar)
    assert thief.get("/api/v1/changes").status == 200
    browser.form("/sign-out", {"csrf_token": proof})
    assert thief.get("/api/v1/changes").status == 401


def test_the_cookie_of_a_session_is_for_our_own_server_alone(ours: House) -> None:
    ours.user("anna", Role.READER)
    browser = ours.browser()
    proof = csrf(browser.get("/sign-in").text)
    answer = browser.form("/sign-in", {"name": "anna", "password": PASSWORD, "csrf_token": proof})
    kept = next(line for name, line in answer.headers if name.lower() == "set-cookie" and "session" in line)
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(kept.split("; "))
    assert "Domain" not in kept


def test_a_session_runs_out(tmp_path: Path) -> None:
    at = [NOON + 3 * DAY]
    with house(tmp_path, now=lambda: at[0]) as found:
        found.user("anna", Role.READER)
        browser, _ = signed_in(found, "anna")
        at[0] += dt.timedelta(days=14)
        assert browser.get("/api/v1/changes").status == 401


@pytest.mark.parametrize(
    ("name", "password"), [("anna", "wrong words entirely"), ("nobody", PASSWORD), ("", ""), ("anna", PASSWORD + " ")]
)
def test_a_wrong_name_or_password_is_told_alike(ours: House, name: str, password: str) -> None:
    ours.user("anna", Role.READER)
    browser = ours.browser()
    proof = csrf(browser.get("/sign-in").text)
    answer = browser.form("/sign-in", {"name": name, "password": password, "csrf_token": proof})
    assert answer.status == 401
    assert "session" not in "".join(browser.jar)


def test_after_ten_failures_even_the_right_password_waits(ours: House) -> None:
    ours.user("anna", Role.READER)
    browser = ours.browser()
    proof = csrf(browser.get("/sign-in").text)
    for _ in range(FROM_ONE_PLACE):
        browser.form("/sign-in", {"name": "anna", "password": "wrong words here", "csrf_token": proof})
    answer = browser.form("/sign-in", {"name": "anna", "password": PASSWORD, "csrf_token": proof})
    assert answer.status == 429
    assert int(answer.header("retry-after") or 0) > 0


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=1"]
)
def test_after_signing_in_nobody_is_sent_elsewhere(ours: House, to: str) -> None:
    ours.user("anna", Role.READER)
    browser = ours.browser()
    proof = csrf(browser.get("/sign-in").text)
    answer = browser.form("/sign-in", {"name": "anna", "password": PASSWORD, "next": to, "csrf_token": proof})
    assert (answer.status, answer.header("location")) == (303, "/")


FOREIGN: list[tuple[str, dict[str, str]]] = [
    ("another origin", {"Origin": "https://evil.example"}),
    ("no origin that it would name", {"Origin": "null"}),
    ("another site", {"Sec-Fetch-Site": "cross-site"}),
    ("another host of our domain", {"Sec-Fetch-Site": "same-site"}),
    ("a page elsewhere", {"Referer": "https://evil.example/page"}),
]


@pytest.mark.parametrize(("what", "headers"), FOREIGN)
def test_a_post_that_another_site_sends_is_refused(ours: House, what: str, headers: dict[str, str]) -> None:
    ours.user("anna", Role.OPERATOR)
    browser, proof = signed_in(ours, "anna")
    before = ours.digest()
    for method, path in routes(ours):
        if method == "GET" or path.startswith("/unsubscribe/"):
            continue
        assert browser.form(path, {"csrf_token": proof}, **headers).status in {403, 405}, (path, what)
        assert browser.send(method, path, {"address": "a@b.example"}, **headers).status == 403, (path, what)
    assert ours.digest() == before


def test_a_form_without_its_token_is_refused(ours: House) -> None:
    ours.user("anna", Role.OPERATOR)
    browser, _ = signed_in(ours, "anna")
    assert browser.form("/sign-out", {}).status == 403
    assert browser.form("/sign-out", {"csrf_token": "guessed"}).status == 403
    assert browser.form("/subscribe", {"address": "a@b.example"}).status == 403
    other, stolen = signed_in(ours, "anna")
    assert other is not browser
    assert browser.form("/sign-out", {"csrf_token": stolen}).status == 403


def test_a_cookie_alone_writes_nothing_by_the_api(ours: House) -> None:
    ours.user("anna", Role.OPERATOR)
    browser, proof = signed_in(ours, "anna")
    asked = {"address": "reader@post.example"}
    assert browser.send("POST", "/api/v1/subscriptions", asked).status == 403
    assert browser.send("POST", "/api/v1/subscriptions", asked, X_CSRF_Token=proof).status == 201


def test_on_this_machine_a_foreign_page_writes_nothing(ours: House) -> None:
    """What needs no password is not to be had by any page that this machine's browser shows."""
    browser = ours.browser()
    sneaky = '{"address": "a@b.example", "ask": false}'
    plain = browser.ask("POST", "/api/v1/subscriptions", sneaky, {"Content-Type": "text/plain"})
    assert plain.status == 415
    assert browser.send("POST", "/api/v1/subscriptions", {}, Origin="https://evil.example").status == 403
    assert browser.get("/api/v1/changes", Host="evil.example").status == 421
    assert subscribers(ours.archive) == []


def test_a_token_ends_when_it_is_taken_back_or_its_owner_is(ours: House) -> None:
    from storage.access import list_tokens, remove_token, remove_user

    first, second = ours.token("anna", Role.READER), ours.token("berit", Role.READER)
    assert ours.program(first).get("/api/v1/changes").status == 200
    remove_token(ours.archive, list_tokens(ours.archive)[0].id)
    assert ours.program(first).get("/api/v1/changes").status == 401
    remove_user(ours.archive, "berit")
    assert ours.program(second).get("/api/v1/changes").status == 401


def test_a_token_does_no_more_than_its_owner(ours: House) -> None:
    from storage.access import set_role

    program = ours.program(ours.token("anna", Role.OPERATOR))
    assert program.get("/api/v1/subscriptions").status == 200
    set_role(ours.archive, "anna", Role.READER)
    assert program.get("/api/v1/subscriptions").status == 403


def test_a_feed_reader_may_send_its_token_as_a_password(ours: House) -> None:
    import base64

    secret = ours.token("anna", Role.READER)
    basic = base64.b64encode(f"anna:{secret}".encode()).decode()
    assert ours.browser(Authorization=f"Basic {basic}").get("/feeds/changes.atom").status == 200
    assert ours.browser(Authorization="Basic bm9ib2R5").get("/feeds/changes.atom").status == 401
    assert ours.browser(Authorization="Basic ///").get("/feeds/changes.atom").status == 401
    assert str(ours.browser().get("/feeds/changes.atom").header("www-authenticate")).startswith("Basic ")
    assert str(ours.browser().get("/api/v1/changes").header("www-authenticate")).startswith("Bearer ")


def test_no_secret_stands_in_the_archive(ours: House) -> None:
    secret = ours.token("anna", Role.READER)
    browser, _ = signed_in(ours, "anna")
    held = b"".join(path.read_bytes() for path in ours.path.parent.iterdir())
    for hidden in (secret, PASSWORD, *browser.jar.values()):
        assert hidden.encode() not in held


def test_what_others_can_reach_does_not_start_without_a_user(ours: House) -> None:
    with pytest.raises(WebError, match="pressvakt users add"):
        check(ours.archive, WebSettings(host="0.0.0.0"))
    ours.user("anna", Role.READER)
    check(ours.archive, WebSettings(host="0.0.0.0"))


def test_behind_a_proxy_all_our_addresses_have_its_prefix(tmp_path: Path) -> None:
    settings = WebSettings(port=0, prefix="/press", proxies=("127.0.0.1",))
    with house(tmp_path, settings=settings) as found:
        program = found.program(found.token("anna", Role.READER))
        program.headers |= {
            "X-Forwarded-Host": "news.example",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "203.0.113.9",
        }
        program.address = found.address.removesuffix("/press")
        for start in ("", "/press"):  # a proxy may take the prefix off, or leave it
            assert program.get(f"{start}/api/v1").json["sites"] == "/press/api/v1/sites"
            feed = program.get(f"{start}/feeds/changes.json?limit=1").json
            assert feed["items"][0]["url"].startswith("https://news.example/press/changes/")
            page = program.get(f"{start}/").text
            assert set(re.findall(r'(?:href|src|action)="(/[^"]*)"', page)) >= {"/press/"}
            assert not re.findall(r'(?:href|src|action)="/(?!press/)[^"]*"', page)
        assert program.get("/").header("strict-transport-security")


def test_behind_https_cookies_never_go_in_the_clear(tmp_path: Path) -> None:
    with house(tmp_path, settings=WebSettings(port=0, proxies=("127.0.0.1",))) as found:
        found.user("anna", Role.READER)
        browser = found.browser(**{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "press.example"})
        proof = csrf(browser.get("/sign-in").text)
        origin = {"Origin": "https://press.example"}
        answer = browser.form("/sign-in", {"name": "anna", "password": PASSWORD, "csrf_token": proof}, **origin)
        kept = [line for name, line in answer.headers if name.lower() == "set-cookie"]
        assert answer.status == 303
        assert [line.partition("_session")[0] for line in kept] == ["__Host-pressvakt"]
        assert "Secure" in kept[0].split("; ")
        assert browser.get("/api/v1/changes").status == 200


def test_a_proxy_that_nobody_told_us_of_gets_nothing(ours: House) -> None:
    answer = ours.browser().get("/api/v1/changes", X_Forwarded_For="203.0.113.9")
    assert answer.status == 403
    assert "proxies" in answer.json["detail"]


def test_a_body_that_has_no_end_is_cut_short(ours: House) -> None:
    answer = ours.browser().send("POST", "/api/v1/subscriptions", {"address": "a" * 300_000})
    assert answer.status == 413
