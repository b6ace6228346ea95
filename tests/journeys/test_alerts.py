"""From an edit on a press site to a reader's mailbox: over HTTP and SMTP, through a real archive."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from alerts.carriers import FolderCarrier, MailCarrier
from alerts.delivery import Report, deliver
from alerts.mailer import Mailer, MailSettings
from alerts.settings import AlertSettings
from alerts.subscription import About, Channel, Subscription, Wishes, encode
from alerts.taking import take_up
from changes.kinds import Kind
from storage.alert_records import DeliveryState, Origin, Subscriber, SubscriberState
from storage.outbox import Outbox
from storage.outbox_subscribers import add_subscriber, subscriber
from tests.journeys.office import Office as Installation
from tests.journeys.watch import Watch
from tests.press_site import PressSite
from tests.unit.alerts.mail_server import Office, mail_office

PLACES = "/pressmeddelanden/2026/09/fler-platser/"
TEXT = (
    "Regeringen ger i dag Kriminalvården i uppdrag att bygga 160 nya platser vid anstalten i Norrvik.\n\n"
    "Arbetet ska vara klart senast den 1 december 2027. Uppdraget redovisas till departementet.\n\n"
    "Kostnaden beräknas till 12 miljoner kronor och ryms inom beslutade ramar för myndigheten."
)
SETTINGS = AlertSettings(
    sender="Pressvakt <pressvakt@watch.example>", base_url="https://watch.example", titles={"press": "Regeringen"}
)


def others(site: PressSite, count: int) -> list[str]:
    """Publish releases beside the one that a test is about; their paths."""
    paths = [f"/pressmeddelanden/2026/07/beslut-{number}/" for number in range(count)]
    for number, path in enumerate(paths):
        body = f"{TEXT}\n\nDetta är beslut nummer {number} i raden av beslut om {number + 3} orter i landet."
        site.add(path, title=f"Beslut {number} om orter", body=body)
    return paths


class Desk:
    """A watch whose readers get their mail from a real server on loopback."""

    def __init__(self, watch: Watch, office: Office, mail: MailSettings) -> None:
        self.watch, self.office, self.mail = watch, office, mail
        self.outbox = Outbox(watch.archive)
        self._read = 0

    def subscribe(
        self, address: str = "anna@reader.example", wishes: Wishes | None = None, **more: object
    ) -> Subscriber:
        asked = Subscription(address=address, channel=Channel.MAIL, wishes=wishes or Wishes(), language="sv")
        return add_subscriber(
            self.watch.archive,
            origin=Origin.COMMAND,
            channel=asked.channel,
            address=address,
            terms=encode(replace(asked, **more)),  # type: ignore[arg-type]
            at=self.watch.now,
            confirmed=True,
        )

    def look(self) -> list[EmailMessage]:
        """Crawl, send what is due, and what arrived."""
        self.watch.crawl()
        return self.send()

    def send(self, *, later: dt.timedelta = dt.timedelta(0)) -> list[EmailMessage]:
        """Send what is due, and what arrived."""
        self.round(later=later)
        new = self.office.taken[self._read :]
        self._read = len(self.office.taken)
        return [message_of(one.content) for one in new]

    def round(self, *, later: dt.timedelta = dt.timedelta(0)) -> Report:
        now = self.watch.now + later
        take_up(self.watch.archive, now=now)
        return deliver(self.watch.archive, [MailCarrier(Mailer(self.mail))], SETTINGS, now=lambda: now)

    def states(self) -> dict[str, int]:
        return {str(state): count for state, count in self.outbox.counts().items() if count}


def message_of(content: bytes | str | None) -> EmailMessage:
    assert isinstance(content, bytes)
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as site:
        site.add(PLACES, title="Fler platser i Norrvik", body=TEXT, senders=("Justitiedepartementet",))
        others(site, 8)
        yield site


@pytest.fixture
def desk(site: PressSite, tmp_path: Path) -> Iterator[Desk]:
    office = Office()
    with Watch(site, tmp_path) as watch, mail_office(office) as mail:
        watch.crawl()
        yield Desk(watch, office, mail)


def test_an_edited_release_reaches_its_reader_once(site: PressSite, desk: Desk) -> None:
    desk.subscribe()
    site.edit(PLACES, body=TEXT.replace("160", "100"))

    (message,) = desk.look()
    assert message["To"] == "anna@reader.example"
    assert "160 → 100" in message["Subject"]
    assert "100" in text(message)
    assert site.url + PLACES in text(message)
    assert desk.look() == []
    assert desk.states() == {"sent": 1}


def test_a_first_crawl_and_what_was_before_a_subscription_alert_nobody(site: PressSite, desk: Desk) -> None:
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    desk.watch.crawl()
    desk.subscribe()

    assert desk.send() == []
    assert desk.states() == {}


def test_a_reader_gets_what_was_asked_for_and_nothing_else(site: PressSite, desk: Desk) -> None:
    desk.subscribe("figures@reader.example", Wishes(labels=("figure",)))
    desk.subscribe("new@reader.example", Wishes(kinds=(Kind.PUBLISHED,)))
    desk.subscribe("wind@reader.example", Wishes(words=("vindkraft*",)))
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    site.add("/pressmeddelanden/2026/09/nytt/", title="Mer vindkraft till havs", body=TEXT.replace("platser", "verk"))

    assert sorted((str(one["To"]), "Ändrat" in one["Subject"]) for one in desk.look()) == [
        ("figures@reader.example", True),
        ("new@reader.example", False),
        ("wind@reader.example", False),
    ]


def test_a_wave_is_one_message_with_its_list(site: PressSite, desk: Desk) -> None:
    desk.subscribe()
    for number in range(8):
        site.archive(f"/pressmeddelanden/2026/07/beslut-{number}/", (dt.date(2022, 10, 18), dt.date(2026, 9, 17)))

    (message,) = desk.look()
    (table,) = message.iter_attachments()
    assert str(table.get_filename()).endswith(".csv")
    assert str(table.get_content()).count("beslut-") == 2 * 8  # address, and that of the Wayback Machine


def test_a_digest_waits_for_its_hour_and_holds_all_that_came_till_then(site: PressSite, desk: Desk) -> None:
    desk.subscribe(rhythm="daily", at=dt.time(7))
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    assert desk.look() == []
    site.add("/pressmeddelanden/2026/09/nytt/", title="Något nytt", body=TEXT.replace("platser", "verk"))
    desk.watch.now -= dt.timedelta(hours=11)
    assert desk.look() == []
    assert desk.states() == {"waiting": 1}

    (message,) = desk.send(later=dt.timedelta(days=1))
    assert "Något nytt" in text(message)
    assert "Fler platser" in text(message)


def test_mails_about_one_release_are_one_thread(site: PressSite, desk: Desk) -> None:
    desk.subscribe()
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    (first,) = desk.look()
    site.edit(PLACES, body=TEXT.replace("160", "90"))
    (second,) = desk.look()

    assert first["In-Reply-To"] == second["In-Reply-To"] is not None
    assert first["Message-ID"] != second["Message-ID"]


def test_a_server_that_is_down_for_five_days_loses_nothing(site: PressSite, desk: Desk) -> None:
    desk.subscribe()
    up, desk.mail = desk.mail, replace(desk.mail, port=1, timeout=1)
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    assert desk.look() == []
    for hours in range(2, 120, 6):
        assert desk.send(later=dt.timedelta(hours=hours)) == []
    ((waiting, _),) = desk.outbox.deliveries(DeliveryState.WAITING)
    assert waiting.attempts > 10
    assert waiting.reason

    desk.mail = up
    (message,) = desk.send(later=dt.timedelta(hours=125))
    assert "160 → 100" in message["Subject"]


def test_a_451_is_tried_again_after_half_an_hour_as_the_same_message(site: PressSite, desk: Desk) -> None:
    desk.subscribe()
    desk.office.answers["anna@reader.example"] = ["451 4.7.1 come back later", "250 OK"]
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    assert desk.look() == []
    assert desk.send(later=dt.timedelta(minutes=29)) == []

    (message,) = desk.send(later=dt.timedelta(minutes=31))
    assert desk.outbox.deliveries(DeliveryState.SENT)[0][0].key in message["Message-ID"]


def test_what_was_taken_and_never_answered_for_goes_out_again_as_the_very_same_message(
    site: PressSite, desk: Desk
) -> None:
    desk.subscribe()
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    desk.office.hang_up_after_data = 1
    desk.look()
    (message,) = desk.send(later=dt.timedelta(minutes=31))

    assert desk.states() == {"sent": 1}
    assert message["Message-ID"]


def test_an_address_that_refuses_three_messages_is_left_alone(site: PressSite, desk: Desk) -> None:
    reader = desk.subscribe()
    desk.subscribe("bo@reader.example")
    desk.office.answers["anna@reader.example"] = ["550 5.1.1 no such user"]
    for number in range(4):
        site.edit(PLACES, body=TEXT.replace("160", str(number + 2)))
        assert [one["To"] for one in desk.look()] == ["bo@reader.example"]

    found = subscriber(desk.watch.archive, reader.id)
    assert found is not None
    assert (found.state, found.refusals) == (SubscriberState.SUPPRESSED, 3)
    assert desk.states() == {"sent": 4, "refused": 3}


def test_a_wrong_password_is_said_at_once_and_costs_no_attempt(site: PressSite, desk: Desk) -> None:
    desk.subscribe()
    desk.mail = replace(desk.mail, user="pressvakt", password="wrong")
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    desk.watch.crawl()
    report = desk.round()

    assert report.misconfigured
    ((waiting, _),) = desk.outbox.deliveries(DeliveryState.WAITING)
    assert (waiting.attempts, waiting.leased_until) == (0, None)


def test_the_operator_hears_of_trouble_with_a_site_once_and_of_its_end(site: PressSite, desk: Desk) -> None:
    desk.subscribe("ops@watch.example", about=About.NOTICES)
    site.answer("*", status=503)
    (trouble,) = desk.look()
    assert desk.look() == []
    site.as_usual()
    (over,) = desk.look()

    assert trouble["To"] == "ops@watch.example"
    assert "Regeringen" in trouble["Subject"]
    assert over["In-Reply-To"] == trouble["In-Reply-To"]
    assert over["Subject"] != trouble["Subject"]


def test_mails_may_be_kept_in_a_folder_instead(site: PressSite, desk: Desk, tmp_path: Path) -> None:
    desk.subscribe()
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    desk.watch.crawl()
    take_up(desk.watch.archive, now=desk.watch.now)
    deliver(desk.watch.archive, [FolderCarrier(tmp_path / "mails")], SETTINGS, now=lambda: desk.watch.now)

    (file,) = (tmp_path / "mails").iterdir()
    assert "160 → 100" in message_of(file.read_bytes())["Subject"]
    assert desk.states() == {"sent": 1}


def test_a_mail_server_that_is_away_holds_up_no_crawl(site: PressSite, tmp_path: Path) -> None:
    (tmp_path / "installation").mkdir()
    installation = Installation(tmp_path / "installation", site)
    with (installation.folder / "pressvakt.toml").open("a") as config:
        config.write(
            '[mail]\nhost = "127.0.0.1"\nport = 1\ntls = "none"\nfrom = "pressvakt@watch.se"\n'
            '[[subscription]]\nto = "anna@reader.example"\n'
        )
    assert installation.crawl() == (0, [])
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    code, words = installation.crawl()

    assert code == 0
    assert len(words) == 1
    assert "mail alerts wait, and are tried again" in words[0]
    with installation.archive() as archive:
        assert Outbox(archive).counts()[DeliveryState.WAITING] == 1
