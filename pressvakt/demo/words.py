"""The demo site's own words in its two languages, and its dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
}


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the site says around its releases."""

    language: str
    site: str
    releases: str
    home: str
    other: tuple[str, str]  #: name and address of the other language
    from_: str
    published: str
    updated: str
    contact: str
    contact_new: str  #: after the redesign
    phone: str
    files: str
    latest: str
    ago: str
    share: str
    readers: str
    archived: str
    withdrawn: str
    left: str
    left_line: str
    next: str
    missing: str
    missing_more: str
    invented: str


ENGLISH = Words(
    language="en",
    site="Government of Skerland",
    releases="Press releases",
    home="/en/press-releases/",
    other=("Svenska", "/pressmeddelanden/"),
    from_="from",
    published="Published",
    updated="Updated",
    contact="Press contact",
    contact_new="For journalists",
    phone="Phone",
    files="Download",
    latest="Latest",
    ago="{} minutes ago",
    share="Share",
    readers="{} people are reading this page",
    archived="This content was published in the period between {} and {}",
    withdrawn="This press release was withdrawn on {}. Reason: {}",
    left="Ministers on this page who have left the Government",
    left_line="Between {} and {} {}.",
    next="Older releases",
    missing="Page not found",
    missing_more="The page you asked for cannot be found. It may have been moved or removed.",
    invented="Skerland is invented, and so is everyone in it. <code>pressvakt demo</code> serves these pages"
    " on your own machine.",
)

SWEDISH = Words(
    language="sv",
    site="Skärlands regering",
    releases="Pressmeddelanden",
    home="/pressmeddelanden/",
    other=("English", "/en/press-releases/"),
    from_="från",
    published="Publicerad",
    updated="Uppdaterad",
    contact="Presskontakt",
    contact_new="För journalister",
    phone="Telefon",
    files="Ladda ner",
    latest="Senaste nytt",
    ago="för {} minuter sedan",
    share="Dela",
    readers="{} personer läser den här sidan",
    archived="Innehållet publicerades under perioden {} till den {}",
    withdrawn="Det här pressmeddelandet återkallades den {}. Skäl: {}",
    left="Statsråd på denna sida som har entledigats",
    left_line="Mellan den {} och den {} {}.",
    next="Äldre pressmeddelanden",
    missing="Sidan kan inte hittas",
    missing_more="Sidan du söker kan inte hittas. Den kan ha flyttats eller tagits bort.",
    invented="Skärland är påhittat, och alla i det också. <code>pressvakt demo</code> visar sidorna på din egen dator.",
)


def words_of(language: str) -> Words:
    """The words of `en` or `sv`."""
    return SWEDISH if language == "sv" else ENGLISH


def spoken(day: dt.date, language: str) -> str:
    """A day as the site prints it: `9 September 2026`, `9 september 2026`."""
    return f"{day.day} {_MONTHS[language].split()[day.month - 1]} {day.year}"
