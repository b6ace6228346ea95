"""A payload comes back as it was, whatever it is and whatever it leans on, or not at all."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import Damaged
from storage.payloads import (
    DELTA,
    DELTAS_PER_KEYFRAME,
    RAW,
    SHARED,
    ZSTD,
    Keyframe,
    Packed,
    Volume,
    digest_of,
    novel,
    pack,
    pack_volume,
    unpack,
)

PAGE = " ".join(str(random.Random(number).random()) for number in range(4000)).encode()
MENU = b"".join(b'<li><a href="/tx/%d">Ministry %d</a></li>\n' % (number, number * 7919) for number in range(900))
COMMON = Volume(key=7, content=MENU)


def keyframe(body: bytes, deltas: int = 0) -> Keyframe:
    return Keyframe(digest=digest_of(body), body=body, stored=len(pack(body, digest_of(body)).data), deltas=deltas)


def packed(body: bytes, base: Keyframe | None = None, volume: Volume | None = None) -> Packed:
    return pack(body, digest_of(body), base, volume)


def back(one: Packed, base: bytes = b"", common: bytes = b"") -> bytes:
    return unpack(one, (common if one.shared is not None else b"") + (base if one.base is not None else b""))


def edited(body: bytes, word: bytes = b"edited") -> bytes:
    return body[: len(body) // 2] + word + body[len(body) // 2 :]


@given(st.binary(max_size=3000), st.binary(max_size=3000), st.binary(max_size=3000))
def test_any_bytes_come_back_whatever_they_lean_on(body: bytes, other: bytes, common: bytes) -> None:
    volume = Volume(key=1, content=common)
    for one in (packed(body), packed(body, keyframe(other)), packed(body, keyframe(other), volume)):
        assert back(one, other, common) == body
        assert one.size == len(body)


@pytest.mark.parametrize("size", [1, 200, 78_000, 900_000])
def test_an_edit_takes_a_fraction_of_the_page(size: int) -> None:
    body = (PAGE * (1 + size // len(PAGE)))[:size] if size < len(PAGE) else random.Random(size).randbytes(size)
    base = keyframe(body)
    one = packed(edited(body), base)
    assert back(one, body) == edited(body)
    if size > 1000:
        assert len(one.data) < base.stored / 50


def test_what_the_site_says_everywhere_costs_a_new_page_next_to_nothing() -> None:
    body = b"<h1>A decision of its own</h1>" + MENU
    one = packed(body, volume=COMMON)
    assert (one.codec, one.shared, one.base) == (SHARED, 7, None)
    assert len(one.data) < 200 < len(packed(body).data) / 5
    assert back(one, common=MENU) == body


def test_what_neither_the_page_nor_the_site_said_before_is_all_that_a_delta_brings() -> None:
    base = edited(PAGE, MENU[:2000])
    body = edited(PAGE, MENU[9000:12000])
    alone, together = packed(body, keyframe(base)), packed(body, keyframe(base), COMMON)
    assert (alone.codec, together.codec) == (DELTA, SHARED)
    assert len(together.data) < len(alone.data) / 5
    assert back(together, base, MENU) == body


def test_what_has_nothing_in_common_with_a_site_does_not_lean_on_it() -> None:
    assert packed(PAGE, volume=COMMON).codec == ZSTD
    assert packed(random.Random(1).randbytes(5000), volume=COMMON).codec == RAW


def test_a_page_that_has_little_left_of_its_keyframe_is_kept_whole() -> None:
    other = random.Random(9).randbytes(20_000)
    assert packed(other, keyframe(PAGE)).base is None


def test_no_more_than_so_many_lean_on_one_keyframe() -> None:
    body = edited(PAGE)
    assert packed(body, keyframe(PAGE, DELTAS_PER_KEYFRAME - 1)).base == digest_of(PAGE)
    assert packed(body, keyframe(PAGE, DELTAS_PER_KEYFRAME)).base is None


def test_the_new_bytes_of_a_payload_are_known_by_the_zeros_around_them() -> None:
    one = packed(edited(PAGE, b"<b>quite new</b>"), keyframe(PAGE))
    assert novel(one, len(PAGE)).strip(b"\0") == b"<b>quite new</b>"


def test_a_volume_outlives_the_loss_of_either_of_its_frames() -> None:
    volume = pack_volume(MENU, 3)
    middle = len(volume.data) // 2
    for broken in (volume.data[:40] + b"?" + volume.data[41:], volume.data[: middle + 40] + bytes(middle - 40)):
        assert unpack(replace(volume, data=broken)) == MENU
    with pytest.raises(Damaged, match="both its frames"):
        unpack(replace(volume, data=bytes(len(volume.data))))


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_any_flipped_bit_is_noticed(where: int, bit: int) -> None:
    base = keyframe(PAGE)
    for one in (packed(PAGE), packed(edited(PAGE), base), packed(edited(PAGE), base, COMMON), packed(b"short")):
        data = bytearray(one.data)
        data[where % len(data)] ^= 1 << bit
        try:
            body = back(replace(one, data=bytes(data)), PAGE, MENU)
        except Damaged:
            continue
        # a bit of a frame's header may mean nothing: what counts is that the payload is right
        assert digest_of(body) == one.digest


def test_a_frame_that_claims_a_monstrous_size_is_refused_before_it_is_unpacked() -> None:
    one = pack(bytes(50_000_000), "sha256:0")
    with pytest.raises(Damaged, match="another size"):
        unpack(replace(one, size=10))


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (Packed(digest="sha256:1", size=1, codec="lzma", data=b"x"), "'lzma'"),
        (pack(PAGE, "sha256:1"), "SHA-256"),
        (replace(pack(PAGE, digest_of(PAGE)), data=b"x"), "zstd"),
        (packed(edited(PAGE), keyframe(PAGE)), "zstd"),
    ],
)
def test_damage_says_what_is_wrong_and_what_to_do(one: Packed, why: str) -> None:
    with pytest.raises(Damaged, match=f"{one.digest} is damaged: .*{why}.*restore"):
        unpack(one)


def test_threads_pack_and_unpack_side_by_side() -> None:
    def round_trip(number: int) -> bool:
        body = edited(PAGE, str(number).encode() * 50)
        return back(packed(body, keyframe(PAGE), COMMON), PAGE, MENU) == body

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(round_trip, range(100)))
