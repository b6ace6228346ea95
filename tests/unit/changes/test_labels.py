"""What an edit is called: by its look, in Swedish and in English."""

from __future__ import annotations

import pytest

from changes.compare import compare
from changes.labels import Label
from changes.release import Block, BlockKind, Release


def release(*texts: str, title: str = "Norrby", language: str = "sv") -> Release:
    body = tuple(Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text) for text in texts)
    return Release(title=title, body=body, language=language)


def labels(before: Release, after: Release) -> set[str]:
    (found,) = compare(before, after)
    assert set(found.labels) <= {label.value for label in Label}
    return set(found.labels)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Anstalten får 160 platser.", "Anstalten får 100 platser.", {"figure"}),
        ("Totalt 1 200 000 kronor.", "Totalt 1 250 000 kronor.", {"figure"}),
        ("Satsa en halv miljard kronor nu.", "Satsa 484 miljoner kronor nu.", {"figure"}),
        ("En av sex kommuner deltar.", "En av tio kommuner deltar.", {"figure"}),
        ("Tillväxten blir 2,5 procent.", "Tillväxten blir 3,5 procent.", {"figure"}),
        ("Svara senast den 1 december 2024.", "Svara senast den 31 mars 2025.", {"date"}),
        ("Planen gäller till 2027.", "Planen gäller till 2037.", {"date"}),
        ("Mötet är på onsdag i Lund.", "Mötet är på torsdag i Lund.", {"date"}),
        ("Perioden 2026–2027 är viktig.", "Perioden 2026–2037 är viktig.", {"date"}),
        ("Samling kl. 12.45 i hallen.", "Samling kl. 14.30 i hallen.", {"time"}),
        ("Tid: 9.00–10.30", "Tid: 9.00–11.30", {"time"}),
        ("På mötet talade Vera Ek om budgeten.", "På mötet talade Ola By om budgeten.", {"name"}),
        ("Därför har regeringen enats.", "Därför har regeringen och Mittpartiet enats.", {"name"}),
        ("Minister Vera Stenegard talar.", "Minister Vera Stenergard talar.", {"name", "typo"}),
        ("Fler salstentor blir det då.", "Fler saltstentor blir det då.", {"typo"}),
        ("Mötet är en del av av arbetet.", "Mötet är en del av arbetet.", {"typo"}),
        ("Regeringens föreslår en lag.", "Regeringen föreslår en lag.", {"typo"}),
        ("Vi kommer, tror jag.", "Vi kommer tror jag.", {"punctuation"}),
        ("Skriv via E-post.", "Skriv via e-post.", {"punctuation"}),
        ("Jag kommer sent.", "– Jag kommer sent.", {"punctuation"}),
        ("– Vi ska bygga fler hus, säger hon.", "– Vi ska bygga färre hus, säger hon.", {"quote", "wording"}),
        ("Hon sa ”vi ska bygga fler hus” i går.", "Hon sa ”vi ska riva fler hus” i går.", {"quote", "wording"}),
        ("Ring 08-405 10 00 för besked.", "Ring 08-405 10 05 för besked.", {"contact"}),
        ("Skriv till a@press.example i dag.", "Skriv till b@press.example i dag.", {"contact"}),
        ("Invigningen hålls i Norrby.", "Invigningen i Norrby har ställts in.", {"cancelled"}),
        ("Utredningen ska vara klar.", "Utredningen kan vara klar.", {"wording"}),
        ("Vi bygger.", "Vi bygger. Staten avsätter dessutom upp till tio miljoner för vägar och broar.", {"added"}),
        ("Vi bygger. Staten avsätter dessutom upp till tio miljoner för vägar och broar.", "Vi bygger.", {"removed"}),
    ],
)
def test_a_swedish_edit_gets_its_labels(before: str, after: str, expected: set[str]) -> None:
    assert labels(release(before), release(after)) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("We fund 160 places.", "We fund 100 places.", {"figure"}),
        ("Prices rose 12.45 on average.", "Prices rose 14.30 on average.", {"figure"}),
        ("Meet us at 12:45 in the hall.", "Meet us at 2:30 pm in the hall.", {"time"}),
        ("Reply by 1 December 2024.", "Reply by March 31, 2025.", {"date"}),
        ("The event in Leeds starts soon.", "The event in Leeds has been cancelled.", {"cancelled"}),
        ("Then minister Ann Lee spoke.", "Then minister Bo Ray spoke.", {"name"}),
    ],
)
def test_an_english_edit_gets_its_labels(before: str, after: str, expected: set[str]) -> None:
    assert labels(release(before, language="en"), release(after, language="en")) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Inställt: Ministern besöker Norrby", "cancelled"),
        ("INSTÄLLD – Ministern besöker Norrby", "cancelled"),
        ("Påminnelse: Ministern besöker Norrby", "reminder"),
        ("Rättelse: Ministern besöker Norrby", "correction"),
        ("Ministern besöker Norrby (ny version)", "correction"),
        ("Correction: Ministern besöker Norrby", "correction"),
        ("Reminder: Ministern besöker Norrby", "reminder"),
        ("Cancelled: Ministern besöker Norrby", "cancelled"),
    ],
)
def test_a_title_that_says_what_happened_is_taken_at_its_word(title: str, expected: str) -> None:
    assert labels(release(title="Ministern besöker Norrby"), release(title=title)) == {expected}


def test_being_bent_on_something_is_not_being_called_off() -> None:
    found = labels(release("Regeringen vill bygga ut."), release("Regeringen är inställd på att bygga ut."))
    assert "cancelled" not in found


def test_whole_paragraphs_are_added_removed_and_moved() -> None:
    one, two, three = "Detta är det första stycket.", "Här står något annat om saken.", "Ring Siv Ask på 08-123 45 67."
    assert labels(release(one), release(one, two)) == {"added"}
    assert labels(release(one, two), release(one)) == {"removed"}
    assert labels(release(one, three), release(one)) == {"contact", "removed"}
    assert labels(release(one, two, three), release(two, three, one)) == {"reordered"}


def test_capitals_in_german_and_in_title_case_mark_no_names() -> None:
    german = (
        release("Wir bauen eine Brücke in Köln.", language="de"),
        release("Wir bauen eine Schule in Köln.", language="de"),
    )
    assert labels(*german) == {"wording"}
    titles = (
        release(title="Minister Opens New Bridge Over River"),
        release(title="Minister Closes New Bridge Over River"),
    )
    assert labels(*titles) == {"wording"}


def test_a_phone_number_on_a_table_row_is_no_figure() -> None:
    assert labels(release("Siv Ask | 070-111 22 33"), release("Siv Ask | 070-111 22 34")) == {"contact"}
