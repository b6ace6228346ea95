"""Once through a real mail system: handed to Postfix over TLS, queued, and laid into mailboxes."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from alerts.mailer import Mailer, MailSettings, State
from alerts.messages import compose
from tests.certificates import certificate_for
from tests.postfix import Postfix, postfix, why_not
from tests.unit.alerts.hostile import titles
from tests.unit.alerts.inbox import part
from tests.unit.alerts.letters import archived, edit, letter, published


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate_for("localhost", tmp_path_factory.mktemp("tls") / "localhost")


@pytest.fixture(scope="module")
def server(certificate: tuple[Path, Path]) -> Iterator[Postfix]:
    if reason := why_not():
        pytest.skip(reason)
    with postfix(names=("reader", "editor"), certificate=certificate) as running:
        yield running


@pytest.fixture
def mailer(server: Postfix, certificate: tuple[Path, Path]) -> Mailer:
    return Mailer(
        MailSettings(host="localhost", port=server.port, ca_file=certificate[1], rate=0, helo="watch.example.org")
    )


def read(data: bytes) -> EmailMessage:
    found = message_from_bytes(data, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_message_reaches_its_mailbox_as_it_was_written(server: Postfix, mailer: Mailer) -> None:
    messages = [
        compose(letter(edit(), delivery_id="p-1", thread="release-1")),
        compose(letter(*[archived(number, "w") for number in range(900)], delivery_id="p-2", wave="w")),
    ]
    sent = list(mailer.send((f"p-{at}", message, ["reader@example.org"]) for at, message in enumerate(messages)))
    found = {str(one["Message-ID"]): one for one in map(read, server.mailbox("reader", 2))}
    first, second = found["<p-1@pressvakt.example>"], found["<p-2@pressvakt.example>"]

    assert all(one.accepted for one in sent)
    assert first["Subject"] == "Ändrat: 160 → 100 platser – Justitiedepartementet"
    assert first["In-Reply-To"] == "<release-1@pressvakt.example>"
    assert first["Return-Path"] == "<alerts@pressvakt.example>"
    assert part(first, "html") == part(messages[0], "html")
    (table,) = second.iter_attachments()
    assert table.get_payload(decode=True) == next(messages[1].iter_attachments()).get_payload(decode=True)
    assert "TLS connection established" in server.log or "ESMTPS" in str(first["Received"])


def test_a_mailbox_that_is_not_there_is_refused_for_that_reader_alone(server: Postfix, mailer: Mailer) -> None:
    message = compose(letter(published(), delivery_id="p-3"))
    (sent,) = mailer.send([("p-3", message, ["nobody@example.org", "editor@example.org"])])
    gone, kept = sent.verdicts

    assert (gone.state, gone.code, gone.status) == (State.REFUSED, 550, "5.1.1")
    assert kept.state is State.ACCEPTED


def test_every_hostile_title_arrives_with_no_header_of_its_own(server: Postfix, mailer: Mailer) -> None:
    before = len(server.mailbox("editor", 1))
    some = list(titles(120))
    messages = [compose(letter(published(at, title), delivery_id=f"h-{at}")) for at, title in enumerate(some)]
    sent = list(mailer.send((f"h-{at}", message, ["editor@example.org"]) for at, message in enumerate(messages)))
    found = [read(data) for data in server.mailbox("editor", before + len(some), 60)]

    assert all(one.accepted for one in sent)
    assert len(found) == before + len(some)
    assert not any("Bcc" in one or "X-Evil" in one for one in found)
    assert {one["Subject"] for one in messages} <= {str(one["Subject"]) for one in found}
