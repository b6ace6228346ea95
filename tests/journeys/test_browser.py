"""Sites whose pages are empty without a browser: drawn, read and compared like any other, and nobody else is reached."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from crawler.browser import Chromium, NoBrowser, chromium
from crawler.items import Fault, Fetch
from crawler.process import crawls
from crawler.reading.profiles import Politeness
from tests.crawls import AGENT, site_profile
from tests.journeys.office import Office
from tests.journeys.watch import Watch
from tests.press_site import Answer, PressSite, Request
from tests.servers import ScriptedSite, answer, scripted_site

PLACES = "/pressmeddelanden/2026/09/fler-platser/"
ROADS = "/pressmeddelanden/2026/09/nya-vagar/"
TEXT = (
    "Regeringen ger i dag Kriminalvården i uppdrag att bygga 160 nya platser vid anstalten i Norrvik.\n\n"
    "Arbetet ska vara klart senast den 1 december 2027. Uppdraget redovisas till departementet.\n\n"
    "Kostnaden beräknas till 12 miljoner kronor och ryms inom beslutade ramar för myndigheten."
)
SHELL = """<!DOCTYPE html><html lang="sv"><head><title>Laddar</title><link rel="stylesheet" href="/app.css"></head>
<body><noscript>Slå på JavaScript.</noscript><div id="app"></div><script src="/app.js"></script></body></html>"""
APP = """
const answer = await fetch("/api" + location.pathname, {headers: {"X-Client": "app"}});
const drawn = new DOMParser().parseFromString((await answer.json()).page, "text/html");
document.title = drawn.title;
document.body.innerHTML = drawn.body.innerHTML;
"""
PATIENCE = 30


@pytest.fixture(scope="module", autouse=True)
def browser() -> None:
    if find_spec("playwright") is None or chromium() is None:
        missing = "no Chromium, or no playwright: apt-get install chromium; pip install 'pressvakt[browser]'"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.fixture
def site() -> Iterator[PressSite]:
    """A press office that sends every page of a release as an empty frame and a script."""
    with PressSite() as site:
        site.add(ROADS, title="Nya vägar i norr", body=TEXT.replace("platser", "vägar"))
        site.add(PLACES, title="Fler platser i Norrvik", body=TEXT)
        for path in (ROADS, PLACES):
            site.answer(path, lambda _: Answer.page(SHELL))
            site.answer("/api" + path, lambda request: _inside(site, request))
        site.answer("/app.js", 200, "(async () => {" + APP + "})()", {"Content-Type": "text/javascript"})
        yield site


def _inside(site: PressSite, request: Request) -> Answer:
    page = site._rendered(request.path.removeprefix("/api"), _quiet())
    return Answer.text("application/json", json.dumps({"page": page}))


def _quiet() -> Any:
    from pressvakt.demo.noise import Noise

    return Noise(on=True)


@pytest.fixture
def watch(site: PressSite, tmp_path: Path) -> Iterator[Watch]:
    manners = Politeness(delay=0, concurrency=4, timeout=PATIENCE, browser=True)
    with Watch(site, tmp_path, crawl=manners) as watch:
        watch.crawl()
        watch.news()
        yield watch


def test_what_a_script_draws_is_read_and_one_digit_is_found(site: PressSite, watch: Watch) -> None:
    page = watch.page(PLACES)
    first = watch.archive.latest(page.id)
    unchanged = watch.look()
    site.edit(PLACES, body=TEXT.replace("160", "161"))
    changed = watch.look()

    assert first is not None
    assert first.release.title == "Fler platser i Norrvik"
    assert "160 nya platser" in first.release.body[0].text
    assert unchanged == []
    assert changed == [("edited", PLACES)]


def test_a_part_that_fails_is_a_fault_of_the_site_and_no_change(site: PressSite, watch: Watch) -> None:
    site.answer("/api" + PLACES, 503, "{}")
    stats = watch.crawl()

    assert watch.seen() == []
    assert stats["page/fault/unreachable"] == 1
    assert stats["page/unchanged"] == 1


def test_only_pages_are_drawn_and_a_script_is_asked_for_once(site: PressSite, watch: Watch) -> None:
    site.requests.clear()
    watch.crawl()

    assert len(site.hits("/app.js")) == 1
    assert len(site.hits("/app.css")) == 0
    assert all(len(site.hits("/api" + path)) == 1 for path in (ROADS, PLACES))
    assert {request.headers["user-agent"] for request in site.requests} == {"Pressvakt/test (+test@pressvakt.example)"}
    assert site.hits("/api" + ROADS)[0].headers["x-client"] == "app"
    snapshot = watch.archive.latest(watch.page(PLACES).id)
    assert snapshot is not None


@contextmanager
def drawn_site(script: str, **parts: str) -> Iterator[ScriptedSite]:
    """A site with one page, `/a`, that runs a script, and parts at `/NAME`."""
    with scripted_site() as served:
        served.pages["/a"] = answer(f"<body><p id=p>empty</p><script>{script}</script></body>".encode())
        for name, text in parts.items():
            served.pages[f"/{name}"] = answer(text.encode(), "200 OK", "Content-Type: application/json")
        yield served


def look(site: ScriptedSite, *, path: str = "/a", **politeness: Any) -> Fetch:
    manners = {"timeout": PATIENCE, "concurrency": 1, **politeness}
    profile = site_profile(site.url, browser=True, **manners)
    return crawls().look(site.url + path, profile, user_agent=AGENT, allow_private=("127.0.0.1",))


def says(fetch: Fetch) -> str:
    """What stands in the page's first paragraph."""
    assert fetch.fault is None, fetch.detail
    return fetch.body.decode().partition('<p id="p">')[2].partition("</p>")[0]


