"""The rules by which marked pages are read. A profile that has none of its own has these."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.reading.profiles import ReleaseRules

#: The attribute that holds the marks of an element, and how the names of elements in the head begin.
MARK = "data-pressvakt"
HEAD = "pressvakt:"
TEXT, NOISE, FILE, PEOPLE, KIND = "text", "noise", "file", "people", "kind"

#: Reads any page that `marking.mark_page` has marked. A lead and the like stand in the body, and are not told
#: apart: they compare as text.
GENERIC = ReleaseRules(
    name="generic",
    region=f"[{MARK}~={TEXT}]",
    title=(f'meta[name="{HEAD}title"]@content',),
    noise=(f"[{MARK}~={NOISE}]",),
    body=(f"[{MARK}~={TEXT}]",),
    published=(f'meta[name="{HEAD}published"]@content',),
    updated=(f'meta[name="{HEAD}updated"]@content',),
    kind_line=(f"[{MARK}~={KIND}]",),
    contacts=(f"[{MARK}~={PEOPLE}]",),
    attachments=(f"a[{MARK}~={FILE}]",),
)


def is_generic(rules: ReleaseRules) -> bool:
    """Whether rules read what was marked, and not what a person named."""
    return rules.region == GENERIC.region


def closest_first(rules: Iterable[ReleaseRules]) -> list[ReleaseRules]:
    """Rules in their order, but those that know more of the site than the plain generic ones right before these."""
    known = list({one.name: one for one in rules}.values())
    closer = [one for one in known if is_generic(one) and one.name != GENERIC.name]
    rest = [one for one in known if one not in closer]
    at = next((number for number, one in enumerate(rest) if one.name == GENERIC.name), len(rest))
    return [*rest[:at], *closer, *rest[at:]]
