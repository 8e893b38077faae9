"""What is not needed any more is forgotten."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.utils import timezone

from tracker.letters import sending, throttle, tokens
from tracker.subscriptions.models import Endpoint, Reader, Standing, Subscription
from tracker.subscriptions.owning import WEBHOOK
from tracker.subscriptions.serving import forget_old_attempts

UNCONFIRMED = timedelta(days=30)


def forget_unconfirmed() -> int:
    """Askings that nobody confirmed within a month, and addresses with nothing else."""
    old = timezone.now() - UNCONFIRMED
    asked = Subscription.objects.filter(standing=Standing.PENDING, reader__isnull=False)
    forgotten = asked.filter(created_at__lt=old).delete()[0]
    Reader.objects.filter(subscriptions=None, created_at__lt=old).delete()
    return forgotten


def forget_unverified() -> int:
    """Webhooks that answered no verification message within a month, and what opens their pages."""
    old = Endpoint.objects.filter(verified_at=None, created_at__lt=timezone.now() - UNCONFIRMED)
    rows = Subscription.objects.filter(endpoint__in=old).values_list("pk", flat=True)
    for primary_key in rows:
        tokens.take_back(WEBHOOK, str(primary_key))
    return old.delete()[0]


CHORES: Sequence[Callable[[], int]] = (
    tokens.forget_expired,
    throttle.forget_old,
    sending.forget_set_aside,
    forget_old_attempts,
    forget_unconfirmed,
    forget_unverified,
)


def tidy() -> int:
    """Every chore; how many rows were forgotten."""
    return sum(chore() for chore in CHORES)
