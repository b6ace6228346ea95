"""One message made for a thousand readers: composed once, and stamped with what differs from reader to reader.

That is To, Message-ID, the boundaries, and the link by which each one unsubscribes. A stamped message is the same, byte
for byte, as one composed for that reader alone.
"""

from __future__ import annotations

import re
from email.message import EmailMessage, Message
from typing import Any

from alerts.messages.envelope import addressed, seal
from alerts.told import Letter

#: Stands in the place of a token: it has none but letters that every encoding leaves alone.
_FILLING = "0-" + "Z" * 200
_BREAK = re.compile(r"=\r?\n")


def filling(token: str) -> str:
    """What stands in for a token until it is stamped: as long as it, so that no line moves."""
    return _FILLING[: len(token)]


def stamped(made: EmailMessage, letter: Letter, *, token: str | None) -> EmailMessage:
    """The message of `made` for the reader of a letter, with their token in the place of its `filling`."""
    fresh = addressed(
        letter,
        str(made["Subject"]),
        list_id=letter.list_id,
        thread=letter.thread,
        unsubscribe_url=letter.unsubscribe_url,
    )
    found = _copied(made, token)
    for name in fresh.keys():  # noqa: SIM118 - a message is no dict
        if name in found:
            found.replace_header(name, fresh[name])
    del found["Content-Language"]  # `seal` sets it
    seal(found, letter)
    return found


def _copied(part: Message[Any, Any], token: str | None) -> EmailMessage:
    copy = EmailMessage(policy=part.policy)
    for name, value in part.raw_items():
        copy.set_raw(name, value)
    payload = part.get_payload()
    if isinstance(payload, list):
        for inner in payload:
            if isinstance(inner, Message):
                copy.attach(_copied(inner, token))
    elif token is not None and part.get_content_disposition() != "attachment":
        copy.set_payload(_filled(str(payload), token))
    else:
        copy.set_payload(payload)
    return copy


def _filled(text: str, token: str) -> str:
    """The text with the token wherever its filling stands, be it broken into lines."""
    wanted = r"(?:=\r?\n)?".join(re.escape(letter) for letter in filling(token))

    def put(found: re.Match[str]) -> str:
        out, at = [], 0
        for part in re.split(r"(=\r?\n)", found[0]):
            if _BREAK.fullmatch(part):
                out.append(part)
            else:
                out.append(token[at : at + len(part)])
                at += len(part)
        return "".join(out)

    return re.sub(wanted, put, text)
