"""Sending one e-mail by the site's SMTP server (EMAIL_URL)."""

import secrets
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.header import Header
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from tracker.letters.breaker import server
from tracker.records.fields import UNPRINTABLE, UNPRINTABLE_IN_LINE

SUBJECT_LENGTH = 160  # characters
MOST_IN_LINE = 998  # characters (RFC 5322, 2.1.1)


class Undelivered(Exception):
    """Not sent; `permanent` where trying again is no use. The message is the server's, or ours."""

    def __init__(self, said: str, *, permanent: bool, of_server: bool = False) -> None:
        super().__init__(said)
        self.permanent = permanent
        self.of_server = of_server  # nothing can be sent to anybody just now


@dataclass(frozen=True)
class Mail:
    """One e-mail: plain text, and HTML beside it. `id` stays the same however often it is sent."""

    to: str
    subject: str
    text: str
    html: str
    id: str
    headers: Mapping[str, str] = field(default_factory=dict)


def open_line() -> BaseEmailBackend:
    """A connection to be used for many mails. Opens when first used; close it at the end."""
    return get_connection(fail_silently=False)


def send(mail: Mail, line: BaseEmailBackend) -> None:
    """Send one mail. Raises Undelivered."""
    message = _Message(
        subject_line(mail.subject),
        UNPRINTABLE.sub("", mail.text),
        settings.DEFAULT_FROM_EMAIL,
        [mail.to],
        headers={
            "Message-ID": f"<{mail.id}@{mail_host()}>",
            "Auto-Submitted": "auto-generated",
            **mail.headers,
        },
        connection=line,
    )
    message.attach_alternative(UNPRINTABLE.sub("", mail.html), "text/html")
    try:
        _send(message, line)
    except Undelivered as error:
        if error.of_server:
            line.close()
            server.trouble(str(error))
        else:
            server.fine()
        raise
    server.fine()


class _Message(EmailMultiAlternatives):
    """Whose headers begin on their first line: folded before, a long word left that line empty."""

    def message(self, *args: Any, **kwargs: Any) -> Any:
        """As Django makes it, the subject folded with its name, and no other line but at 998."""
        made = super().message(*args, **kwargs)
        made.policy = made.policy.clone(max_line_length=MOST_IN_LINE)
        made.set_boundary(secrets.token_hex(16))  # or both texts are searched for one, for long
        made.replace_header("Subject", Header(str(self.subject), header_name="Subject").encode())
        return made


def subject_line(text: str) -> str:
    """One line that can be shown, whatever stood in a title: no header can be slipped in."""
    said = " ".join(UNPRINTABLE_IN_LINE.sub(" ", text).split())
    return said if len(said) <= SUBJECT_LENGTH else f"{said[: SUBJECT_LENGTH - 1]}…"


def mail_host() -> str:
    """The site's host as it stands after the @ of a Message-ID."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"[IPv6:{host}]" if ":" in host else host


def _send(message: EmailMultiAlternatives, line: BaseEmailBackend) -> None:
    try:
        fresh = bool(line.open())  # here, or Django would open and close one for every mail
        try:
            message.send()
        except smtplib.SMTPServerDisconnected:
            if fresh:
                raise
            line.close()  # hung up between two mails, as servers do after so many
            line.open()
            message.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _undelivered(code, f"{code} {said.decode(errors='replace')}") from None
    except smtplib.SMTPDataError as error:
        raise _undelivered(error.smtp_code, _words(error)) from None
    except (smtplib.SMTPException, OSError) as error:
        raise Undelivered(_words(error), permanent=False, of_server=True) from None
    except ValueError as error:  # an address or a header that cannot be written
        raise Undelivered(str(error), permanent=True) from None


def _undelivered(code: int, said: str) -> Undelivered:
    # 421 closes the connection, whatever it is said about
    return Undelivered(said, permanent=code >= 500, of_server=code == 421)


def _words(error: Exception) -> str:
    if not isinstance(error, smtplib.SMTPResponseException):
        return str(error) or type(error).__name__
    said = error.smtp_error
    return f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