def test_a_drawn_page_says_so_and_keeps_status_and_redirects() -> None:
    with drawn_site("p.textContent = navigator.userAgent + Intl.DateTimeFormat().resolvedOptions().timeZone") as site:
        site.pages["/old"] = answer(b"", "301 Moved", "Location: /a")
        fetch = look(site, path="/old")

        assert says(fetch) == AGENT + "Europe/Stockholm"
        assert (fetch.header("X-Pressvakt-Rendered") or "").startswith("chromium 1")
        assert [(hop.status, hop.url) for hop in fetch.redirects] == [(301, site.url + "/old")]
        assert fetch.status == 200


def test_a_page_that_is_missing_is_not_drawn() -> None:
    with drawn_site("") as site:
        site.pages["/b"] = answer(b"<p>gone</p><script>fetch('/part')</script>", "404 Not Found")
        fetch = look(site, path="/b")

        assert (fetch.status, fetch.header("X-Pressvakt-Rendered")) == (404, None)
        assert site.paths() == ["/robots.txt", "/b"]


#: Every way of a page to somebody else that we know of; `HOST` is where nobody may come, `LOCAL` its port, `UDP` another.
EVERY_WAY = """
const tries = [
  () => fetch("http://HOST/fetch"), () => fetch("http://HOST/post", {method: "POST", mode: "no-cors", body: "x"}),
  () => fetch("/away"), () => fetch("http://169.254.169.254/latest/meta-data/"),
  () => fetch("http://localhost:LOCAL/"), () => fetch("http://[::1]:LOCAL/"), () => fetch("file:///etc/passwd"),
  () => navigator.sendBeacon("http://HOST/beacon"), () => new EventSource("http://HOST/events"),
  () => new WebSocket("ws://HOST/socket"), () => new Image().src = "http://HOST/image",
  () => navigator.serviceWorker.register("/sw.js"), () => window.open("http://HOST/window"),
  () => new WebTransport("https://127.0.0.1:UDP/"),
  () => { window.peers = ["stun:127.0.0.1:UDP", "turn:HOST?transport=tcp"].map(urls => {
            const peer = new RTCPeerConnection({iceServers: [{urls, username: "a", credential: "b"}]});
            peer.createDataChannel("x"); peer.createOffer().then(offer => peer.setLocalDescription(offer)); return peer; }); },
  () => { const code = `fetch("http://HOST/worker"); new WebSocket("ws://HOST/worker"); importScripts("http://HOST/w.js")`;
          new Worker(URL.createObjectURL(new Blob([code]))); },
  () => { for (const [tag, name, url] of [["iframe", "src", "http://HOST/frame"], ["iframe", "src", "file:///etc/passwd"],
          ["iframe", "src", "/away"], ["script", "src", "http://HOST/script.js"], ["object", "data", "http://HOST/object"],
          ["video", "src", "http://HOST/video"]]) { const e = document.createElement(tag); e[name] = url; document.body.append(e); }
          for (const rel of ["prefetch", "preconnect", "dns-prefetch", "preload", "modulepreload", "prerender", "manifest", "icon"]) {
            const e = document.createElement("link"); e.rel = rel; e.as = "script"; e.href = "http://HOST/" + rel; document.head.append(e); } },
  () => { const e = document.createElement("script"); e.type = "speculationrules";
          e.textContent = '{"prerender": [{"urls": ["http://HOST/rules"], "eagerness": "immediate"}]}'; document.head.append(e); },
];
let made = 0;
for (const attempt of tries) { try { attempt()?.catch?.(() => {}); made++; } catch (error) { made++; } }
setTimeout(() => p.textContent = "made " + made, 300);
"""


