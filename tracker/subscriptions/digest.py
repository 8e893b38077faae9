"""The mail that tells a reader what has changed within one subscription's scope."""

import hashlib
import logging
import secrets
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
from tracker.letters.tokens import tokens_for
from tracker.subscriptions.models import Cadence, Subscription
from tracker.subscriptions.opting import DAYS, MANAGE, STOP
from tracker.subscriptions.scopes import FLOORS, columns, in_short, in_words, names_of, news

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


class Lot:
    """Mails that are written together: what several have in common is asked for and worded once.

    It lives as long as it takes to send them, so that what is redacted or renamed meanwhile is soon
    told as it then stands.
    """

    def __init__(self, subscriptions: Sequence[Subscription]) -> None:
        stops = tokens_for(STOP, [str(each.pk) for each in subscriptions], DAYS[STOP])
        readers = {str(each.reader_id) for each in subscriptions}
        manages = tokens_for(MANAGE, readers, DAYS[MANAGE])
        self._stops = {about: _link("stop", token) for about, token in stops.items()}
        self._manages = {about: _link("manage", token) for about, token in manages.items()}
        self._news: dict[_Slice, tuple[list[int], int]] = {}
        self._entries: dict[int, Entry] = {}
        self._worded: dict[tuple[_Slice, str, tuple[int, ...], bool], _Worded] = {}

    def news(self, subscription: Subscription, most: int) -> tuple[list[int], int]:
        """As `scopes.news`, up to what the subscription is being told."""
        key = _slice(subscription)
        if key not in self._news:
            self._news[key] = news(subscription, most, subscription.telling)
        return self._news[key]

    def digest(self, subscription: Subscription, sequences: Sequence[int], more: bool) -> Digest:
        """What these entries say, oldest first, for the subscription's reader.

        `more`: further entries follow in the next mail. The mail's id is of these entries: it is
        the same however often they are sent.
        """
        reader = subscription.reader
        assert reader is not None
        key = (_slice(subscription), subscription.cadence, tuple(sequences), more)
        if key not in self._worded:
            entries = self._told(sequences)
            self._worded[key] = _worded(subscription, entries, more)
        worded = self._worded[key]
        stop, manage = self._stops[str(subscription.pk)], self._manages[str(reader.pk)]
        mail = Mail(
            to=reader.email,
            subject=worded.subject,
            text=worded.text.replace(worded.stop, stop).replace(worded.manage, manage),
            html=worded.html.replace(worded.stop, stop).replace(worded.manage, manage),
            id=_id(subscription, sequences),
            headers={
                "List-Id": f"<changes.{mail_host().strip('[]')}>",
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )
        return Digest(mail, worded.spoiled)

    def _told(self, sequences: Sequence[int]) -> list[Entry]:
        missing = [each for each in sequences if each not in self._entries]
        if missing:
            self._entries |= {each.sequence: _entry(each) for each in changes_of(missing)}
        return [self._entries[each] for each in sequences if each in self._entries]


#: What two subscriptions share that are to be told the same: scope, floor, from where, to where.
_Slice = tuple[str | int, ...]


def _slice(subscription: Subscription) -> _Slice:
    of_scope = columns(subscription).values()
    return (*of_scope, subscription.floor, subscription.cursor, subscription.telling)


@dataclass(frozen=True)
class _Worded:
    """A mail to anybody: `stop` and `manage` stand where the reader's own links belong."""

    subject: str
    text: str
    html: str
    stop: str
    manage: str
    spoiled: Sequence[tuple[int, str]]


def _worded(subscription: Subscription, entries: Sequence[Entry], more: bool) -> _Worded:
    names = names_of([subscription])
    stop, manage = secrets.token_hex(16), secrets.token_hex(16)  # in nobody's words
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
        "manage": manage,
    }
    return _Worded(
        subject=entries[0].headline
        if len(entries) == 1
        else f"{len(entries)} changes: {in_short(subscription, names)}",
        text=render_to_string("letters/digest.txt", context),
        html=render_to_string("letters/digest.html", context),
        stop=stop,
        manage=manage,
        spoiled=[(entry.sequence, entry.spoiled) for entry in entries if entry.spoiled],
    )


def _link(name: str, token: str) -> str:
    """The address of a reader's own page; it holds nothing that HTML would have to escape."""
    return settings.SITE_URL + reverse(name, args=[token])


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
