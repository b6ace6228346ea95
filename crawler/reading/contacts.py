"""Press contacts: one record for each person of a contact block."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from changes.release import BlockKind, Contact, normalise
from crawler.reading.blocks import Draft, Segment, read_drafts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crawler.reading.profiles import Wording

#: Headings of a contact block, and lines in it that say nothing of a person.
_HEADINGS = re.compile(
    r"(?:press|media|medie)?[- ]?(?:kontakt|contact)(?:er|s|a|personer|person|information|uppgifter|inform\w+)?"
    r"|(?:press|media) (?:contacts?|enquiries|inquiries|office)|för (?:mer|ytterligare) information,? kontakta|kontakta oss"
    r"|for (?:more|further) information,? (?:please )?contact|yhteystiedot|lisätietoja|pressekontakt|ansprechpartner|contacts? presse",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+'-]+(?:@|\[(?:at|a)\]|\((?:at|a)\)|\s\[at\]\s)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_AT = re.compile(r"\s?[\[(](?:at|a)[\])]\s?", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w@./-])(?:\+|\(\+)?\(?\d[\d\s()/–-]{5,20}\d(?![\w@])")
#: A day in figures is no telephone number.
_IN_FIGURES = re.compile(r"(?<![\d-])(?:19|20)\d\d-\d\d-\d\d(?![\d-])")
_REACHED = re.compile(r"@|\d(?:[\s()/–-]{0,2}\d){6}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")
_LABELS = re.compile(
    r"\b(?:telefon(?:nummer)?|tel|tfn|växel|vx|mobil(?:telefon|nummer)?|phone|telephone|switchboard|mobile|cell|direkt|fax|puhelin"
    r"|téléphone|sms|e-?post(?:adress)?|e-?mail|mail|mejl|epost|sähköposti)\b\.?:?",
    re.IGNORECASE,
)
_MAIL_TO = re.compile(
    r"(?:e-?post|e-?mail|mejl|mejla|mail|skicka e-post|send e-?mail) (?:till|to|til|an) .{2,80}", re.IGNORECASE
)
_NAME = re.compile(r"[A-ZÅÄÖÉÜÆØ][\w'’.-]*(?: (?:von|af|de|van|der|den|la|bin|al))*(?: [A-ZÅÄÖÉÜÆØ][\w'’-]*){1,4}")
_NO_NAME = re.compile(
    r"departement|minist|kansli|sekreterare|\bhos\b|press|jour|kommunik|secretary|office|officer|media|ansvarig|chef|enhet"
    r"|spokesperson|advisor|adviser|sakkunnig|regering|government|department|director|manager|kontakt|contact",
    re.IGNORECASE,
)


#: A longer line is prose, or a trap for the patterns above: it is kept, and not taken apart.
LONGEST = 500


@dataclass
class _Person:
    lines: list[str] = field(default_factory=list)
    name: str | None = None
    role: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    email: str | None = None

    @property
    def reached(self) -> bool:
        return bool(self.phones or self.email)


def read_contacts(
    markups: Iterable[str], absolute: Callable[[str], str | None], wording: Wording
) -> tuple[Contact, ...]:
    """The persons in the contact blocks of a page, each once. A block that says nothing gives no one."""
    known = {normalise(word).casefold().rstrip(": ") for word in wording.contact}
    found: dict[str, Contact] = {}
    for markup in markups:
        drafts = read_drafts(markup, absolute)
        people = _people(drafts, known)
        if not _is_contact_block(drafts, people, known):
            continue
        for person in people:
            contact = _contact(person)
            if contact is not None:
                found.setdefault(contact.text, contact)
    return tuple(found.values())


def reaches(text: str) -> bool:
    """Whether a text says how to reach somebody: by an address or a number."""
    return _REACHED.search(_IN_FIGURES.sub(" ", text)) is not None


def is_contact_heading(text: str, known: Iterable[str] = ()) -> bool:
    """Whether a line is the heading of a contact block."""
    plain = text.casefold().strip(" :")
    return plain in known or _HEADINGS.fullmatch(plain) is not None


def _is_contact_block(drafts: Sequence[Draft], people: Sequence[_Person], known: set[str]) -> bool:
    """Whether a block is about people to reach: a box under some other heading counts only where it says how."""
    heading = next((draft.text for draft in drafts if draft.kind is BlockKind.HEADING), None)
    if heading is None or is_contact_heading(heading, known) or is_name(heading):
        return True
    return any(person.reached for person in people)


def _people(drafts: Iterable[Draft], known: set[str]) -> list[_Person]:
    people: list[_Person] = []
    for draft in drafts:
        fresh = True
        for segment in draft.segments:
            if is_contact_heading(segment.text, known):
                continue
            if not people or _begins(people[-1], segment, fresh=fresh):
                people.append(_Person())
            _add(people[-1], segment)
            fresh = False
    return people


def _begins(person: _Person, segment: Segment, *, fresh: bool) -> bool:
    """Whether a line begins the entry of another person."""
    if is_name(segment.text) or is_name(segment.text.split(",")[0]):
        return person.name is not None or person.reached
    if len(segment.text) > LONGEST:
        return False
    plain = not _phones(segment.text) and _email(segment) is None and not _MAIL_TO.fullmatch(segment.text)
    return fresh and plain and person.reached


def _add(person: _Person, segment: Segment) -> None:
    text = segment.text
    person.lines.append(text)
    if len(text) > LONGEST:
        return
    phones, email = _phones(text), _email(segment)
    person.phones += [phone for phone in phones if phone not in person.phones]
    person.email = person.email or email
    rest = _EMAIL.sub(" ", _MAIL_TO.sub(" ", text))
    for phone in phones:
        rest = rest.replace(phone, " ")
    rest = _LABELS.sub(" ", rest) if phones or email else rest
    for part in _parts(rest, split=person.name is None):
        if person.name is None and is_name(part):
            person.name = part
        elif not (phones or email) or not person.role:
            person.role.append(part)


def _parts(text: str, *, split: bool) -> list[str]:
    clean = normalise(re.sub(r"\(\s*\)", " ", text)).strip(" ,;:|·–-")
    first, comma, rest = clean.partition(",")
    parts = [first, rest] if split and comma and is_name(first) else [clean]
    return [part for part in (one.strip(" ,;:|·–-") for one in parts) if re.search(r"[^\W\d_]{3}", part)]


def _contact(person: _Person) -> Contact | None:
    text = normalise(" ".join(person.lines))
    if not text:
        return None
    role = ", ".join(person.role[:2]) or None
    return Contact(text=text, name=person.name, role=role, phones=tuple(person.phones), email=person.email)


def is_name(text: str) -> bool:
    """Whether a text is a person's name and nothing else."""
    return len(text) <= 60 and _NAME.fullmatch(text) is not None and _NO_NAME.search(text) is None


def _phones(text: str) -> list[str]:
    found = (normalise(match.group()).strip(" -–/") for match in _PHONE.finditer(text))
    return [phone for phone in found if sum(char.isdigit() for char in phone) >= 7 and not _DAY.match(phone)]


def _email(segment: Segment) -> str | None:
    for link in segment.links:
        scheme, _, address = link.url.partition(":")
        if scheme.lower() == "mailto" and "@" in address:
            return address.partition("?")[0].strip()
    match = _EMAIL.search(segment.text)
    return _AT.sub("@", match.group()) if match else None