@contextmanager
def deaf_ear() -> Iterator[tuple[int, list[bytes]]]:
    """A port for UDP on loopback, and what came there."""
    heard: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))

        def listen() -> None:
            while (data := ear.recv(4096)) != b"over":
                heard.append(data)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        port = ear.getsockname()[1]
        try:
            yield port, heard
        finally:
            ear.sendto(b"over", ("127.0.0.1", port))
            thread.join()


def _ways(host: str, tcp: int, udp: int) -> str:
    return EVERY_WAY.replace("HOST", host).replace("LOCAL", str(tcp)).replace("UDP", str(udp))


def test_no_way_out_of_a_page_leads_to_somebody_else() -> None:
    with scripted_site(host="0.0.0.0") as canary, deaf_ear() as (udp, heard):
        with drawn_site(_ways(f"127.0.0.2:{canary.port}", canary.port, udp)) as site:
            site.pages["/away"] = answer(b"", "302 Found", f"Location: http://127.0.0.1:{canary.port}/away")
            site.pages["/sw.js"] = answer(b"fetch('/from-sw')", "200 OK", "Content-Type: text/javascript")
            fetch = look(site)

        assert says(fetch).startswith("made")
        assert (canary.connections, heard) == (0, [])
        assert set(site.paths()) == {"/robots.txt", "/a", "/away"}


@pytest.mark.parametrize(
    "script",
    [
        "location.href = 'http://HOST/'",
        "const e = document.createElement('a'); e.href = 'http://HOST/x'; e.download = 'x'; e.click()",
        "document.head.innerHTML = '<meta http-equiv=refresh content=\"0; url=http://HOST/\">'",
        "document.body.innerHTML = '<form method=post action=http://HOST/></form>'; document.forms[0].submit()",
    ],
)
def test_a_page_that_leads_to_somebody_else_is_a_fault_and_nobody_is_reached(script: str) -> None:
    with scripted_site(host="0.0.0.0") as canary:
        with drawn_site(script.replace("HOST", f"127.0.0.1:{canary.port}")) as site:
            fetch = look(site)

        assert (fetch.fault, canary.connections) == (Fault.UNREACHABLE, 0)


def test_the_browser_reaches_nobody_even_where_nothing_turns_its_requests_away() -> None:
    async def wander(url: str, script: str) -> str:
        browser = Chromium()
        page = await (await (await browser.start()).new_context()).new_page()
        try:
            with pytest.raises(Exception, match="net::ERR_"):
                await page.goto(url)
            page = await page.context.new_page()
            await page.set_content(f"<p id=p>empty</p><script>{script}</script>")
            await page.wait_for_function("p.textContent != 'empty'")
            await page.wait_for_timeout(1500)
            return str(await page.locator("#p").text_content())
        finally:
            await browser.end()

    with scripted_site(host="0.0.0.0") as canary, deaf_ear() as (udp, heard):
        canary.pages["/"] = answer(b"secret")
        said = asyncio.run(wander(canary.url + "/", _ways(f"127.0.0.1:{canary.port}", canary.port, udp)))

        assert said.startswith("made")
        assert (canary.connections, heard) == (0, [])


