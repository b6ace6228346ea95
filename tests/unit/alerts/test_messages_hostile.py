"""A title is somebody else's text: whatever it says, the message stays ours."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.mailer import wire
from alerts.messages import AddressError, compose, message_id
from alerts.messages.headers import exact, mailbox, spoken
from alerts.messages.text import clean, linkable
from alerts.told import Told
from changes.kinds import Kind
from tests.unit.alerts.hostile import titles
from tests.unit.alerts.letters import berths, change, edited, letter, published, told

OURS = {
    "from", "to", "subject", "date", "message-id", "auto-submitted", "x-auto-response-suppress", "list-id",
    "list-unsubscribe", "list-unsubscribe-post", "mime-version", "content-type", "content-language",
}  # fmt: skip


def read(message: EmailMessage) -> EmailMessage:
    """The message as a mail program gets it."""
    found = message_from_bytes(wire(message), policy=default)
    assert isinstance(found, EmailMessage)
    return found


def retitled(title: str) -> Told:
    """An edit that brings a title in: with its words marked, in the subject, as a sender's name."""
    after = replace(berths(100), title=title, senders=(title,))
    return edited(replace(berths(), title="Ett annat pressmeddelande"), after)


def moved(title: str) -> Told:
    """A change that is told by its title alone."""
    release = replace(berths(100), title=title, senders=(title,))
    return told(change(Kind.MOVED, title=title, url="https://press.example.org/a"), None, release)


class Tags(HTMLParser):
    """All tags and attributes of a page, and the addresses it asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "background", "action")]


def test_a_thousand_hostile_titles_add_no_header_and_break_no_line() -> None:
    for number, title in enumerate(titles()):
        item = moved(title) if number % 10 else retitled(title)
        message = compose(letter(item, language="sv" if number % 3 else "en"))
        data = wire(message)
        head = data.partition(b"\r\n\r\n")[0]
        names = re.findall(rb"(?m)^([^\s:]+):", head.replace(b"\r\n ", b" "))

        assert {name.decode().lower() for name in names} == OURS, title
        assert data.isascii()
        assert b"\x00" not in data
        assert max(map(len, data.split(b"\r\n"))) < 998
        assert data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")
        assert len(data) < 100_000
        assert "Bcc" not in read(message)
        assert len(read(message)["Subject"]) < 250


def test_no_hostile_title_makes_a_tag_of_its_own() -> None:
    plain = Tags()
    plain.feed(_html(compose(letter(retitled("Nytt namn")))))
    for title in titles(100):
        found = Tags()
        found.feed(_html(compose(letter(retitled(title)))))

        assert found.tags <= plain.tags, title
        assert found.attributes <= plain.attributes, title
        assert all(address.startswith(("https://", "http://")) for address in found.addresses)


def _html(message: EmailMessage) -> str:
    body = read(message).get_body(("html",))
    assert body is not None
    return str(body.get_content())


@given(st.text(max_size=400))
def test_a_subject_reads_as_it_was_written_once_the_invisible_is_gone(text: str) -> None:
    message = EmailMessage()
    header = spoken("Subject", text)
    message["Subject"] = header
    lines = header.fold(policy=default).split("\n")

    assert message_from_bytes(message.as_bytes(), policy=default)["Subject"] == clean(text, 200)
    assert all(len(line) <= 200 for line in lines)
    assert all(line.startswith(" ") for line in lines[1:-1])


@given(st.text(max_size=120))
def test_a_senders_name_never_becomes_an_address(name: str) -> None:
    shown = clean(name.replace("<", "").replace(">", ""), 100)
    header = mailbox("From", '"' + shown.replace("\\", "").replace('"', "") + '" <alerts@example.org>')
    message = EmailMessage()
    message["From"] = header
    found = message_from_bytes(message.as_bytes(), policy=default)["From"]

    assert [address.addr_spec for address in found.addresses] == ["alerts@example.org"]


@pytest.mark.parametrize(
    "address",
    ["", "reader", "a@b@c", "two words@example.org", "a@example.org, b@example.org", "a@example.org\r\nBcc: b@c.d"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(AddressError, match="no e-mail address"):
        mailbox("To", address)


def test_an_address_with_a_foreign_domain_goes_in_the_letters_of_every_mail_server() -> None:
    assert mailbox("To", "Läsaren <laesare@skärland.example>").lines[-1] == "<laesare@xn--skrland-6wa.example>"


def test_what_programs_read_is_written_as_it_is_or_not_at_all() -> None:
    assert exact("List-Id", "<alerts.example.org>").lines == ("<alerts.example.org>",)
    for wrong in ("a\nb", "å", "", "a" * 1000, "a\x00b"):
        with pytest.raises(ValueError, match="List-Id"):
            exact("List-Id", wrong)


def test_a_long_address_to_unsubscribe_at_is_left_in_one_piece() -> None:
    url = "https://pressvakt.example/unsubscribe/" + "a1B2" * 60

    assert read(compose(letter(published(), unsubscribe_url=url)))["List-Unsubscribe"] == f"<{url}>"


def test_a_message_that_was_kept_in_a_file_goes_out_as_it_was() -> None:
    url = "https://pressvakt.example/unsubscribe/" + "a1B2" * 60
    data = wire(compose(letter(published(title="Ä" * 100), unsubscribe_url=url)))

    assert wire(message_from_bytes(data, policy=default)) == data


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,<script>",
        "https://user:secret@example.org/",
        "//example.org",
        "https://",
        "file:///etc/passwd",
        "https://[broken",
        "https://example.org/" + "a" * 3000,
        None,
    ],
)
def test_only_plain_web_addresses_are_linked(url: str | None) -> None:
    assert linkable(url) is None


def test_an_address_is_linked_in_ascii_whatever_it_is_written_in() -> None:
    assert linkable('https://skärland.example/nyhet å\r\n?a="b"&c=%20') == (
        "https://xn--skrland-6wa.example/nyhet%20%C3%A5%20?a=%22b%22&c=%20"
    )


@given(st.text(min_size=1, max_size=60))
def test_a_delivery_has_one_message_id_whatever_its_key(key: str) -> None:
    found = message_id(key, "Pressvakt <alerts@example.org>")

    assert re.fullmatch(r"<[A-Za-z0-9._+-]{1,120}@example\.org>", found) or found == key
    assert found == message_id(key, "alerts@example.org")


@given(st.text())
def test_clean_text_has_nothing_that_a_program_obeys_and_is_clean_already(text: str) -> None:
    found = clean(text)

    assert clean(found) == found
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\u2028\u2029]", found)
