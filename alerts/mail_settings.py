"""How to reach the mail server, and what is wrong with it, said at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

Tls = Literal["none", "starttls", "tls"]


class MailError(Exception):
    """Something is wrong with sending mail; the message is one line.

    MailError
    ├── MailMisconfigured  wrong password, certificate or settings: no later try will go better
    └── MailUnavailable    no connection, or it broke: the same call may be repeated later
    """


class MailMisconfigured(MailError):  # noqa: N818 - named for what happened, as the caller says it
    """The server will not have us as we are set up. Trying again is of no use until a person looks."""


class MailUnavailable(MailError):  # noqa: N818 - as above
    """The server cannot be reached now, or it hung up."""


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """Where and how mail is handed over.

    With `starttls` or `tls` the server's certificate is verified, and nothing is sent in clear where that fails.
    `rate` is messages a second, 0 for no limit; times are in seconds.

    Raises:
        MailMisconfigured: for what can be told without asking the server.
    """

    host: str
    port: int = 587
    tls: Tls = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    rate: float = 10.0
    timeout: float = 60.0  #: for each answer of the server
    helo: str | None = None  #: the name we greet with; this machine's own by default
    bounces: str | None = None  #: where the server is to report failures (envelope sender); the sender by default
    ca_file: Path | None = None  #: certificates to trust instead of the system's, for a server with its own authority
    per_connection: int = 100  #: messages after which a new connection is made: many servers count them

    def __post_init__(self) -> None:
        """Refuse what cannot work, or would give the password away."""
        if not self.host or any(char.isspace() for char in self.host):
            raise MailMisconfigured(f"mail: {self.host!r} is no host name; set host to the name of your mail server")
        if not 0 < self.port < 65536:
            raise MailMisconfigured(f"mail: no port is {self.port}; 587 is usual with starttls, 465 with tls")
        if self.tls not in ("none", "starttls", "tls"):
            raise MailMisconfigured(f"mail: tls is {self.tls!r}; write none, starttls or tls")
        if bool(self.user) != bool(self.password):
            missing = "password" if self.user else "user"
            raise MailMisconfigured(f"mail: user and password go together; {missing} is missing")
        if self.user and self.tls == "none" and not is_this_machine(self.host):
            raise MailMisconfigured(f"mail: a password would go to {self.host} in clear; set tls to starttls or tls")
        if self.rate < 0 or self.timeout <= 0 or self.per_connection < 1:
            raise MailMisconfigured("mail: rate, timeout and per_connection cannot be negative or without effect")
        if self.ca_file is not None and not self.ca_file.is_file():
            raise MailMisconfigured(f"mail: there is no file of certificates at {self.ca_file}")


def is_this_machine(host: str) -> bool:
    """Whether a name or address leads nowhere but here."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"
