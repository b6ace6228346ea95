"""Messages people want to read: a change, a digest, a wave, a notice or a question becomes an `EmailMessage`."""

from alerts.messages.compose import compose
from alerts.messages.headers import AddressError, message_id
from alerts.messages.operator import compose_confirmation, compose_notice

__all__ = ["AddressError", "compose", "compose_confirmation", "compose_notice", "message_id"]
