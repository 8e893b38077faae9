"""Mails as files, where the site has no SMTP server: one a file, for a mail program to open."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class Outbox(BaseEmailBackend):
    """Writes every message into OUTBOX, to be read by this user alone."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write them; how many."""
        settings.OUTBOX.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            now = datetime.now(UTC).strftime("%Y-%m-%d-%H%M%S")
            file = settings.OUTBOX / f"{now}-{secrets.token_hex(3)}.eml"
            file.touch(mode=0o600, exist_ok=False)
            file.write_bytes(message.message().as_bytes())
        return len(email_messages)
