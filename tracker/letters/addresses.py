"""Addresses of e-mail, each in one spelling, so that one person's are counted as one."""

from django import forms
from django.core.exceptions import ValidationError

from tracker.records.fields import UNPRINTABLE_IN_LINE

LENGTH = 254  # characters
NO_ADDRESS = "Give an address of e-mail, like ada@example.org."
NOT_SENDABLE = (
    "We cannot write to this address. Before the @ it must consist of the letters a to z, digits "
    "and signs; after it must stand the name of a host."
)


def one_spelling(address: str) -> str:
    """The address in lower case, its host in ASCII (IDNA). Raises ValueError with a sentence.

    A host has many spellings in Unicode (full-width letters, invisible ones) that all lead to it.
    """
    local, at, host = address.strip().rpartition("@")
    if not local or not at or '"' in local or UNPRINTABLE_IN_LINE.search(address):
        raise ValueError(NO_ADDRESS)
    try:
        local.encode("ascii")  # before it is lowered: the Kelvin sign would become a k
        host = host.encode("idna").decode("ascii").rstrip(".")
    except UnicodeError:
        raise ValueError(NOT_SENDABLE) from None
    if not host or len(local) + 1 + len(host) > LENGTH:
        raise ValueError(NOT_SENDABLE)
    return f"{local}@{host}".lower()


def mailbox_of(address: str) -> str:
    """Whom letters to this address reach: without the +tag that many hosts let anybody add."""
    local, _, host = one_spelling(address).rpartition("@")
    return f"{local.partition('+')[0] or local}@{host}"


class AddressOfMail(forms.EmailField):
    """An address of e-mail in its one spelling."""

    default_error_messages = {"required": NO_ADDRESS, "invalid": NO_ADDRESS}

    def clean(self, value: str | None) -> str:
        """Checked, and in its one spelling. Raises ValidationError."""
        given: str = super().clean(value)
        try:
            return one_spelling(given) if given else ""
        except ValueError as error:
            raise ValidationError(str(error)) from None
