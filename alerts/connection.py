"""One connection to a mail server, and what it says to each step of handing a message over.

Each step is asked for by itself, not by `smtplib`'s `sendmail`: whether a refusal is about our set-up, about one
recipient or about the moment shows only in the step that it answers (RFC 5321, 4.2 and 4.3.2).
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from alerts.mail_settings import MailMisconfigured, MailSettings, MailUnavailable

#: "Authentication required", "mechanism too weak", "must issue STARTTLS first": our set-up, whichever step it answers.
_ABOUT_US = frozenset({530, 534, 535, 538})
_CLOSING = 421  #: "closing transmission channel": no step of this connection will be heard any more
_TOO_MANY = 552  #: for a recipient it means "not so many at once" (RFC 5321, 4.5.3.1.10)
_TOO_LARGE = 552
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")


class State(StrEnum):
    """What became of a message for one recipient."""

    ACCEPTED = "accepted"  #: the server has taken it over
    RETRY = "retry"  #: not now: a fault of the moment
    REFUSED = "refused"  #: never: the server says so


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the server said to one recipient of one message.

    `status` is the enhanced code (RFC 3463), where it gives one: `5.1.1` is about the address, `5.7.1` about policy.
    """

    recipient: str
    state: State
    code: int | None = None  #: the server's; None where it did not answer
    status: str | None = None
    reason: str = ""  #: in its words


class Connection:
    """An open, checked and logged-in connection. Not for several threads."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp
        self.served = 0  #: messages it was used for
        self.usable = True  #: False once it broke or the server said good-bye

    @property
    def takes_any_address(self) -> bool:
        """Whether the server takes addresses beyond ASCII (RFC 6531)."""
        return self._smtp.has_extn("smtputf8")

    def hand_over(self, sender: str, recipients: Sequence[str], data: bytes) -> list[Verdict]:
        """Offer one message to the server; a verdict for each recipient, in their order.

        Raises:
            MailUnavailable: it hung up before it was given the text, so that nothing can have been delivered.
            MailMisconfigured: it will not take mail from us.
        """
        self.served += 1
        try:
            found = self._recipients(sender, recipients, size=len(data))
        except (OSError, smtplib.SMTPException) as error:
            self.usable = False
            raise MailUnavailable(f"the mail server broke off: {_plain(error)}") from error
        accepted = [one.recipient for one in found if one.state is State.ACCEPTED]
        if not accepted:
            self._reset()
            return found
        answer = self._data(data)
        return [_because(one.recipient, *answer) if one.recipient in accepted else one for one in found]

    def close(self) -> None:
        """Say good-bye where there is still somebody to say it to."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if self.usable:
                self._smtp.quit()
        self._smtp.close()

    def _recipients(self, sender: str, recipients: Sequence[str], *, size: int) -> list[Verdict]:
        options = [f"SIZE={size}"] if self._smtp.has_extn("size") else []
        if not (sender.isascii() and all(one.isascii() for one in recipients)):
            options.append("SMTPUTF8")
            self._smtp.command_encoding = "utf-8"
        try:
            code, words = self._step(self._smtp.mail(sender, options))
            if code == _CLOSING:  # it has had enough of this connection
                raise MailUnavailable(f"the mail server closed the connection: {words}")
            if 400 <= code < 500 or code == _TOO_LARGE:
                return [_because(one, code, words) for one in recipients]
            if code != 250:
                raise MailMisconfigured(f"the mail server takes no mail from {sender}: {code} {words}")
            return [self._recipient(one) for one in recipients]
        finally:
            self._smtp.command_encoding = "ascii"

    def _recipient(self, recipient: str) -> Verdict:
        if not self.usable:
            return Verdict(recipient=recipient, state=State.RETRY, reason="the mail server closed the connection")
        code, words = self._step(self._smtp.rcpt(recipient))
        if code in (250, 251):
            return Verdict(recipient=recipient, state=State.ACCEPTED, code=code, status=_status(words), reason=words)
        return _because(recipient, code, words, not_now=code == _TOO_MANY)

    def _data(self, data: bytes) -> tuple[int | None, str]:
        """Give the text; without an answer nobody knows whether it was taken, and a repeat folds by its Message-ID."""
        if not self.usable:
            return None, "the mail server closed the connection"
        try:
            return self._step(self._smtp.data(data))
        except smtplib.SMTPDataError as error:  # it does not want to hear the text
            self._reset()
            return self._step((error.smtp_code, _bytes(error.smtp_error)))
        except (OSError, smtplib.SMTPException) as error:
            self.usable = False
            return None, f"the mail server broke off and did not say whether it took the message: {_plain(error)}"

    def _step(self, answer: tuple[int, bytes]) -> tuple[int, str]:
        code, words = answer[0], _words(answer[1])
        if code == _CLOSING:
            self.usable = False
        if code in _ABOUT_US:
            raise MailMisconfigured(f"the mail server wants another log-in or TLS: {code} {words}")
        return code, words

    def _reset(self) -> None:
        if not self.usable:
            return
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.usable = False


