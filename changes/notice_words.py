"""The words with which sites mark a page as archived, withdrawn, or naming someone who has left office.

Every pattern is matched against a whole line, whatever its case: a text that merely speaks of archives or dismissals
is left alone. `{D}` is a date, `{P}` a period whose dates may be missing, `{G}` a government, `{R}` the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

#: Months by name, in the languages below. Where two languages share a word it is the same month.
MONTHS: dict[str, int] = {
    word: number
    for row in (
        "januari februari mars april maj juni juli augusti september oktober november december",
        "january february march april may june july august september october november december",
        "januar februar mars april mai juni juli august september oktober november desember",
        "januar februar marts april maj juni juli august september oktober november december",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "januari februari maart april mei juni juli augustus september oktober november december",
        (
            "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta"
            " marraskuuta joulukuuta"
        ),
        "jan feb mar apr maj jun jul aug sep okt nov dec",
        "jan feb mar apr may jun jul aug sept oct nov dec",
    )
    for number, word in enumerate(row.split(), start=1)
}
_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))

#: A date, its year perhaps missing.
DATE = (
    rf"(?i:[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{1,2}}(?:\.|:e|:a|st|nd|rd|th)? (?:{_NAMES})\.?(?:,? [0-9]{{4}})?"
    rf"|(?:{_NAMES})\.? [0-9]{{1,2}}(?:st|nd|rd|th)?(?:,? [0-9]{{4}})?|[0-9]{{1,2}}\.[0-9]{{1,2}}\.[0-9]{{4}})"
)
_ON = r"(?:(?:fr\.o\.m\.|(?:från och med|från|from|between|mellan|den|the|am|le|du|au|on|op)\b) ?)*"
_TO = (
    r"(?:till och med|t\.o\.m\.|til og med|til|till|och|og|and|until|to|through|bis|und|et|au|jusqu'au|tot en met|tot|en"
    r"|–|—|-)"
)
#: A period: two dates, one of them, or the bare words between them where the dates were lost.
PERIOD = rf"{_ON}(?P<since>{DATE})?(?: ?{_TO} ?{_ON}(?P<until>{DATE})?)?"

#: The page itself, and not some text or file that a body speaks of.
_SV_THIS = (
    r"(?:(?:det här|detta|den här|denna) (?:webb)?(?:innehåll|sida(?:n)?|sidan|information(?:en)?|material(?:et)?"
    r"|artikel(?:n)?|pressmeddelande(?:t)?|dokument(?:et)?|text(?:en)?|nyhet(?:en)?|uttalande(?:t)?|plats(?:en)?)"
    r"|(?:webb)?sidan|innehållet(?: på (?:denna|den här) (?:webb)?sida(?:n)?)?|pressmeddelandet|artikeln)"
)
_EN_THIS = (
    r"(?:this (?:(?:web)? ?page|content|information|article|press release|news (?:release|story|article|item)|release|text"
    r"|material|document|statement|speech|(?:web)?site|publication)|the (?:content|information) on this (?:web)?(?:page|site)"
    r"|the (?:page|content|press release))"
)
_SV_PAGE = (
    r"(?:(?:det här |detta |den här |denna )?(?:innehåll(?:et)?|sida(?:n)?|webbsida(?:n)?|information(?:en)?|material(?:et)?"
    r"|artikel(?:n)?|pressmeddelande(?:t)?|dokument(?:et)?|text(?:en)?|nyhet(?:en)?|uttalande(?:t)?|webbplats(?:en)?)"
    r"(?: på (?:denna|den här) (?:webb)?sida(?:n)?)?)"
)
_EN_PAGE = (
    r"(?:(?:this|the|these) (?:content|contents|(?:web ?|archived )?page|information|article|press release|news (?:release|story|article|item)"
    r"|release|text|material|document|statement|speech|site|website|publication)(?: on this (?:web)?page)?)"
)
_NO_PAGE = r"(?:(?:dette |denne |den her )?(?:innhold(?:et)?|innhaldet|indhold(?:et)?|side(?:n|en)?|pressemelding(?:en|a)?|pressemeddelelse(?:n)?|artikkel(?:en)?|artikel|artiklen)(?: på denne side[n]?)?)"
_DE_PAGE = r"(?:(?:dieser?|diese|dieses|der|die|das) (?:inhalt|inhalte|seite|meldung|pressemitteilung|internetseite|webseite|artikel|beitrag))"
#: What may stand behind the words that count: a further sentence or clause, not a new subject.
_MORE = r"(?:[.!,;:–-].{0,300}| (?:och|sedan|den|från|efter|and|on|since|for|as|og|siden|und|et|depuis|ja|en|sinds) .{0,250})?"

ARCHIVED: dict[str, tuple[str, ...]] = {
    "sv": (
        (rf"{_SV_PAGE} (?:publicerades|var publicerat|var publicerad|är publicerat|är publicerad|har publicerats|har varit publicerat)"
        r" (?:under (?:tids)?perioden|under tiden|mellan|under åren)(?: (?:för )?(?P<government>regeringen [\w ]{2,40}?))?:? ?{P}"),
        rf"{_SV_PAGE} (?:publicerades|är publicerat|är publicerad|publicerat) (?:under|av) (?P<government>regeringen [\w ]{{2,60}}|en tidigare regering|den tidigare regeringen)(?: {{P}})?",
        rf"{_SV_THIS} (?:är|har blivit) arkivera[dt]{_MORE}",
        rf"{_SV_THIS} (?:har )?arkivera(?:ts|des){_MORE}",
        r"(?:detta|det här) är (?:en |ett )?arkivera[dt][et]? (?:webb)?(?:sida|material|innehåll|pressmeddelande|artikel|dokument|information)" + _MORE,
        r"arkivera[dt] (?:sida|innehåll|material|information|pressmeddelande|webbsida|artikel)",
        r"arkivera[dt](?: sedan)?:? {D}",
        rf"{_SV_THIS} uppdateras inte längre{_MORE}",
    ),
    "en": (
        rf"{_EN_PAGE} (?:was|were|has been|have been|is) published (?:in|during|for|within)? ?the (?:period|time)(?: of| between| from)?:? ?{{P}}",
        rf"{_EN_PAGE} (?:was|were|has been) published (?:between|from) {{P}}",
        r"this(?: [\w-]+){0,3} (?:was|is) published under the (?P<government>.{3,120}? government)",
        r"published under:? (?P<government>(?:the )?[^.]{3,60}?(?:['’]s?)? government)",
        rf"{_EN_THIS} (?:has been|was|is) (?:now )?archived{_MORE}",
        r"this is (?:an )?archived (?:page|content|press release|article|version|site|website|document|information|material)" + _MORE,
        r"(?:you are (?:viewing|now viewing|looking at):? )?archived (?:content|page|information|press release|material)(?:[.:] ?(?:information released online from {P})?.{0,200})?",
        r"information released online from {P}.{0,120}",
        rf"{_EN_THIS} is no longer (?:being )?(?:updated|maintained|current){_MORE}",
        r"(?:this is )?historical (?:material|content)(?:[ ,:“\"'‘]+frozen in time.{0,200})?",
        r"(?:epa['’]s web archive: this content is not maintained.{0,300}|content in epa['’]s web archive is no longer being updated.{0,300})",
        r"a new .{0,20}government took office on {D}\. as a result the content on this site may not reflect current government policy.{0,120}",
        r"information identified as archived is provided for reference.{0,300}",
    ),
    "nb": (
        r"(?:publisert|utgitt) under:? (?P<government>(?:regjeringen|.{2,60}?regjering).{0,60})",
        rf"{_NO_PAGE} er (?:meir|mer) enn [0-9]{{1,2}} år gam(?:malt|melt|mal|mel).{{0,120}}",
        rf"{_NO_PAGE} (?:er|har blitt|ble|blei) arkiver[ta]?[t]?{_MORE}",
        rf"{_NO_PAGE} ble publisert (?:i perioden|mellom) {{P}}",
        r"arkivert innh[oa]ld",
    ),
    "da": (
        rf"{_NO_PAGE} (?:på denne side )?vedrører (?P<government>regeringen .{{2,60}}?)(?: \([0-9]{{4}}[–-][0-9]{{2,4}}\))?",
        rf"{_NO_PAGE} (?:er|er blevet|blev) arkiveret{_MORE}",
        rf"{_NO_PAGE} (?:blev|er) (?:publiceret|offentliggjort) (?:i perioden|mellem) {{P}}",
        r"arkiveret indhold",
    ),
    "de": (
        rf"{_DE_PAGE} (?:ist|wurde) archiviert{_MORE}",
        rf"{_DE_PAGE} (?:stammt aus|gehört zu) (?:dem archiv|der (?:amtszeit|legislaturperiode)).{{0,120}}",
        rf"{_DE_PAGE} wurde (?:im zeitraum|zwischen|in der zeit|vom) {{P}} veröffentlicht",
        r"(?:archivierter inhalt|archivinhalt|archivierte seite|archivierte pressemitteilung)",
        r"sie befinden sich im archiv.{0,120}",
    ),
    "fr": (
        r"(?:cette page|ce contenu|ce communiqué|cet article) (?:est|a été) archivée?" + _MORE,
        r"(?:cette page|ce contenu|ce communiqué|cet article) a été publiée? (?:sous|pendant) (?P<government>le gouvernement .{2,60})",
        r"(?:cette page|ce contenu|ce communiqué|cet article) a été publiée? (?:entre|pendant la période|du) {P}",
        r"(?:contenu archivé|page archivée)",
    ),
    "fi": (
        r"(?:tämä )?(?:sivu|sisältö|tiedote) on (?:arkistoitu|arkistossa)" + _MORE,
        r"(?:arkistoitu (?:sisältö|sivu|tiedote))",
        r"julkaistu (?P<government>.{2,60}? hallituksen) aikana",
    ),
    "nl": (
        r"(?:deze pagina|dit bericht|deze inhoud|dit document) is gearchiveerd" + _MORE,
        r"gearchiveerde? (?:pagina|inhoud|bericht)",
    ),
}  # fmt: skip

WITHDRAWN: dict[str, tuple[str, ...]] = {
    "sv": (
        (r"(?:(?:detta|det här|denna|den här) )(?:pressmeddelande|sida|artikel|uttalande|information|nyhet|dokument|webbsida)n?"
        r" (?:har|är) (?:dragits tillbaka|tillbakadrage[nt]|återkalla(?:ts|[dt])|återtagits|avpublicera(?:ts|[dt]))(?: (?:den )?{D})?{R}"),
        r"(?:pressmeddelandet|sidan|uttalandet|artikeln) (?:har|är) (?:dragits tillbaka|återkalla(?:ts|[dt])|återtagits|avpublicera(?:ts|[dt]))(?: (?:den )?{D})?{R}",
        r"(?:återkallat|tillbakadraget) pressmeddelande",
    ),
    "en": (
        r"this(?: [\w-]+){1,4} (?:was|has been|is) (?:withdrawn|retracted|recalled|rescinded)(?: on {D})?{R}",
        r"(?:the press release|the news release) (?:was|has been) (?:withdrawn|retracted|recalled)(?: on {D})?{R}",
        r"withdrawn(?: on)?:? {D}",
        r"(?:withdrawn|retracted) (?:press release|news release|statement)",
    ),
    "nb": (r"(?:denne |dette )?(?:pressemeldingen|siden|artikkelen|saken) (?:er|ble) trukket(?: tilbake)?(?: {D})?{R}",),
    "da": (r"(?:denne )?(?:pressemeddelelse(?:n)?|side(?:n)?|artikel) (?:er|er blevet|blev) trukket tilbage(?: {D})?{R}",),
    "de": (r"(?:diese|die) (?:pressemitteilung|meldung|seite) (?:wurde|ist)(?: am {D})? (?:zurückgezogen|zurückgenommen){R}",),
    "fr": (r"(?:ce communiqué|cette page|cet article) a été retirée?(?: le {D})?{R}",),
    "fi": (r"(?:tämä )?tiedote on (?:peruttu|peruutettu|vedetty pois)(?: {D})?{R}",),
    "nl": (r"(?:dit (?:pers)?bericht|deze pagina) is ingetrokken(?: op {D})?{R}",),
}  # fmt: skip

#: Headings over lines about ministers: what they have in common stands as the reason of each.
HEADING: dict[str, tuple[str, ...]] = {
    "sv": (
        (r"(?:statsråd(?:et|en)?|minist(?:er|rar|rarna|ern)|personer|befattningshavare|företrädare) (?:på|som nämns på)"
        r" (?:denna|den här) (?:webb)?sida(?:n)? som (?P<reason>(?:har|inte längre|är inte längre|har inte längre|lämnat)\b.{3,80})"),
    ),
    "en": (
        (r"(?:ministers?|(?:government )?officials?|people|persons?|office-?holders?) (?:(?:named|mentioned) )?on this (?:web)?page"
        r" (?:who|that) (?P<reason>(?:have|has|are|is|left)\b.{3,80})"),
    ),
}  # fmt: skip

_NAME = r"(?P<person>(?:[A-ZÅÄÖÉÜÆØ][\w'’.-]+ ){1,4}(?:(?:von|af|de|van) )?[A-ZÅÄÖÉÜÆØ][\w'’-]+)"
_ROLE = r"(?P<role>.{3,140}?)"
#: Lines below such a heading. Here case counts: a name begins with a capital.
PERSON: dict[str, tuple[str, ...]] = {
    "sv": (
        rf"(?:Mellan|Under perioden|Under tiden) (?:den )?{{P}} ?var (?:(?:hon|han|hen|de)|{_NAME}) {_ROLE}\.?",
        rf"{_NAME} är sedan (?:den )?(?P<since>{DATE}) {_ROLE}\.?",
        rf"{_NAME} har bytt ansvarsområde[,.]? [Ff]rån (?:och med )?(?:den )?(?P<since>{DATE}) är (?:hon|han|hen) {_ROLE}\.?",
        rf"(?:Sedan|Från|Från och med) (?:den )?(?P<since>{DATE}) är (?:(?:hon|han|hen)|{_NAME}) {_ROLE}\.?",
        rf"(?:{_NAME}|[Hh]on|[Hh]an|[Hh]en) (?:lämnade|entledigades från) (?:uppdraget som |sitt uppdrag som )?{_ROLE} (?:den )?(?P<until>{DATE})\.?",
    ),
    "en": (
        rf"(?:Between|From|In the period(?: between)?) (?:the )?{{P}},? ?(?:(?:she|he|they)|{_NAME}) (?:was|were) {_ROLE}\.?",
        rf"{_NAME} has been {_ROLE} since (?P<since>{DATE})\.?",
        rf"{_NAME} has changed areas? of responsibility[,.]? (?:[Ff]rom|[Ss]ince) (?P<since>{DATE}),? (?:she|he|they) (?:is|are) {_ROLE}\.?",
        rf"(?:From|Since) (?P<since>{DATE}),? (?:(?:she|he|they)|{_NAME}) (?:is|has been) {_ROLE}\.?",
    ),
}  # fmt: skip

#: Lines that stand without a heading: their own words say that they are the site's.
ALONE: dict[str, tuple[str, ...]] = {
    "sv": (
        rf"{_NAME} har entledigats, (?P<role>[^.]{{3,140}})",
        rf"{_NAME} har bytt ansvarsområde[,.]? [Ff]rån (?:och med )?(?:den )?(?P<since>{DATE}) är (?:hon|han|hen) {_ROLE}\.?",
        rf"{_NAME} är inte längre statsråd(?:, (?P<role>[^.]{{3,140}}))?",
    ),
    "en": (
        rf"{_NAME} is no longer a (?:government )?minister(?:, (?P<role>[^.]{{3,140}}))?",
        rf"{_NAME} has changed areas? of responsibility[,.]? (?:[Ff]rom|[Ss]ince) (?P<since>{DATE}),? (?:she|he|they) (?:is|are) {_ROLE}\.?",
    ),
}  # fmt: skip
#: A name and what happened, the post in the line below it.
RESIGNED: dict[str, str] = {
    "sv": rf"{_NAME} har (?P<reason>entledigats|bytt ansvarsområde)",
    "en": rf"{_NAME} has (?P<reason>resigned|left the [Gg]overnment)",
}
#: In a line without further words, what tells a post of a government from any other.
POST = re.compile(r"minister|statsråd|statssekreterare hos|secretary of state|prime", re.IGNORECASE)

#: A line that holds none of these, made small, is no notice.
TRIGGERS: dict[str, tuple[str, ...]] = {
    "sv": (
        "perioden", "under tiden", "arkiver", "publicerades mellan", "publicerades under", "publicerat mellan", "publicerad mellan",
        "publicerat under", "publicerad under", "publicerat av", "publicerad av", "publicerades av", "under åren",
        "uppdateras inte", "entledig", "ansvarsområde", "inte längre statsråd", "dragits tillbaka", "tillbakadrage",
        "återkalla", "återtagits", "avpublicera", "sida som", "sidan som",
    ),
    "en": (
        "archive", "withdrawn", "retracted", "recalled", "rescinded", "published under", "published between", "published from",
        "published in the", "published during", "published for the", "published within", "frozen in time", "historical",
        "is no longer", "on this page", "on this webpage", "of responsibility", "has resigned", "has left the", "took office",
        "released online",
    ),
    "nb": ("historisk arkiv", "publisert under", "utgitt under", "publisert i perioden", "publisert mellom", "år gam", "arkiver", "trukket"),
    "da": ("vedrører regeringen", "arkiver", "i perioden", "mellem", "trukket tilbage"),
    "de": ("archiv", "amtszeit", "legislaturperiode", "veröffentlicht", "zurückge"),
    "fr": ("archivé", "gouvernement", "publié", "retiré"),
    "fi": ("arkisto", "hallituksen aikana", "peruttu", "peruutettu", "vedetty pois"),
    "nl": ("gearchiveerd", "ingetrokken"),
}  # fmt: skip

_REASON = (
    r"(?:[.,:;–-]? ?(?:på grund av|eftersom|därför att|då|because|due to|as|since|fordi|da|på grunn av|weil|da|wegen|car|suite à|omdat)"
    r"(?: att| of)? (?P<reason>.{3,300}?))?(?:[.:] ?(?P<more>.{0,300}))?"
)


@lru_cache(maxsize=64)
def compiled(pattern: str, *, small: bool = True) -> re.Pattern[str]:
    """A pattern of this module with its shorthands written out, to be matched against a whole line."""
    full = pattern.replace("{P}", PERIOD).replace("{D}", f"(?P<day>{DATE})").replace("{R}", _REASON)
    return re.compile(full, re.IGNORECASE if small else 0)


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """What the lines of a page are matched against, in one language."""

    triggers: tuple[str, ...]
    archived: tuple[re.Pattern[str], ...]
    withdrawn: tuple[re.Pattern[str], ...]
    heading: tuple[re.Pattern[str], ...]
    person: tuple[re.Pattern[str], ...]
    alone: tuple[re.Pattern[str], ...]
    resigned: re.Pattern[str] | None


@lru_cache(maxsize=32)
def grammar(base: str) -> Grammar:
    """The patterns of a language, of its near kin and of English, which web archives speak everywhere."""
    kin = {"nn": ("nb", "da"), "nb": ("nb", "da"), "da": ("da", "nb")}.get(base, (base,))
    names = tuple(dict.fromkeys((*kin, "en")))

    def of(table: dict[str, tuple[str, ...]], *, small: bool = True) -> tuple[re.Pattern[str], ...]:
        return tuple(compiled(pattern, small=small) for name in names for pattern in table.get(name, ()))

    resigned = RESIGNED.get(base)
    return Grammar(
        triggers=tuple(dict.fromkeys(word for name in names for word in TRIGGERS.get(name, ()))),
        archived=of(ARCHIVED),
        withdrawn=of(WITHDRAWN),
        heading=of(HEADING),
        person=of(PERSON, small=False),
        alone=of(ALONE, small=False),
        resigned=compiled(resigned, small=False) if resigned else None,
    )
