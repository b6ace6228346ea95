"""Frames: each whole record once, each broken one told, whatever the file is packed in."""

from __future__ import annotations

import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.importing.framing import Frame, Gap, frames
from tests.past import Warc


def read(data: bytes) -> tuple[list[bytes], list[Gap]]:
    """The blocks of the whole records that need no further proof, and the gaps."""
    found = list(frames(io.BytesIO(data)))
    return [one.block or b"" for one in found if isinstance(one, Frame) and one.proven], [
        one for one in found if isinstance(one, Gap)
    ]


def warc(blocks: list[bytes], *, packed: bool) -> Warc:
    file = Warc(gzip=packed)
    for block in blocks:
        file.record("metadata", block, {}, {})
    return file


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.booleans())
def test_whatever_stands_in_records_comes_back(blocks: list[bytes], packed: bool) -> None:
    assert read(warc(blocks, packed=packed).bytes) == (blocks, [])


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5))
def test_a_file_packed_in_one_piece_is_the_same(blocks: list[bytes]) -> None:
    assert read(gzip.compress(warc(blocks, packed=False).bytes)) == (blocks, [])


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=4), st.booleans(), st.data())
def test_of_a_file_cut_anywhere_no_block_is_half(blocks: list[bytes], packed: bool, data: st.DataObject) -> None:
    whole = warc(blocks, packed=packed).bytes
    found, _ = read(whole[: data.draw(st.integers(0, len(whole)))])
    assert found == blocks[: len(found)]


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=200), min_size=2, max_size=4), st.data())
def test_a_wrong_byte_in_gzip_data_costs_its_own_record_at_most(blocks: list[bytes], data: st.DataObject) -> None:
    file = warc(blocks, packed=True)
    number = data.draw(st.integers(0, len(blocks) - 1))
    part = bytearray(file.parts[number])
    part[data.draw(st.integers(10, len(part) - 1))] ^= data.draw(st.integers(1, 255))
    found, gaps = read(b"".join([*file.parts[:number], bytes(part), *file.parts[number + 1 :]]))
    assert found in (blocks, blocks[:number] + blocks[number + 1 :])
    assert gaps or found == blocks


def test_a_record_says_where_it_begins() -> None:
    for packed in (True, False):
        file = warc([b"a", b"b", b"c"], packed=packed)
        places = [one.place for one in frames(io.BytesIO(file.bytes))]
        assert places == [0, len(file.parts[0]), len(file.parts[0] + file.parts[1])]


@pytest.mark.parametrize("junk", [b"<html>no record</html>\r\n", b"\0" * 64, b"http://a b c\r\n"])
def test_what_stands_between_records_is_passed_over(junk: bytes) -> None:
    one, other = warc([b"a", b"b"], packed=False).parts
    found, gaps = read(one + junk + other)
    assert found == [b"a", b"b"]
    assert [gap.place for gap in gaps] == [len(one)]


def test_a_large_block_is_passed_over_and_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.importing.framing.LARGEST", 1000)
    file = warc([b"x" * 2000, b"small"], packed=True)
    first, second = frames(io.BytesIO(file.bytes))
    assert isinstance(first, Frame)
    assert isinstance(second, Frame)
    assert (first.block, second.block) == (None, b"small")


def test_text_that_speaks_of_records_begins_none() -> None:
    text = b"<pre>\nWARC/1.0\r\nWARC-Type: response\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n</pre>"
    assert read(warc([text, b"next"], packed=False).bytes) == ([text, b"next"], [])
