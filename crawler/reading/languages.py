"""Which of a press office's languages a text is in, by its commonest small words. Rough, and meant to be."""

from __future__ import annotations

import re
from collections import Counter

#: Words that are common in one of these languages; those shared by close neighbours count for each.
_SMALL_WORDS = {
    "sv": "och att det som en på är av för med den till inte ett har om men från vi eller ska kan också där under när genom enligt",
    "nb": "og det som en på er av for med den til ikke et har om men fra vi eller skal kan også der under når gjennom ifølge jeg å",
    "nn": "og det som ein på er av for med den til ikkje eit har om men frå vi eller skal kan også der under når gjennom ifølgje eg å",
    "da": "og det som en på er af for med den til ikke et har om men fra vi eller skal kan også der under når gennem ifølge jeg at",
    "en": "the and of to in is that for on with as are was by this be at from has have will it its an or which not their been",
    "fi": "ja on ei että se joka myös ovat sekä mukaan kuin ole oli tai jotka mutta hän tämä voidaan vuoden sitä kanssa siitä",
    "de": "der die und das den von zu mit ist des im für auf dem nicht eine ein als auch es an werden aus er hat dass sie nach bei",
    "fr": "le la les des et en du une que est pour qui dans par sur plus au avec ce il sont pas cette aux ses ont été nous",
    "nl": "de het een van en in is dat op te voor met zijn die niet aan er om ook als bij naar maar uit worden door over",
    "es": "el la los las de que y en un una por con para del se es su al como más pero sus este ha fue también",
    "et": "ja on ei et see kui mis ka oma või aga oli ning selle mida kes nii kuid eest seda välja tema",
    "is": "og að í er á sem við um til með það en fyrir ekki af hann frá var eru eða verður hefur einnig",
}
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")

#: Tags of one language that say the same.
_SAME = {"no": "nb", "nn": "nb", "se": "sv"}


def primary(tag: str | None) -> str | None:
    """The primary language of a tag (BCP 47), the two kinds of Norwegian as one; None where there is none."""
    if not tag:
        return None
    first = re.split(r"[-_,;\s]", tag.strip().lower(), maxsplit=1)[0]
    return _SAME.get(first, first) or None


def reads_as(text: str) -> str | None:
    """The language of a text; None where it is too short or too mixed to tell (Danish and Norwegian often are)."""
    counts = Counter(word for word in _WORD.findall(text[:20_000].lower()))
    scores: dict[str, int] = {}
    for language, words in _WORDS.items():
        key = _SAME.get(language, language)
        scores[key] = max(scores.get(key, 0), sum(counts[word] for word in words))
    (best, most), (_, second) = sorted(scores.items(), key=lambda item: -item[1])[:2]
    return best if most >= 5 and most >= 1.25 * second else None
