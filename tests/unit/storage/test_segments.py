"""What several pages say is gathered; what one page says by itself is not."""

from __future__ import annotations

from storage.payloads import Keyframe, digest_of, novel, pack
from storage.segments import Sample, gather, segments, without

MENU = b"<nav><a href='/one'>One of many</a><a href='/two'>Two of many</a></nav>\n"


def own(page: int) -> bytes:
    return b"<p>Page %d says what no other page of the site has said.</p>\n" % page


def gathered(samples: list[Sample], limit: int = 10_000) -> set[bytes]:
    """The segments, but for the short ones that only keep the others together."""
    return {one for one in segments(gather(samples, limit=limit)) if len(one) > 7}


def test_what_two_pages_say_is_gathered_and_what_one_says_is_not() -> None:
    samples = [Sample(page=number, body=MENU + own(number)) for number in range(3)]

    assert gathered(samples) == {one for one in segments(MENU) if len(one) > 7}


def test_what_a_page_says_twice_is_not_what_two_pages_say() -> None:
    samples = [Sample(page=1, body=MENU + own(1)), Sample(page=1, body=MENU + own(1))]

    assert gathered(samples) == set()


def test_only_what_was_new_to_a_delta_is_looked_at() -> None:
    teaser = b'<li><a href="/2026/a-bridge">The council decides on the bridge</a></li>'
    samples = []
    for number in range(2):
        before, body = MENU * 9 + own(number), MENU * 9 + own(number) + teaser
        base = Keyframe(digest=digest_of(before), body=before, stored=9999, deltas=0)
        packed = pack(body, digest_of(body), base)
        samples.append(Sample(page=number, body=body, novel=novel(packed, len(before))))

    assert b"The council decides on the bridge</a>" in gathered(samples)
    assert len(gathered(samples)) == 2


def test_a_volume_takes_no_more_than_it_may_and_the_newest_first() -> None:
    old, new = b"said long ago, and by both<br>", b"said today, and by both too<br>"
    samples = [Sample(page=number % 2, body=old if number < 2 else new) for number in range(4)]

    assert gather(samples, limit=len(new)) == new
    assert gather(samples, limit=1000) == old + new


def test_what_ends_with_no_tag_and_no_line_is_never_gathered() -> None:
    """So that each segment of a volume is a whole segment of the payloads it came from: a purge finds it by that."""
    samples = [Sample(page=number, body=MENU + b"no end of this in sight") for number in range(2)]

    assert segments(gather(samples, limit=1000)) <= segments(samples[0].body)
    assert b"sight" not in gather(samples, limit=1000)


def test_what_another_volume_has_is_not_kept_again() -> None:
    assert b"One of many</a>" not in without(MENU + own(1), MENU)
    assert segments(own(1)) <= segments(without(MENU + own(1), MENU))
