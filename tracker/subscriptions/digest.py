"""The mail that tells a reader what has changed within one subscription's scope."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from tracker.changes.models import Change
from tracker.changes.topics import changes_of
from tracker.changes.wording import headline, reason, statement
from tracker.letters.mail import Mail, mail_host
from tracker.letters.tokens import token_for
from tracker.subscriptions.models import Cadence, Subscription
from tracker.subscriptions.opting import DAYS, STOP, manage_token
from tracker.subscriptions.scopes import FLOORS, in_short, in_words, names_of

logger = logging.getLogger(__name__)

REASON_LENGTH = 1_200  # characters; the entry's page has all of it


@dataclass(frozen=True)
class Entry:
    """One change as a mail tells it."""

    sequence: int
    at: datetime
    headline: str
    statement: str
    reason: str
    url: str
    spoiled: str = ""  # why it could not be put into words


@dataclass(frozen=True)
class Digest:
    """The mail, and the entries that it could only point to: (sequence, why)."""

    mail: Mail
    spoiled: Sequence[tuple[int, str]]


def digest(subscription: Subscription, sequences: Sequence[int], more: bool) -> Digest:
    """What these entries say, oldest first, for the subscription's reader.

    `more`: further entries follow in the next mail. The mail's id is of these entries: it is the
    same however often they are sent.
    """
    reader = subscription.reader
    assert reader is not None
    entries = [_entry(change) for change in reversed(changes_of(sequences))]
    names = names_of([subscription])
    stop = settings.SITE_URL + reverse(
        "stop", args=[token_for(STOP, str(subscription.pk), DAYS[STOP])]
    )
    context = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "entries": entries,
        "count": len(entries),
        "more": more,
        "words": in_words(subscription, names),
        "cadence": Cadence(subscription.cadence).label,
        "floor": FLOORS[subscription.floor],
        "stop": stop,
        "manage": settings.SITE_URL + reverse("manage", args=[manage_token(reader)]),
    }
    mail = Mail(
        to=reader.email,
        subject=entries[0].headline
        if len(entries) == 1
        else f"{len(entries)} changes: {in_short(subscription, names)}",
        text=render_to_string("letters/digest.txt", context),
        html=render_to_string("letters/digest.html", context),
        id=_id(subscription, sequences),
        headers={
            "List-Id": f"<changes.{mail_host().strip('[]')}>",
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    return Digest(mail, [(entry.sequence, entry.spoiled) for entry in entries if entry.spoiled])


def _entry(change: Change) -> Entry:
    url = settings.SITE_URL + change.get_absolute_url()
    try:
        why = reason(change)
        if len(why) > REASON_LENGTH:
            why = f"{why[: REASON_LENGTH - 1]}…"
        return Entry(change.sequence, change.at, headline(change), statement(change), why, url)
    except Exception as error:  # one entry that cannot be worded must not keep back the others
        logger.exception("entry %s cannot be told by e-mail", change.sequence)
        said = f"Entry no. {change.sequence} of the log, which this mail could not put into words"
        spoiled = f"It cannot be worded: {type(error).__name__}."
        return Entry(change.sequence, change.at, said, f"{said}.", "", url, spoiled)


def _id(subscription: Subscription, sequences: Sequence[int]) -> str:
    told = f"{subscription.pk}:{','.join(map(str, sequences))}"
    return hashlib.sha256(told.encode()).hexdigest()[:40]
