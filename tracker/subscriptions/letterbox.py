"""The letters to readers: asking to confirm, and the link to what they follow."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from tracker.letters.mail import Mail
from tracker.letters.models import Letter
from tracker.letters.sending import Wording
from tracker.letters.tokens import token_for
from tracker.subscriptions.models import Cadence, Reader, Subscription
from tracker.subscriptions.opting import (
    ASKED,
    CONFIRM,
    DAYS,
    LINK,
    followed_by,
    manage_token,
    waiting_of,
)
from tracker.subscriptions.scopes import FLOORS, in_words, names_of


def _ask_to_confirm(letter: Letter) -> Mail | None:
    """What was asked for since, with the link that confirms it; or that it is followed already."""
    reader = Reader.objects.filter(pk=letter.about).first()
    if reader is None:
        return None
    waiting = waiting_of(reader)
    followed = [each for each in followed_by(reader) if each not in waiting]
    if not waiting and not followed:
        return None
    token = token_for(CONFIRM, str(reader.pk), DAYS[CONFIRM], fresh=True) if waiting else ""
    context = {
        "waiting": _in_words(waiting),
        "followed": _in_words(followed),
        "days": DAYS[CONFIRM],
        "confirm": settings.SITE_URL + reverse("confirm", args=[token]) if token else "",
    }
    subject = "Confirm what you follow" if waiting else "You follow this already"
    return _mail(letter, reader, subject, "confirm", context)


def _send_link(letter: Letter) -> Mail | None:
    """The link to everything that an address follows, which its owner asked for."""
    reader = Reader.objects.filter(pk=letter.about).first()
    if reader is None or not (followed := followed_by(reader)):
        return None
    context = {"followed": _in_words(followed)}
    return _mail(letter, reader, "What you follow", "link", context)


def _mail(
    letter: Letter, reader: Reader, subject: str, template: str, context: dict[str, Any]
) -> Mail:
    context |= {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "manage": settings.SITE_URL + reverse("manage", args=[manage_token(reader)]),
    }
    return Mail(
        to=letter.to,
        subject=f"{subject} – {settings.SITE_NAME}",
        text=render_to_string(f"letters/{template}.txt", context),
        html=render_to_string(f"letters/{template}.html", context),
        id=letter.pk.hex,
    )


def _in_words(subscriptions: list[Subscription]) -> list[str]:
    names = names_of(subscriptions)
    return [
        f"{in_words(each, names)} ({Cadence(each.cadence).label}; {FLOORS[each.floor]})"
        for each in subscriptions
    ]


#: For the worker: what words these letters.
WORDINGS: dict[str, Wording] = {ASKED: _ask_to_confirm, LINK: _send_link}
