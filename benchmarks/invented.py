"""Invented press releases that read like real ones: Swedish or English, with figures, names and dates, and their edits.

Words come as often as in a language: some all the time, compounds seldom, registry numbers once.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable
from dataclasses import replace

from changes.release import Attachment, Block, BlockKind, Contact, Link, Notice, NoticeKind, Release, Stamp

_HEADS = [
    "arbets",
    "barn",
    "beredskaps",
    "bostads",
    "budget",
    "demokrati",
    "digital",
    "djur",
    "elektricitets",
    "energi",
    "export",
    "fastighets",
    "fiske",
    "försvars",
    "folkhälso",
    "forsknings",
    "fängelse",
    "förskole",
    "glesbygds",
    "grundskole",
    "gymnasie",
    "hamn",
    "havs",
    "hälso",
    "hyres",
    "idrotts",
    "industri",
    "infrastruktur",
    "integrations",
    "investerings",
    "järnvägs",
    "jordbruks",
    "jämställdhets",
    "klimat",
    "kollektivtrafik",
    "kommun",
    "konsument",
    "konkurrens",
    "kriminal",
    "kultur",
    "kust",
    "kärnkrafts",
    "landsbygds",
    "livsmedels",
    "luftfarts",
    "läkemedels",
    "lärar",
    "löne",
    "miljö",
    "minoritets",
    "modersmåls",
    "myndighets",
    "naturvårds",
    "närings",
    "omsorgs",
    "pensions",
    "person",
    "polis",
    "post",
    "premie",
    "rätts",
    "rymd",
    "sjukvårds",
    "skatte",
    "skogs",
    "skol",
    "skydds",
    "socialtjänst",
    "språk",
    "stads",
    "statistik",
    "student",
    "säkerhets",
    "tand",
    "teknik",
    "telekom",
    "tids",
    "tillsyns",
    "trafik",
    "trygghets",
    "tull",
    "turist",
    "underrättelse",
    "ungdoms",
    "universitets",
    "utbildnings",
    "utrikes",
    "vapen",
    "vatten",
    "val",
    "vindkrafts",
    "vård",
    "väg",
    "växt",
    "äldre",
    "ämbets",
    "åklagar",
    "återvinnings",
    "ödemarks",
    "översiktsplane",
]
_TAILS = [
    "avgift",
    "avtal",
    "anslag",
    "ansvar",
    "beslut",
    "bidrag",
    "byggnad",
    "checkning",
    "delegation",
    "direktiv",
    "enhet",
    "ersättning",
    "fond",
    "fråga",
    "förbud",
    "förordning",
    "förslag",
    "försök",
    "garanti",
    "granskning",
    "grupp",
    "gräns",
    "hantering",
    "inspektion",
    "insats",
    "institut",
    "kedja",
    "kommission",
    "konferens",
    "kontroll",
    "kostnad",
    "kris",
    "lag",
    "lån",
    "lösning",
    "mål",
    "marknad",
    "modell",
    "mottagning",
    "myndighet",
    "nivå",
    "nämnd",
    "område",
    "ordning",
    "organ",
    "paket",
    "plan",
    "plats",
    "politik",
    "premie",
    "program",
    "projekt",
    "prövning",
    "register",
    "reform",
    "regel",
    "resurs",
    "råd",
    "rådgivning",
    "rätt",
    "samarbete",
    "samordnare",
    "satsning",
    "skydd",
    "stöd",
    "strategi",
    "studie",
    "system",
    "säkerhet",
    "taxa",
    "tjänst",
    "tillstånd",
    "tillsyn",
    "trafik",
    "tvist",
    "underlag",
    "undersökning",
    "uppdrag",
    "uppgift",
    "utredning",
    "utveckling",
    "vecka",
    "verk",
    "verksamhet",
    "villkor",
    "värde",
    "yrke",
    "ärende",
    "åtgärd",
    "öppning",
    "översyn",
]
_ENDINGS = ("", "", "en", "er", "et", "ens", "erna", "s", "ar", "arna")
_ENGLISH = [
    "agency",
    "agreement",
    "agriculture",
    "airport",
    "allocation",
    "amendment",
    "authority",
    "benefit",
    "border",
    "budget",
    "business",
    "campaign",
    "capacity",
    "care",
    "ceiling",
    "charter",
    "child",
    "climate",
    "coast",
    "commission",
    "committee",
    "community",
    "compensation",
    "council",
    "country",
    "court",
    "credit",
    "crime",
    "culture",
    "deadline",
    "defence",
    "delegation",
    "deposit",
    "development",
    "directive",
    "disease",
    "district",
    "economy",
    "education",
    "election",
    "electricity",
    "emission",
    "employment",
    "energy",
    "enforcement",
    "enterprise",
    "environment",
    "estate",
    "expenditure",
    "export",
    "factory",
    "farmer",
    "fee",
    "fishery",
    "flood",
    "food",
    "forest",
    "framework",
    "fund",
    "funding",
    "gas",
    "grant",
    "growth",
    "guarantee",
    "guidance",
    "harbour",
    "health",
    "heritage",
    "hospital",
    "housing",
    "income",
    "industry",
    "inflation",
    "infrastructure",
    "inquiry",
    "inspection",
    "insurance",
    "investment",
    "labour",
    "law",
    "legislation",
    "levy",
    "library",
    "licence",
    "loan",
    "market",
    "measure",
    "medicine",
    "migration",
    "minister",
    "mission",
    "mortgage",
    "municipality",
    "museum",
    "nature",
    "network",
    "nuclear",
    "ordinance",
    "parliament",
    "partnership",
    "pension",
    "permit",
    "planning",
    "police",
    "policy",
    "pollution",
    "port",
    "poverty",
    "power",
    "price",
    "prison",
    "procurement",
    "programme",
    "property",
    "proposal",
    "prosecution",
    "protection",
    "provision",
    "railway",
    "rate",
    "recovery",
    "reform",
    "refugee",
    "region",
    "register",
    "regulation",
    "report",
    "research",
    "resource",
    "review",
    "river",
    "road",
    "safety",
    "sanction",
    "scheme",
    "school",
    "science",
    "sector",
    "security",
    "service",
    "settlement",
    "shipping",
    "standard",
    "station",
    "statistics",
    "strategy",
    "subsidy",
    "supply",
    "support",
    "survey",
    "sustainability",
    "tariff",
    "tax",
    "teacher",
    "technology",
    "tenant",
    "terrorism",
    "tourism",
    "trade",
    "training",
    "transport",
    "treaty",
    "tribunal",
    "tunnel",
    "university",
    "vaccine",
    "violence",
    "visa",
    "vote",
    "wage",
    "waste",
    "water",
    "welfare",
    "wildlife",
    "wind",
    "worker",
    "workplace",
    "youth",
]
_FIRST = [
    "Anna",
    "Birgitta",
    "Carl",
    "David",
    "Elin",
    "Fatima",
    "Gunnar",
    "Hanna",
    "Ingrid",
    "Johan",
    "Karin",
    "Lars",
    "Maria",
    "Nils",
    "Olivia",
    "Per",
    "Rebecka",
    "Sara",
    "Tomas",
    "Ulla",
    "Viktor",
    "Ylva",
    "Zahra",
    "Åke",
    "Åsa",
    "Örjan",
    "Agnes",
    "Bo",
    "Cecilia",
    "Daniel",
    "Erik",
    "Frida",
    "Greta",
    "Hugo",
    "Ida",
    "Jonas",
    "Kerstin",
    "Leif",
    "Mona",
]
_LAST = [
    "Alm",
    "Berg",
    "Dahl",
    "Ek",
    "Fors",
    "Gran",
    "Hed",
    "Lind",
    "Lund",
    "Moberg",
    "Norén",
    "Palm",
    "Rosén",
    "Sjö",
    "Sten",
    "Strand",
    "Ström",
    "Sund",
    "Vik",
    "Åkes",
    "Öst",
    "Ceder",
    "Hag",
    "Holm",
    "Käll",
    "Malm",
    "Näs",
    "Rud",
    "Sand",
    "Wall",
]
_ENDS = ["berg", "dal", "felt", "gren", "holm", "lund", "man", "mark", "qvist", "roth", "stedt", "ström", "vall", "son"]
_PLACES = [
    f"{head}{tail}"
    for head in [
        "Al",
        "Bo",
        "Eks",
        "Fal",
        "Grön",
        "Hall",
        "Järv",
        "Kals",
        "Lid",
        "Mark",
        "Nor",
        "Os",
        "Rim",
        "Säf",
        "Tor",
        "Ulr",
        "Vax",
        "Ytter",
        "Åm",
        "Älv",
        "Öd",
    ]
    for tail in [
        "berga",
        "by",
        "dala",
        "fors",
        "hult",
        "köping",
        "landa",
        "mora",
        "näs",
        "sjö",
        "stad",
        "torp",
        "vik",
        "åsa",
    ]
]
_MONTHS = [
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
]
_ENGLISH_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_SAYINGS = (
    "Regeringen har beslutat om {N} och {N}.",
    "Regeringen ger {A} i uppdrag att se över {N} i {K}.",
    "Förslaget innebär att {F} miljoner kronor avsätts för {N}.",
    "– Det här är ett viktigt steg för {N}, säger {M}.",
    "– Vi har lyssnat på dem som arbetar med {N} och går nu vidare, säger {M}.",
    "Sammanlagt omfattas {F} personer av {N}, en ökning med {P} procent.",
    "Uppdraget ska redovisas senast den {D}.",
    "Ändringarna i {N} föreslås träda i kraft den {D}.",
    "{A} får {F} miljoner kronor för att stärka {N} och {N}.",
    "Bakgrunden är att {N} har ökat i {K} och {K} under de senaste åren.",
    "Remisstiden går ut den {D}, och synpunkter på {N} lämnas till {A}.",
    "Enligt {A} har {N} minskat med {P} procent sedan {Y}.",
    "I {K} berörs {F} hushåll av {N}.",
    "Utredningen om {N} överlämnades i dag till {M}.",
    "Stödet till {N} förlängs till och med den {D}.",
    "Satsningen på {N} är en del av överenskommelsen om {N}.",
    "Till särskild utredare utses {W}, tidigare chef för {N}.",
    "Beslutet fattades den {D} och har diarienummer {R}.",
    "Kommunerna {K}, {K} och {K} ingår i försöket med {N}.",
    "Frågan om {N} bereds vidare i Regeringskansliet.",
)
_ENGLISH_SAYINGS = (
    "The Government has decided on {N} and {N}.",
    "The Government is instructing {A} to review {N} in {K}.",
    "SEK {F} million will be allocated to {N}.",
    "“This is an important step for {N},” says {M}.",
    "In total, {F} people are covered by {N}, an increase of {P} per cent.",
    "The assignment is to be presented no later than {D}.",
    "The amendments to {N} are proposed to enter into force on {D}.",
    "{A} will receive SEK {F} million to strengthen {N} and {N}.",
    "The background is that {N} has grown in {K} since {Y}.",
    "Comments on {N} are to be submitted to {A} by {D}.",
    "{W} has been appointed to lead the inquiry on {N}.",
    "The decision was taken on {D} and has reference number {R}.",
)
_TITLES = (
    "Nya regler för {N}", "{F} miljoner till {N}", "Regeringen satsar på {N} i {K}", "{A} får i uppdrag att stärka {N}",
    "Pressträff om {N}", "Utredning om {N} och {N}", "{M} besöker {K}", "Förslag om {N} ut på remiss",
)  # fmt: skip
_ENGLISH_TITLES = (
    "New rules for {N}", "SEK {F} million for {N}", "{M} to visit {K}", "Inquiry on {N} and {N}",
    "Government invests in {N} in {K}", "{A} to strengthen {N}",
)  # fmt: skip


class Newsroom:
    """One office's invented releases, and what becomes of them: the same seed tells the same."""

    def __init__(self, seed: int, *, english: bool = False) -> None:
        self.chance = random.Random(seed)
        self.english = english
        self.nouns = list(_ENGLISH) if english else compounds()
        order = random.Random(11)  # the same words are common everywhere
        order.shuffle(self.nouns)
        self._weights = list(itertools.accumulate(1 / (rank + 9) for rank in range(len(self.nouns))))
        names = random.Random(seed)
        self.people = [_person(names) for _ in range(60)]
        self.ministers = [_person(names) for _ in range(12)]
        departments = names.sample(compounds(), 9)
        self.senders = [f"{name.capitalize().removesuffix('s')}departementet" for name in names.sample(_HEADS, 9)]
        self.agencies = [f"{name.capitalize()}verket" for name in departments]
        if english:
            self.senders = [f"Ministry of {name.capitalize()}" for name in names.sample(_ENGLISH, 9)]
            self.agencies = [f"the {name.capitalize()} Agency" for name in names.sample(_ENGLISH, 9)]
        self._slots: dict[str, Callable[[], str]] = {
            "N": self.noun,
            "A": lambda: self.chance.choice(self.agencies),
            "K": lambda: self.chance.choice(_PLACES),
            "M": lambda: f"{'Minister' if self.english else 'statsrådet'} {self.chance.choice(self.ministers)}",
            "W": lambda: _person(self.chance),
            "F": self.figure,
            "P": lambda: f"{self.chance.randint(1, 40)}{',' if not english else '.'}{self.chance.randint(1, 9)}",
            "Y": lambda: str(self.chance.randint(1998, 2024)),
            "D": self.day,
            "R": lambda: (
                f"{self.chance.choice(_HEADS)[:2].capitalize()}{self.chance.randint(2015, 2024)}/{self.chance.randint(1, 9999):05}"
            ),
        }

    def noun(self) -> str:
        return self.chance.choices(self.nouns, cum_weights=self._weights)[0]

    def figure(self) -> str:
        number = int(self.chance.lognormvariate(4, 2)) + 2
        return f"{number:,}".replace(",", "," if self.english else " ")

    def day(self) -> str:
        day, month = self.chance.randint(1, 28), self.chance.randrange(12)
        return f"{day} {(_ENGLISH_MONTHS if self.english else _MONTHS)[month]}"

    def sentence(self) -> str:
        return self._say(self.chance.choice(_ENGLISH_SAYINGS if self.english else _SAYINGS))

    def release(self, at: dt.datetime) -> Release:
        """A release of a day: five paragraphs or so."""
        chance = self.chance
        body = [paragraph(" ".join(self.sentence() for _ in range(chance.randint(1, 4)))) for _ in range(5)]
        if chance.random() < 0.3:
            said = self.noun().capitalize()
            body.insert(2, Block(kind=BlockKind.HEADING, text=said, markdown=f"## {said}", level=2))
        title = self._say(chance.choice(_ENGLISH_TITLES if self.english else _TITLES))
        return Release(
            title=title[0].upper() + title[1:],
            lead=self.sentence(),
            body=tuple(body),
            published=Stamp(raw=f"{at:%Y-%m-%d}", day=at.date()),
            kind="Press release" if self.english else "Pressmeddelande",
            senders=(chance.choice(self.senders),),
            contacts=tuple(self._contact() for _ in range(chance.randint(0, 2))),
            attachments=tuple(self._file() for _ in range(int(chance.random() < 0.2))),
            categories=(self.noun(),),
            language="en" if self.english else "sv",
        )

    def edited(self, release: Release, at: dt.datetime) -> Release:
        """The release after an edit of some kind, as its page says it at a time."""
        edits = (self._other_figure, self._other_word, self._misspelt, self._longer, self._shorter, self._titled,
                 self._other_contact, self._other_file, self._relinked, self._marked)  # fmt: skip
        [edit] = self.chance.choices(edits, weights=(24, 20, 8, 14, 8, 8, 8, 4, 3, 3))
        found = edit(release)
        if found == release:
            found = self._other_word(release)
        if self.chance.random() < 0.3:
            return replace(found, updated=Stamp(raw=f"{at:%Y-%m-%d %H:%M}", day=at.date(), at=at))
        return found

    def _say(self, pattern: str) -> str:
        parts = pattern.split("{")
        return parts[0] + "".join(self._slots[part[0]]() + part[2:] for part in parts[1:])

    def _other_figure(self, release: Release) -> Release:
        return self._in_words(release, lambda word: word[0].isdigit(), lambda _: self.figure())

    def _other_word(self, release: Release) -> Release:
        return self._in_words(release, lambda word: word.isalpha() and len(word) > 5, lambda _: self.noun())

    def _misspelt(self, release: Release) -> Release:
        return self._in_words(release, lambda word: word.isalpha() and len(word) > 6, lambda word: word[:3] + word[4:])

    def _in_words(self, release: Release, fits: Callable[[str], bool], other: Callable[[str], str]) -> Release:
        at = self.chance.randrange(len(release.body))
        words = release.body[at].text.split(" ")
        if not (places := [place for place, word in enumerate(words) if word and fits(word)]):
            return release
        place = self.chance.choice(places)
        words[place] = other(words[place])
        return replace(release, body=(*release.body[:at], paragraph(" ".join(words)), *release.body[at + 1 :]))

    def _longer(self, release: Release) -> Release:
        at = self.chance.randint(0, len(release.body))
        return replace(release, body=(*release.body[:at], paragraph(self.sentence()), *release.body[at:]))

    def _shorter(self, release: Release) -> Release:
        if len(release.body) < 4:
            return self._longer(release)
        at = self.chance.randrange(len(release.body))
        return replace(release, body=(*release.body[:at], *release.body[at + 1 :]))

    def _titled(self, release: Release) -> Release:
        corrected = "Correction: " if self.english else "Rättelse: "
        if not release.title.startswith(corrected) and self.chance.random() < 0.4:
            return replace(release, title=corrected + release.title)
        return replace(release, title=release.title.removeprefix(corrected) + f" – {self.noun()}")

    def _other_contact(self, release: Release) -> Release:
        return replace(release, contacts=(*release.contacts[1:], self._contact()))

    def _other_file(self, release: Release) -> Release:
        return replace(release, attachments=(*release.attachments[1:], self._file()))

    def _relinked(self, release: Release) -> Release:
        block = release.body[0]
        words = block.text.split(" ")[:2]
        link = Link(text=" ".join(words), url=f"https://example.org/{self.noun()}/{self.chance.randint(1, 99999)}")
        return replace(release, body=(replace(block, links=(link,)), *release.body[1:]))

    def _marked(self, release: Release) -> Release:
        if release.notices:
            return replace(release, notices=())
        line = "Innehållet publicerades under perioden 3 oktober 2014 – 18 oktober 2022"
        period = (dt.date(2014, 10, 3), dt.date(2022, 10, 18))
        kind = NoticeKind.ARCHIVED if self.chance.random() < 0.8 else NoticeKind.WITHDRAWN
        return replace(release, notices=(Notice(kind=kind, text=line, period=period),))

    def _contact(self) -> Contact:
        name = self.chance.choice(self.people)
        phone = f"+46 8 {self.chance.randint(100, 999)} {self.chance.randint(10, 99)} {self.chance.randint(10, 99)}"
        email = f"{name.lower().replace(' ', '.')}@press.example"
        role = "Press secretary" if self.english else "Pressekreterare"
        return Contact(text=f"{name} {role} {phone} {email}", name=name, role=role, phones=(phone,), email=email)

    def _file(self) -> Attachment:
        name = f"{self.noun()} {self.chance.randint(2015, 2024)}"
        return Attachment(url=f"https://files.example/{name.replace(' ', '-')}.pdf", name=name, size="pdf 120 kB")


def compounds() -> list[str]:
    """Swedish words of two parts, with their endings: some tens of thousands."""
    return [f"{head}{tail}{end}" for head in _HEADS for tail in _TAILS for end in dict.fromkeys(_ENDINGS)]


def paragraph(text: str) -> Block:
    """A paragraph that says this."""
    return Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text)


def _person(chance: random.Random) -> str:
    return f"{chance.choice(_FIRST)} {chance.choice(_LAST)}{chance.choice(_ENDS)}"
