"""A body is whole, or it is nothing."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.bodies import TooLarge, Truncated, looks_ended, unpacked, whole

PAGE = "<!doctype html><html><body><h1>Pressträff</h1>{}</body></html>".format(
    "".join(f"<p>Punkt {n}: regeringen avsätter {n * 37 % 101} miljoner kronor.</p>" for n in range(40))
).encode()
MOST = 1024 * 1024


Packer = Callable[[bytes], bytes]


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKERS: dict[str, Packer] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}
RAW = {**PACKERS, "deflate ": raw_deflate}
each_coding = pytest.mark.parametrize(("coding", "pack"), RAW.items())


@each_coding
def test_each_encoding_we_ask_for_is_undone(coding: str, pack: Packer) -> None:
    assert whole(pack(PAGE), codings=coding, max_bytes=MOST) == PAGE


@each_coding
def test_a_stream_cut_anywhere_is_no_answer(coding: str, pack: Packer) -> None:
    packed = pack(PAGE)
    for length in range(1, len(packed)):
        with pytest.raises(Truncated):
            whole(packed[:length], codings=coding, content_type="text/html", max_bytes=MOST)


@each_coding
def test_something_behind_the_end_of_a_stream_is_no_answer(coding: str, pack: Packer) -> None:
    for more in (b"x", b"<!-- cache -->", b"\x1f", b"\x1f\x8b\x08"):
        with pytest.raises(Truncated):
            whole(pack(PAGE) + more, codings=coding, max_bytes=MOST)


@settings(max_examples=200, deadline=None)
@given(body=st.binary(min_size=1, max_size=300), seed=st.integers(0, 2**16), coding=st.sampled_from(sorted(PACKERS)))
def test_no_cut_of_any_body_gives_less_of_it(body: bytes, seed: int, coding: str) -> None:
    packed = PACKERS[coding](body)
    cut = packed[: random.Random(seed).randrange(1, len(packed))]
    try:
        content = whole(cut, codings=coding, max_bytes=MOST)
    except Truncated:
        return
    assert content == cut, "what is not unpacked may only be passed on as it came"
    assert coding in ("deflate", "br"), "a stream with a mark of its own is never taken for plain text"


def test_a_wrong_crc_or_length_is_no_answer() -> None:
    packed = bytearray(gzip.compress(PAGE))
    for place in (-8, -1):  # the trailer is the CRC and then the length
        broken = bytes(packed[:place] + bytes([packed[place] ^ 1]) + packed[len(packed) + place + 1 :])
        with pytest.raises(Truncated):
            whole(broken, codings="gzip", max_bytes=MOST)


def test_a_wrong_checksum_of_zlib_or_zstd_is_no_answer() -> None:
    for coding in ("deflate", "zstd"):
        packed = PACKERS[coding](PAGE)
        with pytest.raises(Truncated):
            whole(packed[:-1] + bytes([packed[-1] ^ 1]), codings=coding, max_bytes=MOST)


def test_all_members_of_a_gzip_stream_are_read_and_padding_is_not() -> None:
    packed = gzip.compress(PAGE[:500]) + gzip.compress(PAGE[500:]) + b"\0" * 12
    assert whole(packed, codings="gzip", max_bytes=MOST) == PAGE


def test_a_second_member_that_is_cut_short_is_no_answer() -> None:
    first, second = gzip.compress(PAGE[:500]), gzip.compress(PAGE[500:])
    for length in range(1, len(second)):
        with pytest.raises(Truncated):
            whole(first + second[:length], codings="gzip", max_bytes=MOST)


def test_all_frames_of_a_zstd_stream_are_read() -> None:
    packed = PACKERS["zstd"](PAGE[:500]) + PACKERS["zstd"](PAGE[500:])
    assert whole(packed, codings="zstd", max_bytes=MOST) == PAGE


def test_encodings_are_undone_in_the_order_they_were_put_on() -> None:
    assert whole(brotli.compress(gzip.compress(PAGE)), codings="gzip, br", max_bytes=MOST) == PAGE
    assert whole(gzip.compress(gzip.compress(PAGE)), codings="gzip,gzip", max_bytes=MOST) == PAGE
    with pytest.raises(Truncated):
        whole(brotli.compress(gzip.compress(PAGE)[:-4]), codings="gzip, br", max_bytes=MOST)


def test_a_page_packed_once_more_than_labelled_is_still_read() -> None:
    twice = gzip.compress(gzip.compress(PAGE))
    assert whole(twice, codings="gzip", content_type="text/html; charset=utf-8", max_bytes=MOST) == PAGE
    assert whole(gzip.compress(PAGE), content_type="text/html", max_bytes=MOST) == PAGE


def test_a_packed_file_stays_packed() -> None:
    sitemap = gzip.compress(b"<urlset/>")
    assert whole(sitemap, content_type="application/gzip", max_bytes=MOST) == sitemap


def test_a_long_chain_of_encodings_is_not_followed() -> None:
    with pytest.raises(Truncated):
        whole(PAGE, codings=", ".join(["gzip"] * 5), max_bytes=MOST)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "utf-8", "none"])
def test_a_label_on_a_page_that_was_never_packed_does_no_harm(coding: str) -> None:
    assert whole(PAGE, codings=coding, max_bytes=MOST) == PAGE


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "utf-8"])
def test_such_a_page_counts_only_where_all_of_it_has_come(coding: str) -> None:
    with pytest.raises(Truncated):
        whole(PAGE, codings=coding, framed=False, max_bytes=MOST)


def test_an_unknown_encoding_of_what_is_no_text_is_no_answer() -> None:
    with pytest.raises(Truncated, match="compress"):
        whole(b"\x1f\x9d\x90binary", codings="compress", max_bytes=MOST)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_stopped_at_the_limit(coding: str) -> None:
    bomb = PACKERS[coding](b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        whole(bomb, codings=coding, max_bytes=MOST)


def test_a_bomb_inside_a_bomb_is_stopped_too() -> None:
    with pytest.raises(TooLarge):
        whole(gzip.compress(gzip.compress(b"\0" * 50_000_000)), codings="gzip, gzip", max_bytes=MOST)


def test_nothing_is_nothing_whatever_its_label() -> None:
    assert whole(b"", codings="gzip", max_bytes=MOST) == b""


def test_a_stream_that_reached_its_own_end_needs_no_length() -> None:
    assert whole(gzip.compress(b"<p>part"), codings="gzip", framed=False, max_bytes=MOST) == b"<p>part"


@pytest.mark.parametrize(
    "body",
    [
        PAGE,
        PAGE.upper(),
        PAGE + b"\r\n\r\n",
        PAGE + b"\n<!-- served by c1 -->\n<!-- 0.02 s -->\n",
        b'<?xml version="1.0"?>\n<!-- x --><rss version="2.0"><channel></channel></rss>\n',
        b'{"Message": "", "TotalCount": 0}',
        b"%PDF-1.4\n...\n%%EOF\n",
    ],
)
def test_a_document_with_an_end_may_end_with_its_connection(body: bytes) -> None:
    assert looks_ended(body)
    assert whole(body, framed=False, max_bytes=MOST) == body


@pytest.mark.parametrize(
    "body",
    [
        PAGE[:-1],
        PAGE[:-7],
        PAGE + b"<!-- half a com",
        b"<html><p>the tag </html> ends a page",
        b'<?xml version="1.0"?><rss><channel></channel>',
        b'{"Message": "", "TotalCo',
        b"%PDF-1.4\n...",
        b"plain text",
    ],
)
def test_a_document_without_its_end_may_not(body: bytes) -> None:
    with pytest.raises(Truncated):
        whole(body, framed=False, max_bytes=MOST)


def test_an_error_page_that_cannot_be_unpacked_is_empty_and_no_fault() -> None:
    assert unpacked(gzip.compress(PAGE), codings="gzip", max_bytes=MOST) == PAGE
    assert unpacked(gzip.compress(PAGE)[:-3], codings="gzip", max_bytes=MOST) == b""
