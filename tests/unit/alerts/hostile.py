"""A thousand titles that mean harm, the same ones every time."""

from __future__ import annotations

import random
from collections.abc import Iterator

_PIECES = (
    "\r\nBcc: victim@example.org",
    "\nBcc: victim@example.org\n\nDear reader",
    "\r\n\r\n<script>alert(1)</script>",
    "\x00",
    "\x0b\x0c\x1b[31m",
    "\u0085Bcc: a@b.c",
    "\u2028Bcc: a@b.c\u2029",
    "=?utf-8?q?=0ABcc:_victim=40example.org?=",
    "=?utf-8?b?DQpCY2M6IHZpY3RpbUBleGFtcGxlLm9yZw==?=",
    "=?us-ascii?q?=0D=0AX-Evil:_1?=",
    "\ud800",
    "\udfff\ud83d",
    "\u202e\u2066gnp.exe\u2069",
    "\u061c\u180e",
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\"><svg onload=document.title='owned'>",
    "'-alert(1)-'",
    "</title></style></textarea><script>document.title='owned'</script>",
    "{{ 7*7 }}{% raw %}",
    "${7*7} %(x)s {n} {0}",
    "<!-- -->]]>&lt;b&gt;",
    "javascript:alert(1)",
    "=1+1",
    "@SUM(A1)",
    "a\u0301" * 40 + "\u0334" * 500,
    "å" * 300,
    "x" * 10_000,
    "Ä " * 5_000,
    "😀👩\u200d👩\u200d👧" * 50,
    "漢字" * 100,
    "שלום עולם",
    "--=_boundary\r\n--",
    "\t \u00a0 \u3000",
    ".\r\n.\r\nQUIT\r\n",
    "\ufffe\uffff",
)


def titles(number: int = 1000) -> Iterator[str]:
    """Each piece by itself, then pieces at random between plain words."""
    yield from _PIECES
    dice = random.Random(4)
    for _ in range(number - len(_PIECES)):
        parts = dice.choices(
            (*_PIECES, "Regeringen föreslår", "höjd åldersgräns", " ", ":", ", "), k=dice.randint(1, 6)
        )
        yield "".join(parts)
