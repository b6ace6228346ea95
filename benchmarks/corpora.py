"""How pages of sites that nobody prepared are read and compared, held against labelled captures of real ones.

    python -m benchmarks.corpora [--only NAME]

Prints each figure beside its goal, and each miss and each false alarm with what it is. The captures lie beside the
checkout, in ../shared/data; a set that is not there is passed over. 1 where a goal is missed.

Pairs are judged as the product judges them: in an archive of their own, a crawl a capture. What a first look leaves in
doubt (another page in its place, half a page) is told when a second look finds it so: an edit counts as found from the
second look on, noise counts as an alarm from the first.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import labelled

SHARED = Path(__file__).resolve().parents[2] / "shared"


SETS: dict[str, Callable[[Path], list[labelled.Figure]]] = {
    "us_mn_ag_press": labelled.minnesota,
    "ota_noise_vs_change": labelled.terms,
    "edgi_pairs": labelled.edgi,
    "uk_covid_page_series": labelled.covid,
    "govuk_listing_series": labelled.listing,
    "govuk_content_items": labelled.content_items,
    "us_whitehouse_feed": labelled.white_house,
}


def main() -> int:
    """Measure each set and print its figures; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=sorted(SETS), help="this set alone")
    options = parser.parse_args()
    good = True
    for name, measure in SETS.items():
        if options.only not in (None, name):
            continue
        folder = SHARED / "data" / name
        if not folder.is_dir():
            print(f"{name}: not beside the checkout, passed over")
            continue
        for figure in measure(folder):
            good = good and figure.good
            print(f"{name:22} {figure}")
            for line in figure.wrong:
                print(f"    {line}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
