"""What readers saw, held against what was acknowledged."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from email.message import EmailMessage
from io import StringIO

from django.core.management import call_command

from tests.mailserver import part
from tests.subscriptions.sink import Received
from tracker.changes.models import Change
from tracker.subscriptions.models import Subscription


def check_log(acknowledged: Iterable[tuple[str, str, str]], before: int) -> int:
    """Every acknowledged (kind, noun, slug) is in the log exactly once, after entry `before`.

    Nothing is there twice, acknowledged or not; no sequence is missing, and the whole log verifies.
    Returns the last sequence.
    """
    rows = Change.objects.order_by("sequence")
    sequences = list(rows.values_list("sequence", flat=True))
    assert sequences == list(range(1, len(sequences) + 1))
    added = rows.filter(sequence__gt=before)
    logged = Counter(added.values_list("kind", "subject_type", "subject_slug"))
    assert [each for each, times in logged.items() if times > 1] == []
    assert [each for each in acknowledged if each not in logged] == []
    call_command("verify_log", stdout=StringIO())
    return len(sequences)


def check_messages(
    received: Sequence[Received], subscription: Subscription, first: int, last: int
) -> int:
    """An endpoint was told of `first` to `last`, in order, each under one id; how many repeats.

    No message came before the one before it had come; a repeat is the same, byte by byte.
    """
    bodies: dict[str, bytes] = {}
    told = [each for each in received if json.loads(each.body)["type"] != "endpoint.verification"]
    for each in told:
        assert bodies.setdefault(each.headers["webhook-id"], each.body) == each.body
    wanted = [f"msg_{subscription.pk.hex}_{sequence}" for sequence in range(first, last + 1)]
    assert list(bodies) == wanted
    return len(told) - len(bodies)


def told_by(mail: EmailMessage) -> list[int]:
    """The sequences of the entries that a mail tells of."""
    return [int(each) for each in re.findall(r"/changes/(\d+)/", part(mail, "plain"))]


def check_mails(mails: Sequence[EmailMessage], first: int, last: int) -> int:
    """A reader was told of `first` to `last`, each in one mail; how many mails were repeats.

    A repeat has the Message-ID of the mail that it repeats, and tells of the same entries.
    """
    by_id: dict[str, list[int]] = {}
    for mail in mails:
        assert by_id.setdefault(str(mail["Message-ID"]), told_by(mail)) == told_by(mail)
    told = [sequence for sequences in by_id.values() for sequence in sequences]
    assert sorted(told) == list(range(first, last + 1))
    return len(mails) - len(by_id)
