"""A suggestion comes in, is triaged, and its sender is told; nobody else sees it."""

import time
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from tracker.letters.addresses import mailbox_of
from tracker.letters.mail import Mail
from tracker.letters.models import Letter
from tracker.letters.sending import Wording, write
from tracker.letters.throttle import allowed, allowed_from
from tracker.letters.tokens import about_of, take_back, token_for
from tracker.submissions.models import Submission, Triage

PURPOSE = "submission"
DAYS = 400  # that the private link lasts
RECEIVED, DECIDED = "submission received", "submission decided"  # kinds of letters

PER_NETWORK, NETWORK_WINDOW = 5, timedelta(hours=1)
LETTERS_PER_ADDRESS, ADDRESS_WINDOW = 3, timedelta(days=1)

#: A form filled in faster than this was filled in by no reader; one kept longer is given anew.
FASTEST, LONGEST = 2.0, 24 * 3600.0  # seconds
_SALT = "on-record/suggest/v1"


class Stale(Exception):
    """Somebody else triaged the submission since this curator opened it."""


@dataclass(frozen=True)
class Kept:
    """A submission as it was kept, and the token of its sender's private page."""

    submission: Submission
    token: str


def stamp() -> str:
    """When a form was shown, signed, for `untimely`."""
    return signing.dumps(int(time.time() * 1000), salt=_SALT)


def untimely(stamped: str) -> str:
    """What is wrong with when the form comes back, in a sentence; "" where nothing is."""
    try:
        shown: int = signing.loads(stamped, salt=_SALT)
    except signing.BadSignature:
        return "It did not come from our form as we gave it."
    seconds = time.time() - shown / 1000
    if seconds > LONGEST:
        return "The form was opened more than a day ago."
    return "It came faster than one can write." if seconds < FASTEST else ""


def may_suggest(network: str) -> bool:
    """Counts this asking of a network; False when it has sent enough for now."""
    return allowed_from("suggest", network, PER_NETWORK, NETWORK_WINDOW)


@transaction.atomic
def keep(submission: Submission) -> Kept:
    """Store it and, where there is an address, acknowledge it by letter."""
    submission.save(force_insert=True)
    token = token_for(PURPOSE, str(submission.pk), DAYS)
    if submission.email and _may_write(submission.email):
        write(RECEIVED, submission.pk, submission.email)
    return Kept(submission, token)


def of_token(token: str) -> Submission | None:
    """The submission whose private page this is."""
    about = about_of(PURPOSE, token)
    return None if about is None else Submission.objects.filter(pk=about).first()


@transaction.atomic
def triage(submission: Submission, *, version: int, by: str, to: str, outcome: str) -> Submission:
    """Decide on it, and tell its sender when the decision or its words have changed.

    Raises Stale where it is no longer the `version` that was seen.
    """
    locked = Submission.objects.select_for_update(no_key=True).get(pk=submission.pk)
    if locked.version != version:
        raise Stale(
            "Somebody else triaged this submission while you were looking at it. It now reads "
            f"“{locked.get_triage_display()}”: {locked.outcome or 'no words for the sender yet'}"
        )
    before = locked.triage, locked.outcome
    locked.triage, locked.outcome = to, outcome
    locked.triaged_by, locked.triaged_at = by, timezone.now()
    locked.version += 1
    locked.save()
    decided = to in (Triage.USED, Triage.DECLINED)
    if decided and locked.email and before != (to, outcome):
        write(DECIDED, locked.pk, locked.email)
    return locked


@transaction.atomic
def forget_sender(submission: Submission) -> None:
    """Take the sender's name and address out; the suggestion itself stays."""
    Submission.objects.filter(pk=submission.pk).update(name="", email="")
    Letter.objects.filter(about=str(submission.pk), kind__in=(RECEIVED, DECIDED)).delete()


@transaction.atomic
def withdraw(submission: Submission) -> None:
    """Forget the whole suggestion."""
    forget_sender(submission)
    take_back(PURPOSE, str(submission.pk))
    Submission.objects.filter(pk=submission.pk).delete()


def _may_write(address: str) -> bool:
    return allowed("submission letter", mailbox_of(address), LETTERS_PER_ADDRESS, ADDRESS_WINDOW)


def _word(letter: Letter) -> Mail | None:
    submission = Submission.objects.filter(pk=letter.about).first()
    if submission is None:
        return None
    token = token_for(PURPOSE, str(submission.pk), DAYS)
    context = {
        "submission": submission,
        "site_name": settings.SITE_NAME,
        "received": letter.kind == RECEIVED,
        "url": settings.SITE_URL + reverse("suggestion", args=[token]),
    }
    subject = "Your suggestion has arrived" if letter.kind == RECEIVED else "Your suggestion"
    return Mail(
        to=letter.to,
        subject=f"{subject} – {settings.SITE_NAME}",
        text=render_to_string("letters/suggestion.txt", context),
        html=render_to_string("letters/suggestion.html", context),
        id=letter.pk.hex,
    )


#: For the worker: what words these letters.
WORDINGS: dict[str, Wording] = {RECEIVED: _word, DECIDED: _word}
