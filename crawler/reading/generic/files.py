"""Which links of an unknown page lead to files to download."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.reading.visible import shown

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_KINDS = re.compile(r"\.(?:pdf|docx?|xlsx?|xlsm|pptx?|od[tsp]|csv|tsv|zip|rtf|epub|ics|mp3|mp4)$", re.IGNORECASE)
_WORDS = re.compile(
    r"(?:download|télécharger|ladda (?:ner|ned)|last ned|hent|lataa|herunterladen|descargar|scarica)(?:\W.{0,80})?"
    r"|.{0,80}\((?:pdf|docx?|xlsx?|csv|zip)[ ,;:\d.kmgib)]*",
    re.IGNORECASE,
)


def is_file(element: HtmlElement) -> bool:
    """Whether an element is a link to a file: by the end of its address, or by the words that it stands on."""
    if element.tag != "a" or not (href := element.get("href")) or href.startswith(("#", "javascript:", "mailto:")):
        return False
    if element.get("download") is not None or _KINDS.search(href.partition("#")[0].partition("?")[0]):
        return True
    return _WORDS.fullmatch(shown(element)) is not None
