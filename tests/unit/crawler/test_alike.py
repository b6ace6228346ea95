"""What error pages have in common."""

from __future__ import annotations

import pytest

from crawler.alike import in_common

URL = "https://press.example/news/bridge-2024"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Reference #18.2f3e1402.1699999999.3ab4c", "Reference #18.71bc1402.1700000001.99fe0"),
        ("Request 550e8400-e29b-41d4-a716-446655440000", "Request 6fa459ea-ee8a-3ca4-894e-db77e160355e"),
        ("Ray ID: 7d5f1c2b3a4e5f60", "Ray ID: 81a2b3c4d5e6f708"),
        ("Incident 2310048817", "Incident 2310048818"),
        ("Your address 192.0.2.17", "Your address 198.51.100.3"),
        ("at 2024-05-03T10:31:07Z", "at 2024-05-03 22:02"),
        ("at 10:31:07", "at 9:02:55"),
    ],
)
def test_what_is_made_for_one_answer_tells_no_two_apart(one: str, other: str) -> None:
    assert in_common(f"We are sorry. {one}.", URL) == in_common(f"We are sorry. {other}.", URL)


def test_the_address_that_was_asked_for_does_not_either() -> None:
    said = {in_common(f"There is no {url} (/news/{url[-1]}{url[-1]})", url) for url in ("https://a.example/news/aa",)}
    said |= {in_common(f"There is no {url} (/news/bb)", url) for url in ("https://a.example/news/bb",)}
    assert len(said) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("160 crowns", "100 crowns"),
        ("1 250 000 crowns", "1 350 000 crowns"),
        ("3 May 2024", "4 May 2024"),
        ("2024-05-03", "2024-05-04"),
        ("at 10:30", "at 10.45"),
        ("Fi2019/01234", "Fi2019/01235"),
        ("4.5 per cent", "4.6 per cent"),
        ("the G20", "the G7"),
        ("SOU 2024:17", "SOU 2024:18"),
    ],
)
def test_what_a_reader_reads_stays(one: str, other: str) -> None:
    assert in_common(f"The council says: {one}.", URL) != in_common(f"The council says: {other}.", URL)
