"""A real SMTP server on this machine that keeps what it is sent, and refuses what it is told to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.mail.utils import DNS_NAME

from tests.machine import free_ports

TAKEN = "250 OK"


@dataclass
class Postbox:
    """What came, oldest first; `rcpt` and `data` say how the server answers, given the address."""

    port: int
    taken: list[EmailMessage] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)  # as it was sent
    connections: int = 0
    rcpt: Callable[[str], str] = lambda address: TAKEN
    data: Callable[[str], str] = lambda address: TAKEN

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to one address."""
        return [mail for mail in self.taken if mail["To"] == address]

    def text(self, number: int = -1) -> str:
        """The plain text of one mail."""
        return part(self.taken[number], "plain")


def part(mail: EmailMessage, kind: str) -> str:
    """The text, or the HTML, of a mail."""
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


class Handler:
    """Answers as the postbox says."""

    def __init__(self, postbox: Postbox) -> None:
        self.postbox = postbox

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, said: list[str]
    ) -> list[str]:
        self.postbox.connections += 1
        session.host_name = name
        return said

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        answer = self.postbox.rcpt(address)
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.postbox.data(envelope.rcpt_tos[0])
        if answer == TAKEN:
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.postbox.taken.append(mail)
            self.postbox.raw.append(envelope.content.decode())
        return answer


@contextmanager
def postbox() -> Iterator[Postbox]:
    """The server, for as long as the block lasts."""
    (port,) = free_ports(1)
    kept = Postbox(port)
    controller = Controller(
        Handler(kept), hostname="127.0.0.1", port=port, server_hostname="localhost"
    )
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()


def use(settings: Any, port: int) -> None:
    """Send by the server at this port."""
    DNS_NAME._fqdn = "localhost"  # Django would ask the network for this machine's name
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
