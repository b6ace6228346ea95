"""Headings of error pages, and headings of releases that sound like them."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from crawler.reading.error_words import plainly, slightly, titled

if TYPE_CHECKING:
    from pathlib import Path

ERRORS = """
Sidan är inte tillgänglig | Vi hittar inte sidan du söker | Sidan du letar efter kunde inte hittas
Sidan du försöker nå finns inte längre | Det gick inte att hitta sidan | Tyvärr, sidan finns inte längre
Sidan har flyttats eller tagits bort | Hoppsan! Sidan finns inte | Sidan hittades inte (404) | 404 - Sidan hittades inte
Felkod 404 - sidan finns inte | 404: Not Found | Error 404 - Page Not Found | The page you are looking for doesn't exist
We can't find the page you're looking for | This page is no longer available | The resource cannot be found.
Siden kunne ikke findes | Vi fant ikke siden du lette etter | Hakemaasi sivua ei löydy | Seite nicht gefunden
Page non trouvée | Webbplatsen är nere för underhåll | Webbplatsen är tillfälligt otillgänglig på grund av underhåll
Vi har just nu tekniska problem | Ett oväntat fel har inträffat | Oj, här blev det fel | 500 - Internt serverfel
HTTP Error 503. The service is unavailable. | Whoops, looks like something went wrong. | Noe gikk galt
Din begäran har blockerats | Förfrågan blockerad | Du saknar behörighet | 403 - Forbidden: Access is denied.
Access to this page has been denied | Adgang nægtet | Pääsy estetty | Zugriff verweigert | Accès refusé
Bekräfta att du inte är en robot | Kontrollerar din webbläsare | Making sure you're not a bot! | Verify you are human
För många förfrågningar | Du måste logga in | Session expired | Den här webbplatsen använder kakor
"""

RELEASES = """
Ett fel i lagen rättas | Tekniska problem i polisens it-system utreds | Åtkomst till e-recept blir enklare
Regeringen utreder underhåll av försvarets fartyg | Säkerhetskontroller på flygplatser | Samtycke krävs vid sex
Vi arbetar med att minska brottsligheten | Vi kontrollerar att reglerna följs | Inloggning med e-legitimation
Sida kan inte bära allt ansvar | Länken mellan forskning och näringsliv | Dokumentet finns inte bara på svenska
Tjänsten som generaldirektör är ledig | Ett ögonblick av stillhet | Något gick fel i Kalix | 404 miljoner till skolan
Access to justice | Content of the agreement | Site visit to Kiruna | Request for proposals | Nekad ersättning kan överklagas
Adressen till välfärden | Blockerade tillgångar till Ukraina | Driftstöd till elnät | Robotar i vården
Sidan 404 | Ny lag om kakor på webben | Webbplatsen krisinformation.se förnyas | Tillgång till vård
"""


def _all(text: str) -> list[str]:
    return [one.strip() for line in text.strip().split("\n") for one in line.split(" | ")]


@pytest.mark.parametrize("heading", _all(ERRORS))
def test_an_error_pages_heading_says_so(heading: str) -> None:
    assert plainly(heading)
    assert titled(f"{heading} | Myndigheten", "Myndigheten")


@pytest.mark.parametrize("heading", _all(RELEASES))
def test_a_releases_heading_does_not(heading: str) -> None:
    assert plainly(heading) is None
    assert slightly(heading) is None
    assert titled(f"{heading} - Regeringen.se", heading) is None


def test_what_repeats_the_heading_in_a_title_says_nothing_more() -> None:
    assert (
        titled("Access denied - rapport om tillgänglighet | Gov", "Access denied - rapport om tillgänglighet") is None
    )
    assert titled("Access denied | Gov", "Gov")


def test_no_title_of_a_real_release_sounds_like_an_error(shared: Path) -> None:
    titles: set[str] = set()
    for file in sorted((shared / "replay").glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            titles.update(state["title"] for line in lines for state in json.loads(line)["states"])
    with (shared / "data/us_mn_ag_press/truth.jsonl").open(encoding="utf-8") as lines:
        titles.update(json.loads(line)["page_h1"] or "" for line in lines)
    with (shared / "data/govuk_listing_series/truth.jsonl").open(encoding="utf-8") as lines:
        titles.update(item["title"] for line in lines for item in json.loads(line)["items"])
    assert len(titles) > 1000
    assert {title for title in titles if plainly(title) or slightly(title)} == set()
