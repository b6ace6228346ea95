"""Markdown that others keep, read as blocks."""

from __future__ import annotations

from changes.markdown import read_blocks, read_release
from changes.release import BlockKind, Link

TEXT = r"""# Fler platser\-i *Norrby*

Ingressen med **fetstil** och [en länk](/a_b/ "Titel").
Samma stycke.

## Program
* första
* andra
  fortsätter
1. räknat

> Ett citat

| Län | Kronor |
| --- | ---: |
| Ale | 1 823 |
|  |  |

- Så säger hon.

\- Så säger han 2045\.

---
![bild](/bild.png)
"""


def test_blocks_are_read_with_their_kinds_and_words() -> None:
    assert [(block.kind.value, block.text) for block in read_blocks(TEXT)] == [
        ("heading", "Fler platser-i Norrby"),
        ("paragraph", "Ingressen med fetstil och en länk. Samma stycke."),
        ("heading", "Program"),
        ("item", "första"),
        ("item", "andra fortsätter"),
        ("item", "räknat"),
        ("quote", "Ett citat"),
        ("row", "Län | Kronor"),
        ("row", "Ale | 1 823"),
        ("paragraph", "- Så säger hon."),
        ("paragraph", "- Så säger han 2045."),
    ]


def test_links_are_completed_and_their_escapes_undone() -> None:
    release = read_release(TEXT, base_url="https://press.example/2026/x/")
    assert release.title == "Fler platser-i Norrby"
    assert release.body[0].links == (Link(text="en länk", url="https://press.example/a_b/"),)
    assert "contacts" in release.unread
    assert "body" not in release.unread


def test_headings_keep_their_level() -> None:
    assert [block.level for block in read_blocks(TEXT) if block.kind is BlockKind.HEADING] == [1, 2]
