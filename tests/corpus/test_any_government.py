"""Real pages of sites that nobody prepared, held against what others say of them. The floors may only rise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import labelled
from benchmarks.labelled import Figure

#: How many are right of each figure, in the order in which the set gives them.
FLOORS: dict[str, tuple[Callable[[Path], list[Figure]], tuple[int, ...]]] = {
    "us_mn_ag_press": (labelled.minnesota, (103, 102)),
    "edgi_pairs": (labelled.edgi, (3, 3)),
    "uk_covid_page_series": (labelled.covid, (99, 0)),
    "govuk_listing_series": (labelled.listing, (27, 14, 12)),
    "govuk_content_items": (labelled.content_items, (11, 12, 47)),
    "us_whitehouse_feed": (labelled.white_house, (54, 22)),
}


@pytest.mark.parametrize("name", FLOORS)
def test_pages_without_a_profile_are_read_and_compared_as_labelled(shared: Path, name: str) -> None:
    measure, floors = FLOORS[name]
    figures = measure(shared / "data" / name)

    assert [(figure.name, figure.right >= floor) for figure, floor in zip(figures, floors, strict=True)] == [
        (figure.name, True) for figure in figures
    ]
    assert all(figure.good for figure in figures), [figure.wrong for figure in figures if not figure.good]


def test_edits_of_terms_are_found_and_their_noise_is_not(shared: Path) -> None:
    """A tenth of the pairs: `python -m benchmarks.corpora` has them all."""
    found, of_visible, noise = labelled.terms(shared / "data" / "ota_noise_vs_change", every=10)

    assert of_visible.good, found.wrong
    assert noise.wrong == ()