def test_a_part_on_a_host_that_the_profile_names_goes_through_the_guard() -> None:
    with scripted_site() as other, drawn_site(f"fetch('http://127.0.0.2:{other.port}/x')") as site:
        refused = look(site, browser_hosts=(f"127.0.0.2:{other.port}",))
        named = f"fetch('{other.url}/x').then(r => r.text()).then(t => p.textContent = t)"
        site.pages["/a"] = answer(f"<body><p id=p></p><script>{named}</script></body>".encode())
        other.pages["/x"] = answer(b"161", "200 OK", "Access-Control-Allow-Origin: *")
        read = look(site, browser_hosts=(f"127.0.0.1:{other.port}",))

        assert refused.fault is Fault.REFUSED
        assert "127.0.0.2 is not a public address" in refused.detail
        assert says(read) == "161"
        assert other.paths() == ["/robots.txt", "/x"]


def test_what_robots_txt_forbids_is_not_asked_for_by_a_page_either() -> None:
    with drawn_site("fetch('/api').catch(() => p.textContent = 'kept out')", api="{}") as site:
        site.pages["/robots.txt"] = answer(b"User-agent: *\nDisallow: /api\n")
        fetch = look(site)

        assert says(fetch) == "kept out"
        assert site.paths() == ["/robots.txt", "/a"]


@pytest.mark.parametrize(
    ("script", "fault", "word"),
    [
        ("while (true) {}", Fault.UNREADABLE, "did not come to rest"),
        ("let n = 0; (async () => { while (true) await fetch('/api?' + n++) })()", Fault.UNREADABLE, "more than"),
        ("location.href = '/elsewhere'", Fault.UNREACHABLE, "leads on to"),
        ("location.reload()", Fault.UNREACHABLE, "leads on to"),
        ("document.write('x'.repeat(3000000))", Fault.TOO_LARGE, "larger than"),
        ("fetch('/broken')", Fault.UNREACHABLE, "broken, which answered 503"),
        ("fetch('/loop')", Fault.UNREACHABLE, "redirects without end"),
    ],
)
def test_a_page_that_cannot_be_drawn_ends_in_a_fault(script: str, fault: Fault, word: str) -> None:
    with drawn_site(script, api="{}") as site:
        site.pages["/broken"] = answer(b"", "503 Service Unavailable")
        site.pages["/loop"] = answer(b"", "302 Found", "Location: /loop")
        fetch = look(site, timeout=5, max_bytes=2_000_000)

        assert fetch.fault is fault
        assert word in fetch.detail


def test_a_page_that_never_stops_moving_or_asking_for_the_same_is_read() -> None:
    script = "let n = 0; setInterval(() => { fetch('/api'); document.title = n++ }, 50); p.textContent = '160'"
    with drawn_site(script, api="{}") as site:
        fetch = look(site)

        assert says(fetch) == "160"
        assert site.paths().count("/api") == 1


def test_alerts_frames_and_cookies_stop_nothing() -> None:
    script = """alert(1); document.cookie = "a=b"; document.body.append(document.createElement("iframe"));
      fetch("/api").then(r => r.json()).then(found => p.textContent = found.text)"""
    with drawn_site(script, api='{"text": "160"}') as site:
        assert says(look(site)) == "160"
        assert not any("cookie" in visit.headers for visit in site.visits)


def test_without_a_browser_one_line_says_what_to_do(
    site: PressSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path, site)
    profile = tmp_path / "sites" / "press.toml"
    profile.write_text(profile.read_text().replace("[crawl]\n", "[crawl]\nbrowser = true\n"))
    monkeypatch.setenv("PRESSVAKT_CHROMIUM", "/nowhere/chromium")
    code, words = office.crawl()

    assert code == 1
    assert len(words) == 1
    assert "press: its pages need a browser" in words[0]
    assert "PRESSVAKT_CHROMIUM names '/nowhere/chromium'" in words[0]
    assert site.requests == []
    with drawn_site("") as drawn, pytest.raises(NoBrowser):
        look(drawn)


def test_a_browser_that_does_not_start_is_a_fault_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSVAKT_CHROMIUM", "true")
    with drawn_site("") as site:
        fetch = look(site)

        assert fetch.fault is Fault.UNREACHABLE
        assert "true) did not start" in fetch.detail
