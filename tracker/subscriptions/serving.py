"""What every channel does with a subscription that is due: claim, tell, move the cursor."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, F, When
from django.utils import timezone

from tracker.letters.queue import claim, line, settle
from tracker.subscriptions.models import Attempt, Fate, Standing, Subscription
from tracker.subscriptions.routing import next_time

KEPT_FOR = timedelta(days=30)  # attempts


def claim_due(count: int, seconds: float, **of: Any) -> list[Subscription]:
    """Active subscriptions with something to look at, ours for `seconds`.

    `telling` says up to where: up to what woke them; or as far as before, where what was sent then
    may have arrived, so that it is sent again as it was.
    """
    rows = Subscription.objects.filter(standing=Standing.ACTIVE, **of)
    telling = Case(When(telling__gt=F("cursor"), then=F("telling")), default=F("wake"))
    found = claim(rows.select_related("reader", "endpoint"), count, seconds, telling=telling)
    for each in found:
        each.telling = each.telling if each.telling > each.cursor else each.wake
    return found


def told(subscription: Subscription, cursor: int) -> bool:
    """Everything up to `cursor` has been told; False where another worker has taken over.

    What was woken beyond it meanwhile stays due, at once where more was waiting already.
    """
    now = timezone.now()
    more = now if subscription.wake > cursor else next_time(subscription.cadence, now)
    values = {"cursor": cursor, "due_at": more, "id": subscription.pk, "claim": subscription.claim}
    fields: dict[str, Any] = {each.name: each for each in Subscription._meta.concrete_fields}
    given = {name: fields[name].get_db_prep_save(each, connection) for name, each in values.items()}
    with connection.cursor() as asked:
        asked.execute(_TOLD, given)
        return bool(asked.rowcount == 1)


#: As `letters.queue.settle` would write it: once for each mail, of which this is a third.
_TOLD = f"""
    UPDATE {Subscription._meta.db_table}
    SET due_at = CASE WHEN wake > %(cursor)s THEN %(due_at)s END,
        "cursor" = %(cursor)s, claim = NULL, failures = 0, said = ''
    WHERE id = %(id)s AND claim = %(claim)s
"""  # noqa: S608 - our own name


def failed(subscription: Subscription, cursor: int, said: str, again_at: datetime) -> bool:
    """Told up to `cursor`, and then certainly not; to be tried again at `again_at`."""
    return settle(
        subscription,
        due_at=again_at,
        cursor=cursor,
        telling=0,
        failures=F("failures") + 1 if cursor == subscription.cursor else 1,
        said=line(said),
    )


def stop(subscription: Subscription, standing: Standing, said: str) -> bool:
    """Nothing more is sent; the cursor stays where it was."""
    return settle(subscription, standing=standing, telling=0, said=line(said))


def note_attempt(
    subscription: Subscription,
    sequence: int,
    fate: Fate,
    *,
    said: str = "",
    status: int | None = None,
    milliseconds: int = 0,
) -> None:
    """One line of the delivery log."""
    Attempt.objects.create(
        subscription=subscription,
        sequence=sequence,
        at=timezone.now(),
        fate=fate,
        status=status,
        said=line(said),
        milliseconds=milliseconds,
    )


def forget_old_attempts() -> int:
    """The delivery log is kept for thirty days."""
    return Attempt.objects.filter(at__lt=timezone.now() - KEPT_FOR).delete()[0]
