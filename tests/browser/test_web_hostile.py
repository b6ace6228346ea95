"""Words that mean harm, in every place that shows them: nothing runs, nothing is asked for, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from pressvakt.demo.loopback import Answer, Loopback
from storage.timeline import answers
from tests.browser.chromium import Web, chromium, office, watched
from tests.web_hostile import PAYLOADS, STORED
from tests.web_office import DAY, NOW

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_OWN_SCRIPTS = "document.scripts.length"
_LINKS = """[...document.querySelectorAll('a[href], form[action], iframe[src]')]
    .map(one => one.href || one.action || one.src)
    .filter(one => !/^https?:\\/\\//.test(one) || new URL(one).hostname == 'evil.invalid')"""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Loopback]:
    """The rest of the world: whatever pages ask of any other host comes here."""
    with Loopback(lambda _: Answer(body=b"owned")) as found:
        yield found


@pytest.fixture(scope="module")
def browser(elsewhere: Loopback) -> Iterator[Browser]:
    """Chromium, to which every name that stands in the texts leads elsewhere."""
    place = elsewhere.url.removeprefix("http://")
    with chromium(f"--host-resolver-rules=MAP *.invalid {place}, MAP *.example {place}") as found:
        yield found


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A web whose archive holds nothing that is not hostile: each text begins with the next payload."""
    payloads = cycle(PAYLOADS)
    with office(
        tmp_path_factory.mktemp("hostile"),
        say=lambda text: f"{next(payloads)} {text}",
        link="javascript:document.title='owned'",
    ) as found:
        yield found


def _stories(web: Web) -> list[int]:
    """Releases of which each carries other payloads in each of its places."""
    with web.archive.writing() as unit:
        from tests.web_office import Office

        site = web.archive.site("alvik")
        assert site is not None
        made = []
        for number, payload in enumerate(PAYLOADS):
            office_ = Office(unit, lambda text, own=payload: f"{own} {text}")  # type: ignore[misc]
            office_.site_id, office_.crawl = site.id, unit.start_crawl(site.id, NOW)
            url = f"https://press.alvik.example/{number}/{quote(payload[:200], safe=':/')}"
            made.append(office_.story(url, link=payload, start=NOW - 9 * DAY).id)
    return made


def test_no_page_runs_or_asks_for_anything_that_a_text_wants(browser: Browser, web: Web, elsewhere: Loopback) -> None:
    context = browser.new_context()
    page, watch = watched(context, web.url)
    bridge, copy, gone = (web.pages[name].id for name in ("bridge", "copy", "gone"))
    snapshot = answers(web.archive, bridge)[0].id
    paths = [
        "/", "/?baseline=1", "/?silent=1", "/sites", "/sites/alvik", "/status", "/alerts", f"/release/{bridge}",
        f"/release/{bridge}?from=1&to=4", f"/release/{bridge}?from=1&to=4&view=side", f"/release/{copy}",
        f"/release/{gone}", f"/release/{bridge}/answers", f"/release/{bridge}/copies",
        f"/release/{bridge}/as-it-was/{snapshot}", "/search?q=bridge", "/search?q=million&in=removed",
    ]  # fmt: skip
    paths += [f"/release/{story}?from=1&to=3&whole=1" for story in _stories(web)]
    told = [quote(payload[:380]) for payload in PAYLOADS]
    paths += [f"/search?q={one}&site={one}&since={one}" for one in told]
    for path in paths:
        page.goto(web.url + path, wait_until="load")

        assert "owned" not in page.title().split(" · ")[-1], path
        assert page.title().endswith("Pressvakt"), path
        assert page.evaluate(_OWN_SCRIPTS) == 1, path
        assert page.evaluate(_LINKS) == [], path
    assert watch.foreign == watch.dialogs == []
    assert elsewhere.requests == []
    # the stored page itself, in its frame, may try
    assert [one for one in watch.complaints if "the document's frame is sandboxed" not in one] == []
    assert not any(cookie["name"] == "owned" for cookie in context.cookies())
    context.close()


def test_a_stored_page_runs_and_loads_nothing(browser: Browser, web: Web, elsewhere: Loopback) -> None:
    page_id = web.pages["copy"].id
    with web.archive.writing() as unit:
        snapshot = unit.keep_snapshot(
            page_id,
            url="https://norrvik.example/copied",
            status=200,
            headers=[
                ("Content-Type", "text/html"),
                ("Refresh", "0;url=http://evil.invalid/"),
                ("Set-Cookie", "owned=1"),
            ],
            redirects=[],
            captured_at=NOW - DAY / 2,
            body=STORED,
        )
    context = browser.new_context()
    page, watch = watched(context, web.url)
    page.goto(f"{web.url}/release/{page_id}/as-it-was/{snapshot.id}")
    frame = page.frame_locator("iframe.captured")
    assert frame.locator("h1").inner_text() == "stored page"
    frame.locator("#a").click()
    assert page.title().endswith("Pressvakt")
    page.goto(f"{web.url}/status")  # whatever the frame still wanted, it has asked for by now

    assert page.title().endswith("Pressvakt")
    assert elsewhere.requests == []  # what the page wanted was stopped in the browser
    assert watch.dialogs == []
    assert not any(cookie.get("name") == "owned" for cookie in context.cookies())
    context.close()
