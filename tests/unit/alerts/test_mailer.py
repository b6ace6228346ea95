"""The mailer against a real mail server: what it hands over, and what it makes of each refusal."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from alerts.mailer import Mailer, MailMisconfigured, MailSettings, MailUnavailable, Sent, State
from tests.certificates import certificate_for
from tests.unit.alerts.mail_server import PASSWORD, USER, Office, mail_office, note, notes, scripted

READER = "reader@example.org"


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def server(office: Office) -> Iterator[MailSettings]:
    with mail_office(office) as settings:
        yield settings


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate_for("localhost", tmp_path_factory.mktemp("tls") / "localhost")


def one(settings: MailSettings, *recipients: str, message: EmailMessage | None = None) -> Sent:
    """What becomes of one message."""
    (sent,) = Mailer(settings).send([("d1", message or note(), recipients or (READER,))])
    return sent


def until_it_leaves(connection: socket.socket) -> None:
    while connection.recv(1000):
        pass


def states(sent: Sent) -> list[State]:
    return [verdict.state for verdict in sent.verdicts]


def test_a_message_arrives_whole_at_a_server_without_8bitmime(office: Office, server: MailSettings) -> None:
    sent = one(server, message=note(text="Före: 160 platser\n.\n..två punkter\nFrån å\n"))

    assert sent.accepted
    data = office.taken[0].content
    assert isinstance(data, bytes)
    assert data.isascii()
    assert b"\r\n.\r\n..tv=C3=A5" in data
    assert office.taken[0].mail_from == "alerts@pressvakt.example"
    assert office.taken[0].rcpt_tos == [READER]


def test_many_messages_go_over_one_connection_in_their_order(office: Office, server: MailSettings) -> None:
    sent = list(Mailer(server).send(notes(30)))

    assert [one.delivery_id for one in sent] == [f"d{number}" for number in range(1, 31)]
    assert all(one.accepted for one in sent)
    assert (len(office.taken), office.connections) == (30, 1)


def test_a_connection_is_left_after_as_many_messages_as_the_server_likes(office: Office, server: MailSettings) -> None:
    assert all(one.accepted for one in Mailer(replace(server, per_connection=10)).send(notes(25)))
    assert (len(office.taken), office.connections) == (25, 3)


def test_messages_are_taken_one_by_one_as_they_are_sent(office: Office, server: MailSettings) -> None:
    asked = 0

    def counted() -> Iterator[tuple[str, EmailMessage, Sequence[str]]]:
        nonlocal asked
        for message in notes(5):
            asked += 1
            yield message

    sending = Mailer(server).send(counted())
    next(sending)
    next(sending)

    assert (asked, len(office.taken)) == (2, 2)


def test_a_451_is_for_another_time_and_then_it_goes(office: Office, server: MailSettings) -> None:
    office.answers[READER] = ["451 4.7.1 greylisted, come back", "250 OK"]
    first, second = one(server), one(server)

    assert states(first) == [State.RETRY]
    assert (first.verdicts[0].code, first.verdicts[0].status) == (451, "4.7.1")
    assert "greylisted" in first.verdicts[0].reason
    assert second.accepted


def test_a_550_is_for_good_and_says_why(office: Office, server: MailSettings) -> None:
    office.answers[READER] = ["550 5.1.1 no such user"]
    (verdict,) = one(server).verdicts

    assert (verdict.recipient, verdict.state, verdict.code) == (READER, State.REFUSED, 550)
    assert (verdict.status, verdict.reason) == ("5.1.1", "5.1.1 no such user")


def test_the_recipients_of_one_message_are_told_apart(office: Office, server: MailSettings) -> None:
    office.answers |= {"full@example.org": ["452 4.2.2 mailbox full"], "gone@example.org": ["550 5.1.1 gone"]}
    sent = one(server, "full@example.org", READER, "gone@example.org", READER)

    assert [(verdict.recipient, verdict.state) for verdict in sent.verdicts] == [
        ("full@example.org", State.RETRY),
        (READER, State.ACCEPTED),
        ("gone@example.org", State.REFUSED),
    ]
    assert office.taken[0].rcpt_tos == [READER]


def test_the_next_message_goes_after_one_that_nobody_may_have(office: Office, server: MailSettings) -> None:
    office.answers["gone@example.org"] = ["550 gone"]
    messages = [("a", note(1), ["gone@example.org"]), ("b", note(2), [READER])]
    sent = list(Mailer(server).send(messages))

    assert [states(one) for one in sent] == [[State.REFUSED], [State.ACCEPTED]]
    assert office.connections == 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [("554 5.7.1 looks like spam", State.REFUSED), ("452 4.3.1 no room", State.RETRY), ("451 try later", State.RETRY)],
)
def test_what_is_said_of_the_text_holds_for_all_who_were_to_have_it(
    office: Office, server: MailSettings, answer: str, state: State
) -> None:
    office.answers["data"] = [answer]

    assert states(one(server, READER, "other@example.org")) == [state, state]


def test_too_many_recipients_is_no_fault_of_theirs(office: Office, server: MailSettings) -> None:
    office.answers[READER] = ["552 too many recipients"]

    assert states(one(server)) == [State.RETRY]


def test_a_message_that_is_too_large_is_no_fault_of_our_settings(office: Office, server: MailSettings) -> None:
    office.answers["mail"] = ["552 5.3.4 message too big"]

    assert states(one(server)) == [State.REFUSED]


def test_a_sender_that_the_server_does_not_take_stops_everything_at_once(office: Office, server: MailSettings) -> None:
    office.answers["mail"] = ["553 5.7.1 sender not owned by you"]

    with pytest.raises(MailMisconfigured, match=r"takes no mail from alerts@pressvakt\.example: 553"):
        list(Mailer(server).send(notes(3)))
    assert office.taken == []


def test_a_server_that_hangs_up_after_the_text_gets_the_same_message_again(
    office: Office, server: MailSettings
) -> None:
    office.hang_up_after_data = 1
    sent = list(Mailer(server).send(notes(2)))

    assert [states(one) for one in sent] == [[State.RETRY], [State.ACCEPTED]]
    assert "did not say whether it took the message" in sent[0].verdicts[0].reason


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew(office: Office, server: MailSettings) -> None:
    office.answers["mail"] = ["250 OK", "421 4.4.2 idle for too long", "250 OK"]
    sent = list(Mailer(server).send(notes(3)))

    assert [states(one) for one in sent] == [[State.ACCEPTED]] * 3
    assert office.connections == 2


def test_nobody_waits_for_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    sent = list(Mailer(MailSettings(host="127.0.0.1", port=port, tls="none")).send(notes(200)))

    assert [states(one) for one in sent] == [[State.RETRY]] * 200
    assert "cannot be reached" in sent[-1].verdicts[0].reason
    with pytest.raises(MailUnavailable, match="cannot be reached"):
        Mailer(MailSettings(host="127.0.0.1", port=port, tls="none")).check()


@pytest.mark.parametrize(
    "greeting", [b"421 4.3.2 shutting down", b"554 no mail here", b"what?", b"220-" + b"x" * 20_000, b""]
)
def test_a_server_that_does_not_greet_is_for_another_time(greeting: bytes) -> None:
    for port in scripted(greeting):
        settings = MailSettings(host="127.0.0.1", port=port, tls="none", timeout=2, helo="here")

        assert states(one(settings)) == [State.RETRY]


def test_a_server_that_says_nothing_is_not_waited_for_any_longer_than_set() -> None:
    for port in scripted(b"220 ready", b"250 hello", then=until_it_leaves):
        settings = MailSettings(host="127.0.0.1", port=port, tls="none", timeout=0.2, helo="here")
        (verdict,) = one(settings).verdicts

        assert verdict.state is State.RETRY
        assert "no answer in time" in verdict.reason


def test_mail_goes_encrypted_and_logged_in(office: Office, certificate: tuple[Path, Path]) -> None:
    for implicit in (False, True):
        with mail_office(office, certificate=certificate, implicit=implicit, log_in=True) as settings:
            mine = replace(settings, user=USER, password=PASSWORD)
            Mailer(mine).check()

            assert one(mine).accepted
            assert office.encrypted.pop()


def test_a_wrong_password_is_a_fault_of_the_settings_said_at_once(
    office: Office, certificate: tuple[Path, Path]
) -> None:
    with mail_office(office, certificate=certificate, log_in=True) as settings:
        wrong = replace(settings, user=USER, password="wrong")
        with pytest.raises(MailMisconfigured, match="refuses user 'pressvakt' or the password: 535") as caught:
            one(wrong)
        assert "wrong" not in str(caught.value)
        with pytest.raises(MailMisconfigured, match="535"):
            Mailer(wrong).check()
        with pytest.raises(MailMisconfigured, match="530"):
            one(settings)
    assert office.taken == []


def test_a_stripped_starttls_is_refused_and_nothing_is_sent_in_clear(
    office: Office, certificate: tuple[Path, Path]
) -> None:
    office.answers["cut"] = ["STARTTLS"]
    offers_none = pytest.raises(MailMisconfigured, match="offers no STARTTLS, and nothing is sent in clear")
    with mail_office(office, certificate=certificate) as settings, offers_none:
        one(settings)
    assert office.taken == []


def test_a_certificate_that_is_not_the_hosts_is_refused(
    office: Office, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    foreign = certificate_for("elsewhere.example", tmp_path / "foreign")
    with mail_office(office, certificate=foreign) as settings:
        with pytest.raises(MailMisconfigured, match="certificate of localhost is not to be trusted"):
            one(settings)
        with pytest.raises(MailMisconfigured, match="not to be trusted"):
            one(replace(settings, ca_file=None))
    assert office.taken == []


def test_tls_at_a_port_without_it_is_a_fault_of_the_settings(office: Office, server: MailSettings) -> None:
    with pytest.raises(MailMisconfigured, match="does not speak TLS as set up"):
        one(replace(server, tls="tls"))


def test_a_log_in_that_the_server_does_not_know_is_a_fault_of_the_settings(
    office: Office, certificate: tuple[Path, Path]
) -> None:
    office.answers["cut"] = ["AUTH"]
    takes_none = pytest.raises(MailMisconfigured, match="takes no log-in")
    with mail_office(office, certificate=certificate, log_in=True) as settings, takes_none:
        one(replace(settings, user=USER, password=PASSWORD))


def test_no_more_is_sent_a_second_than_agreed(office: Office, server: MailSettings) -> None:
    now, slept = 100.0, []

    def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    mailer = Mailer(replace(server, rate=4), sleep=sleep, clock=lambda: now)
    list(mailer.send(notes(5)))
    list(mailer.send(notes(4)))

    assert slept == [0.25] * 8


def test_what_is_no_address_is_refused_without_asking(office: Office, server: MailSettings) -> None:
    wrong = "reader@example.org> SIZE=1\r\nRCPT TO:<victim@example.org"
    sent = one(server, wrong, READER, "", "läsare@example.org")

    assert states(sent) == [State.REFUSED, State.ACCEPTED, State.REFUSED, State.ACCEPTED]
    assert office.taken[0].rcpt_tos == [READER, "läsare@example.org"]


def test_letters_beyond_ascii_before_the_at_need_a_server_that_takes_them(office: Office, server: MailSettings) -> None:
    office.answers["cut"] = ["SMTPUTF8"]
    sent = one(server, "läsare@example.org", READER, "reader@läsare.example")

    assert states(sent) == [State.REFUSED, State.ACCEPTED, State.ACCEPTED]
    assert sent.verdicts[0].status == "5.6.7"
    assert office.taken[0].rcpt_tos == [READER, "reader@xn--lsare-gra.example"]


def test_failures_are_reported_to_the_address_for_them(office: Office, server: MailSettings) -> None:
    assert one(replace(server, bounces="bounces@pressvakt.example")).accepted
    assert office.taken[0].mail_from == "bounces@pressvakt.example"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"host": ""}, "no host name"),
        ({"port": 70_000}, "no port is 70000"),
        ({"tls": "ssl"}, "write none, starttls or tls"),
        ({"user": "me"}, "password is missing"),
        ({"user": "me", "password": "x", "tls": "none"}, "in clear"),
        ({"rate": -1}, "rate"),
        ({"ca_file": Path("/nonexistent/ca.pem")}, "no file of certificates"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_anything_is_sent(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(MailMisconfigured, match=said):
        MailSettings(**({"host": "mail.example.org"} | wrong))  # type: ignore[arg-type]


def test_settings_do_not_show_the_password() -> None:
    assert "horse" not in repr(MailSettings(host="mail.example.org", user=USER, password=PASSWORD))
