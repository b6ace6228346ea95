"""A payload comes back as it was, whatever it is and whatever it leans on, or not at all."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import Damaged
from storage.payloads import DELTAS_PER_KEYFRAME, Keyframe, Packed, digest_of, pack, unpack

PAGE = " ".join(str(random.Random(number).random()) for number in range(4000)).encode()


def keyframe(body: bytes, deltas: int = 0) -> Keyframe:
    return Keyframe(packed=pack(body, digest_of(body)), deltas=deltas)


def edited(body: bytes, word: bytes = b"edited") -> bytes:
    return body[: len(body) // 2] + word + body[len(body) // 2 :]


@given(st.binary(max_size=3000), st.binary(max_size=3000))
def test_any_bytes_come_back_whole_or_as_a_delta_of_any_others(body: bytes, other: bytes) -> None:
    base = keyframe(other)
    for packed in (pack(body, digest_of(body)), pack(body, digest_of(body), base)):
        assert unpack(packed, base.packed if packed.base else None) == body
        assert packed.size == len(body)


@pytest.mark.parametrize("size", [1, 200, 78_000, 900_000])
def test_an_edit_takes_a_fraction_of_the_page(size: int) -> None:
    body = (PAGE * (1 + size // len(PAGE)))[:size] if size < len(PAGE) else random.Random(size).randbytes(size)
    base = keyframe(body)
    packed = pack(edited(body), digest_of(edited(body)), base)
    assert unpack(packed, base.packed) == edited(body)
    if size > 1000:
        assert len(packed.data) < len(base.packed.data) / 50


def test_a_page_that_has_little_left_of_its_keyframe_is_kept_whole() -> None:
    other = random.Random(9).randbytes(20_000)
    assert pack(other, digest_of(other), keyframe(PAGE)).base is None


def test_no_more_than_so_many_lean_on_one_keyframe() -> None:
    body = edited(PAGE)
    assert pack(body, digest_of(body), keyframe(PAGE, DELTAS_PER_KEYFRAME - 1)).base == digest_of(PAGE)
    assert pack(body, digest_of(body), keyframe(PAGE, DELTAS_PER_KEYFRAME)).base is None


def test_nothing_leans_on_what_is_itself_a_delta_or_has_rotted() -> None:
    base = keyframe(PAGE)
    delta = pack(edited(PAGE), digest_of(edited(PAGE)), base)
    body = edited(PAGE, b"again")
    assert pack(body, digest_of(body), Keyframe(packed=delta, deltas=0)).base is None
    rotten = replace(base.packed, data=base.packed.data[:-1] + b"?")
    assert pack(body, digest_of(body), Keyframe(packed=rotten, deltas=0)).base is None


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_any_flipped_bit_is_noticed(where: int, bit: int) -> None:
    base = keyframe(PAGE)
    delta = pack(edited(PAGE), digest_of(edited(PAGE)), base)
    for packed in (base.packed, delta, pack(b"short", digest_of(b"short"))):
        data = bytearray(packed.data)
        data[where % len(data)] ^= 1 << bit
        rotten = replace(packed, data=bytes(data))
        try:
            body = unpack(rotten, base.packed)
        except Damaged:
            continue
        # a bit of a frame's header may mean nothing: what counts is that the payload is right
        assert digest_of(body) == packed.digest


def test_a_frame_that_claims_a_monstrous_size_is_refused_before_it_is_unpacked() -> None:
    packed = pack(bytes(50_000_000), "sha256:0")
    with pytest.raises(Damaged, match="another size"):
        unpack(replace(packed, size=10))


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (Packed(digest="sha256:1", size=1, codec="lzma", data=b"x"), "'lzma'"),
        (pack(PAGE, "sha256:1"), "SHA-256"),
        (replace(pack(PAGE, digest_of(PAGE)), data=b"x"), "zstd"),
        (replace(pack(edited(PAGE), digest_of(edited(PAGE)), keyframe(PAGE))), "missing"),
    ],
)
def test_damage_says_what_is_wrong_and_what_to_do(packed: Packed, why: str) -> None:
    with pytest.raises(Damaged, match=f"{packed.digest} is damaged: .*{why}.*restore"):
        unpack(packed)


def test_threads_pack_and_unpack_side_by_side() -> None:
    def round_trip(number: int) -> bool:
        body = edited(PAGE, str(number).encode() * 50)
        return unpack(pack(body, digest_of(body))) == body

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(round_trip, range(100)))
