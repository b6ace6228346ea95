"""What a title, a heading or a short text says of the page it stands on, by the phrases in `error_phrases`."""

from __future__ import annotations

import re

from crawler.reading.error_phrases import MARKS, PLAIN, SENTENCES, SLIGHT, TELLING, Reason

__all__ = ["MARKS", "Reason", "mostly", "parts", "plainly", "slightly", "supports", "tells", "titled"]


def _whole(patterns: dict[Reason, tuple[str, ...]]) -> dict[Reason, re.Pattern[str]]:
    return {
        reason: re.compile("|".join(f"(?:{one})" for one in some), re.IGNORECASE) for reason, some in patterns.items()
    }


_PLAIN_HEADINGS = _whole(PLAIN)
_SLIGHT_HEADINGS = _whole(SLIGHT)
_SUPPORT = {reason: re.compile(one, re.IGNORECASE) for reason, one in SENTENCES.items()}
_ALONE = {reason: re.compile(one, re.IGNORECASE) for reason, one in TELLING.items()}
_POINTS = " .!?…:;,-–"
_PARTS = re.compile(r"\s+[|–—·•«»:-]+\s+|\s*[|»«]\s*")

#: What an error page says before and behind the matter: an apology, a number.
_SIGH = re.compile(
    r"^(?:hoppsan|ojd[åa]|oj|oops|ups|whoops|hups|uh[- ]oh|tyvärr|beklager|beklagar|desværre|dessverre|sorry|unfortunately|"
    r"valitettavasti|leider|désolé)\b[!,.… :–-]*",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"^(?:http )?(?:status |error |fel |felkod |felmeddelande )?[45]\d\d\b[ .:–—-]+|[ –—-]*\(?(?:http |error |fel |felkod )*[45]\d\d\)?$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


def plainly(heading: str) -> Reason | None:
    """What a heading says by itself. In "404 - Sidan hittades inte" each part must agree, and one say it plainly."""
    whole = _match(_PLAIN_HEADINGS, heading)
    if whole is not None:
        return whole
    said = [(_match(_PLAIN_HEADINGS, part), slightly(part)) for part in parts(heading)[1:]]
    if not all(plain or slight for plain, slight in said):
        return None
    return next((plain for plain, _ in said if plain), None)


def titled(title: str, heading: str) -> Reason | None:
    """What a page's title says in any part of its own ("Access Denied | Example"): not in what repeats the heading."""
    own = title.replace(heading, " | ") if heading else title
    return next(
        (reason for part in parts(own) if (reason := _match(_PLAIN_HEADINGS, part))),
        plainly(heading) if own != title else None,
    )


def slightly(heading: str) -> Reason | None:
    """What a title or heading, as a whole, might say if the text agrees."""
    return _match(_SLIGHT_HEADINGS, heading)


def supports(text: str, reason: Reason) -> bool:
    """Whether a text holds a sentence that goes with a slight heading."""
    return _SUPPORT[reason].search(text) is not None


def tells(text: str, reason: Reason) -> bool:
    """Whether a text holds a sentence that says it outright."""
    return _ALONE[reason].search(text) is not None


def mostly(text: str) -> tuple[Reason, str] | None:
    """What a short text says by sentences that make up at least half of it, with the first of them."""
    sentences = [sentence.strip() for sentence in _SENTENCE.findall(text) if sentence.strip()]
    telling: list[tuple[Reason, str]] = []
    length = 0
    for sentence in sentences:
        reason = next((reason for reason, pattern in _ALONE.items() if pattern.search(sentence)), None)
        supported = reason is None and any(pattern.search(sentence) for pattern in _SUPPORT.values())
        if reason is not None:
            telling.append((reason, sentence))
        if reason is not None or supported:
            length += len(sentence)
    return telling[0] if telling and 2 * length >= sum(map(len, sentences)) else None


def parts(heading: str) -> list[str]:
    """A title as a whole and in its parts: what stands around bars and dashes."""
    whole = heading.strip()
    return list(dict.fromkeys(part.strip() for part in (whole, *_PARTS.split(whole)) if part.strip()))


def _match(table: dict[Reason, re.Pattern[str]], part: str) -> Reason | None:
    bare = part.strip(_POINTS)
    plainer = _CODE.sub("", _SIGH.sub("", bare)).strip(_POINTS)
    for text in dict.fromkeys((bare, bare + "...", plainer)):
        for reason, pattern in table.items():
            if text and pattern.fullmatch(text):
                return reason
    return None
