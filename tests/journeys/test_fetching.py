"""Only whole answers come home: real crawls of a server that cuts, drips and lies."""

from __future__ import annotations

import gzip
import ssl
import zlib
from collections.abc import Iterator
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from crawler.items import Fault
from tests.certificates import certificate_for
from tests.crawls import Crawled, crawl
from tests.servers import (
    OPEN_ROBOTS,
    Script,
    ScriptedSite,
    answer,
    bare,
    chunks,
    drip,
    in_turn,
    reset_after,
    scripted_site,
)

PAGE = b"<!doctype html><html><head><title>Press</title></head><body>%s</body></html>" % (b"<p>Hej hopp.</p>" * 200)
HTML = "Content-Type: text/html"
CHUNKED = "Transfer-Encoding: chunked"


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with scripted_site() as served:
        yield served


def crawl_all(site: ScriptedSite, **options: object) -> Crawled:
    urls = [site.url + path for path in site.pages if path != "/robots.txt"]
    crawled = crawl(urls, base_url=site.url, **options)  # type: ignore[arg-type]
    assert sorted(fetch.url for fetch in crawled.fetches) == sorted(urls), "each address has one outcome"
    assert "Traceback" not in crawled.log
    return crawled


def packed(coding: str, body: bytes, cut: int = 0) -> bytes:
    """An answer whose length is right for a body that was cut after it was packed."""
    return answer(body[: len(body) - cut], "200 OK", HTML, f"Content-Encoding: {coding}")


def wrong_crc(body: bytes) -> bytes:
    return body[:-8] + bytes([body[-8] ^ 0xFF]) + body[-7:]


def test_whole_answers_arrive_whole_in_every_wrapping(site: ScriptedSite) -> None:
    zipped = gzip.compress(PAGE)
    whole = {
        "/plain": answer(PAGE),
        "/gzip": packed("gzip", zipped),
        "/members": packed("gzip", gzip.compress(PAGE[:99]) + gzip.compress(PAGE[99:])),
        "/deflate": packed("deflate", zlib.compress(PAGE)),
        "/raw": packed("deflate", zlib.compress(PAGE)[2:-4]),
        "/br": packed("br", brotli.compress(PAGE)),
        "/zstd": packed("zstd", zstandard.compress(PAGE)),
        "/twice": packed("gzip, br", brotli.compress(zipped)),
        "/mislabelled": packed("gzip", PAGE),
        "/chunked": bare(chunks(PAGE[:50], PAGE[50:]), HTML, CHUNKED),
        "/chunked-gzip": bare(chunks(zipped[:50], zipped[50:]), HTML, CHUNKED, "Content-Encoding: gzip"),
        "/closed": bare(PAGE + b"\n<!-- c -->\n", HTML),
        "/closed-gzip": bare(zipped, HTML, "Content-Encoding: gzip"),
    }
    site.pages.update(whole)
    crawled = crawl_all(site)
    for path in whole:
        fetch = crawled.of(site.url + path)
        assert (fetch.status, fetch.fault, fetch.detail) == (200, None, ""), path
        assert fetch.body.replace(b"\n<!-- c -->\n", b"") == PAGE, path
    assert crawled.of(site.url + "/gzip").header("Content-Encoding") == "gzip"
    assert len(site.visits) == len(whole) + 1


