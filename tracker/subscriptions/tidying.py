"""What is not needed any more is forgotten."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.utils import timezone

from tracker.letters import sending, throttle, tokens
from tracker.subscriptions.models import Reader, Standing, Subscription
from tracker.subscriptions.serving import forget_old_attempts

UNCONFIRMED = timedelta(days=30)


def forget_unconfirmed() -> int:
    """Askings that nobody confirmed within a month, and addresses with nothing else."""
    old = timezone.now() - UNCONFIRMED
    asked = Subscription.objects.filter(standing=Standing.PENDING, reader__isnull=False)
    forgotten = asked.filter(created_at__lt=old).delete()[0]
    Reader.objects.filter(subscriptions=None, created_at__lt=old).delete()
    return forgotten


CHORES: Sequence[Callable[[], int]] = (
    tokens.forget_expired,
    throttle.forget_old,
    sending.forget_set_aside,
    forget_old_attempts,
    forget_unconfirmed,
)


def tidy() -> int:
    """Every chore; how many rows were forgotten."""
    return sum(chore() for chore in CHORES)