def connect(settings: MailSettings) -> Connection:
    """A connection that is ready to take mail: TLS verified and logged in, as the settings say.

    Raises:
        MailUnavailable: no connection now.
        MailMisconfigured: no TLS, a certificate that is not the host's, a wrong password.
    """
    smtp: smtplib.SMTP | None = None
    try:
        smtp = _dialled(settings)
        _greeted(smtp, settings)
        _logged_in(smtp, settings)
    except MailMisconfigured:
        _hang_up(smtp)
        raise
    except ssl.SSLCertVerificationError as error:
        _hang_up(smtp)
        raise MailMisconfigured(
            f"mail: the certificate of {settings.host} is not to be trusted: {error.verify_message}; nothing was sent"
        ) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        _hang_up(smtp)
        raise MailUnavailable(f"the mail server {settings.host} hung up while TLS was agreed on") from error
    except ssl.SSLError as error:
        _hang_up(smtp)
        raise MailMisconfigured(
            f"mail: {settings.host} port {settings.port} does not speak TLS as set up ({error.reason or error});"
            " port 465 takes tls, 587 and 25 take starttls"
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        _hang_up(smtp)
        raise MailUnavailable(
            f"the mail server {settings.host} port {settings.port} cannot be reached: {_plain(error)}"
        ) from error
    return Connection(smtp)


def _dialled(settings: MailSettings) -> smtplib.SMTP:
    if settings.tls == "tls":
        return smtplib.SMTP_SSL(
            settings.host,
            settings.port,
            local_hostname=settings.helo,
            timeout=settings.timeout,
            context=_context(settings),
        )
    return smtplib.SMTP(settings.host, settings.port, local_hostname=settings.helo, timeout=settings.timeout)


def _greeted(smtp: smtplib.SMTP, settings: MailSettings) -> None:
    smtp.ehlo_or_helo_if_needed()
    if settings.tls != "starttls":
        return
    if not smtp.has_extn("starttls"):
        # somebody between us and the server may have cut the offer out: never go on in clear (RFC 3207, 6)
        raise MailMisconfigured(f"mail: {settings.host} offers no STARTTLS, and nothing is sent in clear; see tls")
    code, words = smtp.starttls(context=_context(settings))
    if code != 220:
        raise smtplib.SMTPResponseException(code, words)
    smtp.ehlo_or_helo_if_needed()


def _logged_in(smtp: smtplib.SMTP, settings: MailSettings) -> None:
    if not (settings.user and settings.password):
        return
    try:
        smtp.login(settings.user, settings.password)
    except smtplib.SMTPAuthenticationError as error:
        if 400 <= error.smtp_code < 500:  # "temporary authentication failure": its own database is down
            raise
        raise MailMisconfigured(
            f"mail: {settings.host} refuses user {settings.user!r} or the password:"
            f" {error.smtp_code} {_words(_bytes(error.smtp_error))}"
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailMisconfigured(f"mail: {settings.host} takes no log-in; leave user and password out") from error
    except UnicodeEncodeError as error:
        raise MailMisconfigured("mail: user and password go over the wire as ASCII; this one cannot") from error
    except smtplib.SMTPException as error:
        if isinstance(error, smtplib.SMTPServerDisconnected | smtplib.SMTPResponseException):
            raise
        raise MailMisconfigured(f"mail: {settings.host} offers no way to log in that we know") from error


def _context(settings: MailSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=None if settings.ca_file is None else str(settings.ca_file))


def _hang_up(smtp: smtplib.SMTP | None) -> None:
    if smtp is not None:
        smtp.close()


def _because(recipient: str, code: int | None, words: str, *, not_now: bool = False) -> Verdict:
    if code is not None and 200 <= code < 300:
        state = State.ACCEPTED
    elif code is not None and 500 <= code < 600 and not not_now:
        state = State.REFUSED
    else:  # 4xx, no answer, or one that is none
        state = State.RETRY
    return Verdict(recipient=recipient, state=state, code=code, status=_status(words), reason=words)


def _status(words: str) -> str | None:
    found = _STATUS.match(words)
    return found[0] if found else None


def _plain(error: Exception) -> str:
    """An error in one line."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(_bytes(error.smtp_error))}"
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "no answer in time"
    return _words(str(error).encode("utf-8", "replace")) or type(error).__name__


def _bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode("utf-8", "replace")


def _words(words: bytes) -> str:
    """What a server said, in one line that is fit to be shown and kept."""
    text = " ".join(words.decode("utf-8", "replace").split())
    return "".join(char for char in text if char.isprintable())[:500]