def test_no_body_that_was_cut_short_is_taken_for_an_answer(site: ScriptedSite) -> None:
    zipped = gzip.compress(PAGE)
    cut: dict[str, Script] = {
        "/gzip": packed("gzip", zipped, 30),
        "/gzip-trailer": packed("gzip", zipped, 3),
        "/gzip-crc": packed("gzip", wrong_crc(zipped)),
        "/gzip-second-member": packed("gzip", gzip.compress(PAGE[:99]) + gzip.compress(PAGE[99:]), 12),
        "/deflate": packed("deflate", zlib.compress(PAGE), 9),
        "/raw-deflate": packed("deflate", zlib.compress(PAGE)[2:-4], 9),
        "/br": packed("br", brotli.compress(PAGE), 5),
        "/zstd": packed("zstd", zstandard.compress(PAGE), 5),
        "/length": answer(PAGE[:700], length=len(PAGE)),
        "/broken-chunk": bare(b"%x\r\n%s" % (len(PAGE), PAGE[:700]), HTML, CHUNKED),
        "/garbled-chunk": bare(chunks(PAGE[:700], last=False) + b"zz\r\nxx\r\n", HTML, CHUNKED),
        "/no-last-chunk": bare(chunks(PAGE[:700], last=False), HTML, CHUNKED),
        "/closed": bare(PAGE[:700], HTML),
        "/closed-gzip": bare(zipped[:90], HTML, "Content-Encoding: gzip"),
        "/partial": answer(PAGE, "206 Partial Content", HTML, f"Content-Range: bytes 0-99/{len(PAGE)}"),
        "/reset": reset_after(answer(PAGE[:700], length=len(PAGE))),
        "/reset-chunk": reset_after(bare(chunks(PAGE[:700], last=False), HTML, CHUNKED)),
        "/reset-closed": reset_after(bare(PAGE[:700], HTML)),
    }
    site.pages.update(cut)
    crawled = crawl_all(site)
    for path in cut:
        fetch = crawled.of(site.url + path)
        assert (fetch.status, fetch.fault, fetch.body) == (None, Fault.TRUNCATED, b""), path
        assert fetch.detail, path
    assert all(site.paths().count(path) == 2 for path in cut), "each was asked a second time, and no third"


def test_a_body_cut_once_is_whole_at_the_second_try(site: ScriptedSite) -> None:
    site.pages["/a"] = in_turn(packed("gzip", gzip.compress(PAGE), 30), answer(PAGE))
    site.pages["/b"] = in_turn(reset_after(b""), answer(PAGE))
    site.pages["/c"] = in_turn(answer(b"bad request", "400 Bad Request"), answer(PAGE))
    crawled = crawl_all(site)
    assert [fetch.body for fetch in crawled.fetches] == [PAGE] * 3


def test_what_is_not_http_is_a_fault_and_no_crash(site: ScriptedSite) -> None:
    odd = {
        "/nothing": b"",
        "/http-0.9": PAGE + b"\n",
        "/status": b"HTTP/1.1 abc OK\r\n\r\n",
        "/status-0": b"HTTP/1.1 0 Hm\r\nContent-Length: 0\r\n\r\n",
        "/version": b"HTTP/x.y 200 OK\r\n\r\n",
        "/smtp": b"220 mail.example.org ESMTP\r\n",
        "/negative-length": answer(PAGE, length=-1),
        "/word-length": bare(PAGE, HTML, "Content-Length: many"),
        "/two-lengths": bare(PAGE, HTML, "Content-Length: 5", "Content-Length: 7"),
        "/transfer-encoding": bare(PAGE, HTML, "Transfer-Encoding: gzip, chunked"),
        "/long-header": bare(PAGE, HTML, "X-Long: " + "x" * 1_000_000),
        "/header-flood": bare(PAGE, HTML, *(f"X-{n}: {'y' * 1000}" for n in range(3000))),
        "/negative-chunk": bare(b"-5\r\nhello\r\n", HTML, CHUNKED),
    }
    site.pages.update(odd)
    crawled = crawl_all(site)
    for path in odd:
        fetch = crawled.of(site.url + path)
        assert fetch.status is None, path
        assert fetch.fault in (Fault.UNREACHABLE, Fault.TRUNCATED), path
        assert fetch.detail, path


def test_answers_that_say_little_are_answers_all_the_same(site: ScriptedSite) -> None:
    site.pages.update(
        {
            "/204": bare(b"", status="204 No Content"),
            "/empty": answer(b""),
            "/304": bare(b"", 'ETag: "1"', status="304 Not Modified"),
            "/404": bare(b"404 page not found", "Content-Type: text/plain", status="404 Not Found"),
            "/410": packed("gzip", gzip.compress(PAGE), 9).replace(b"200 OK", b"410 Gone"),
            "/many-headers": bare(PAGE, HTML, *(f"Set-Cookie: n{n}=1" for n in range(10_000))),
        }
    )
    crawled = crawl_all(site)
    found = {fetch.url.removeprefix(site.url): (fetch.status, len(fetch.body)) for fetch in crawled.fetches}
    assert found == {
        "/204": (204, 0),
        "/empty": (200, 0),
        "/304": (304, 0),
        "/404": (404, 18),
        "/410": (410, 0),
        "/many-headers": (200, len(PAGE)),
    }
    assert not any("cookie" in visit.headers for visit in site.visits)


