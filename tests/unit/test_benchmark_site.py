"""The pages that speed is measured on are whole, weigh what real ones do, and change only when told to."""

from __future__ import annotations

import gzip

from benchmarks.pages import page
from benchmarks.server import Site
from tests.press_client import select

ZIPPED = b"\r\nhost: 127.0.0.1:1\r\naccept-encoding: gzip\r\n"
PLAIN = b"\r\nhost: 127.0.0.1:1\r\n"


def test_pages_weigh_45_to_200_kb_and_are_the_same_every_time() -> None:
    sizes = [len(body_of(Site(60), number, PLAIN)) for number in range(60)]

    assert min(sizes) > 45_000
    assert max(sizes) < 200_000
    assert page(17) == page(17)


def test_a_zipped_page_differs_from_a_plain_one_in_noise_alone() -> None:
    site = Site(3)
    plain, again, zipped = body_of(site, 1, PLAIN), body_of(site, 1, PLAIN), gzip.decompress(body_of(site, 1, ZIPPED))

    assert plain != again
    assert said(plain) == said(again) == said(zipped)


def test_without_noise_the_same_bytes_come_zipped_or_plain_and_a_304_to_those_who_have_them() -> None:
    site = Site(3, quiet=True)
    head = b"".join(site.answer(page(1).path.encode(), PLAIN)).partition(b"\r\n\r\n")[0]
    tag = head.partition(b"ETag: ")[2].partition(b"\r\n")[0]

    assert body_of(site, 1, PLAIN) == gzip.decompress(body_of(site, 1, ZIPPED))
    assert site.answer(page(1).path.encode(), PLAIN + b"if-none-match: " + tag + b"\r\n")[0].startswith(b"HTTP/1.1 304")


def test_an_edit_changes_one_figure_on_the_asked_share_of_pages() -> None:
    site = Site(40, quiet=True)
    before = [said(body_of(site, number, PLAIN)) for number in range(40)]
    site.edit(0.1)
    after = [said(body_of(site, number, PLAIN)) for number in range(40)]

    edited = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(edited) == 4
    for old, new in edited:
        differing = [(a, b) for a, b in zip(old.split(), new.split(), strict=True) if a != b]
        assert [(int(b) - int(a)) for a, b in differing] == [1]


def test_every_page_stands_in_the_list_and_in_the_sitemap() -> None:
    site = Site(30)
    sitemap = gzip.decompress(b"".join(site.answer(b"/sitemap-0.xml.gz", PLAIN)[1:])).decode()
    listed = b"".join(site.answer(b"/Filter/GetFilteredItems?page=1&pageSize=100", PLAIN)).decode()

    assert all(f"http://127.0.0.1:1{each.path}</loc>" in sitemap and each.path in listed for each in site.pages)


def body_of(site: Site, number: int, head: bytes) -> bytes:
    return b"".join(site.answer(page(number).path.encode(), head)).partition(b"\r\n\r\n")[2]


def said(markup: bytes) -> str:
    (column,) = select(markup.decode(), "div.col-1")
    return " ".join(column.text_content().split())
