"""The e-mail channel: what has changed within a subscription's scope, in one mail."""

from datetime import timedelta
from functools import partial

from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tracker.letters.mail import Undelivered, send
from tracker.letters.queue import line
from tracker.letters.sending import LEASE, again_at, in_turns
from tracker.subscriptions.digest import Digest, Lot
from tracker.subscriptions.models import Fate, Reader, Standing, Subscription
from tracker.subscriptions.routing import hold_watermark
from tracker.subscriptions.serving import claim_due, failed, note_attempt, stop, told

AT_ONCE = 50  # mails: what they have in common is asked for and worded once
MOST = 50  # entries in a mail; more follow in the next
BOUNCES = 3  # refused for good, one mail after another: the address is left alone
AFTER_BOUNCE = timedelta(days=1)


def send_mails() -> int:
    """Send to the readers whose subscriptions are due; how many mails."""
    return in_turns(
        lambda: claim_due(AT_ONCE, LEASE, reader__isnull=False),
        lambda some: partial(_serve, Lot(some)),
    )


def _serve(lot: Lot, subscription: Subscription, mail_line: BaseEmailBackend) -> int:
    """Send one subscription its mail, if there is anything to say; a commit."""
    sequences, cursor = lot.news(subscription, MOST + 1)
    if not sequences:
        told(subscription, cursor)
        return 0
    if more := len(sequences) > MOST:
        sequences = sequences[:MOST]
        cursor = sequences[-1]
    worded = lot.digest(subscription, sequences, more=more)
    try:
        send(worded.mail, mail_line)
    except Undelivered as error:
        if error.of_server:
            raise
        _refused(subscription, sequences[0], error)
        return 0
    _sent(subscription, cursor, worded)
    return 1


def _sent(subscription: Subscription, cursor: int, worded: Digest) -> None:
    reader = subscription.reader
    if not worded.spoiled and not (reader and reader.bounces):
        told(subscription, cursor)  # a statement, and so a commit, of its own
        return
    with transaction.atomic():
        _sent_with_notes(subscription, cursor, worded)


def _sent_with_notes(subscription: Subscription, cursor: int, worded: Digest) -> None:
    if not told(subscription, cursor):
        return  # another worker's by now, or stopped meanwhile
    for sequence, why in worded.spoiled:
        note_attempt(subscription, sequence, Fate.SET_ASIDE, said=why)
    if subscription.reader is not None and subscription.reader.bounces:
        Reader.objects.filter(pk=subscription.reader.pk).update(bounces=0)


@transaction.atomic
def _refused(subscription: Subscription, sequence: int, error: Undelivered) -> None:
    """The mail was not taken: again later, or, where that is no use any more, paused."""
    said, reader = str(error), subscription.reader
    assert reader is not None
    hold_watermark()  # several rows may change: `route` takes them in an order of its own
    if not error.permanent:
        if failed(subscription, subscription.cursor, said, again_at(subscription.failures)):
            note_attempt(subscription, sequence, Fate.FAILED, said=said)
        return
    bounces = reader.bounces + 1
    if bounces < BOUNCES:
        kept = failed(subscription, subscription.cursor, said, timezone.now() + AFTER_BOUNCE)
    else:
        kept = stop(subscription, Standing.PAUSED, said)
    if kept:
        note_attempt(subscription, sequence, Fate.FAILED, said=said)
        Reader.objects.filter(pk=reader.pk).update(bounces=F("bounces") + 1)
    if bounces >= BOUNCES:  # whatever else it follows would be refused too
        others = Subscription.objects.filter(reader=reader, standing=Standing.ACTIVE)
        others.update(standing=Standing.PAUSED, due_at=None, claim=None, said=line(said))