def test_no_answer_is_larger_or_slower_than_the_profile_allows(site: ScriptedSite) -> None:
    bomb = zlib.compressobj(9, wbits=31)
    site.pages.update(
        {
            "/said": answer(b"", length=500_000),
            "/sent": bare(chunks(*[b"x" * 10_000] * 50), HTML, CHUNKED),
            "/bomb": packed("gzip", bomb.compress(b"\0" * 20_000_000) + bomb.flush()),
            "/drip": drip(answer(PAGE), 0.02),
            "/fits": answer(b"<html>" + b"x" * 90_000 + b"</html>"),
        }
    )
    crawled = crawl_all(site, max_bytes=100_000, timeout=1.0)
    faults = {fetch.url.removeprefix(site.url): fetch.fault for fetch in crawled.fetches}
    assert faults == {
        "/said": Fault.TOO_LARGE,
        "/sent": Fault.TOO_LARGE,
        "/bomb": Fault.TOO_LARGE,
        "/drip": Fault.UNREACHABLE,
        "/fits": None,
    }
    assert "time" in crawled.of(site.url + "/drip").detail


def test_redirects_keep_their_hops_and_a_meta_refresh_is_a_page(site: ScriptedSite) -> None:
    refresh = b'<html><meta http-equiv="refresh" content="0; url=/b"></html>'
    site.pages.update(
        {
            "/a": answer(b"", "301 Moved Permanently", "Location: b"),
            "/b": answer(PAGE),
            "/refresh": answer(refresh),
            "/nowhere": answer(b"", "302 Found", "Location: file:///etc/passwd"),
        }
    )
    crawled = crawl_all(site)
    moved = crawled.of(site.url + "/a")
    assert (moved.body, moved.final_url) == (PAGE, site.url + "/b")
    assert [(hop.url, hop.status) for hop in moved.redirects] == [(site.url + "/a", 301)]
    assert crawled.of(site.url + "/refresh").body == refresh
    assert crawled.of(site.url + "/nowhere").status == 302


def test_we_say_who_we_are_and_what_we_read(site: ScriptedSite) -> None:
    site.pages["/a"] = answer(PAGE)
    crawl([site.url + "/a"], base_url=site.url, language="sv-FI")
    for visit in site.visits:
        assert visit.headers["user-agent"] == "pressvakt/test (+mailto:press@example.org)"
        assert visit.headers["accept-language"] == "sv-FI, sv;q=0.9"
        assert visit.headers["accept-encoding"] == "gzip, br, zstd, deflate"
        assert "referer" not in visit.headers


def test_a_certificate_that_does_not_hold_is_a_fault_and_one_that_does_is_none(tmp_path: Path) -> None:
    key, good = certificate_for("press.example.org", tmp_path / "good")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(good, key)
    with scripted_site(tls=server) as site:
        site.pages["/robots.txt"] = answer(OPEN_ROBOTS)
        site.pages["/a"] = site.pages["/b"] = answer(PAGE)
        urls = [f"https://press.example.org:{site.port}/{name}" for name in "ab"]
        hosts = {"press.example.org": ["127.0.0.1"], "other.example.org": ["127.0.0.1"]}
        trusted = {"SSL_CERT_FILE": str(good)}

        crawled = crawl(urls, base_url=site.url, hosts=hosts, environment=trusted)
        assert [fetch.body for fetch in crawled.fetches] == [PAGE, PAGE]

        site.visits.clear()
        wrong_name = f"https://other.example.org:{site.port}/a"
        for url, environment in ((urls[0], {}), (wrong_name, trusted)):
            (fetch,) = crawl([url], base_url=site.url, hosts=hosts, environment=environment).fetches
            assert fetch.fault is Fault.DISALLOWED
            assert "certificate" in fetch.detail.lower() or "verif" in fetch.detail.lower()
        assert not site.visits


def test_a_dead_site_is_said_to_be_dead() -> None:
    with scripted_site() as site:
        gone = site.url
    crawled = crawl([gone + "/a", gone + "/b"], base_url=gone)
    assert [fetch.fault for fetch in crawled.fetches] == [Fault.DISALLOWED] * 2
    assert all("robots unreachable" in fetch.detail and "refused" in fetch.detail for fetch in crawled.fetches)
    assert "Traceback" not in crawled.log
