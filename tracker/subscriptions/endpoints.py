"""What the owner of a webhook can do: make it, look at it, change its secret, stop it."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tracker.changes.models import Change
from tracker.subscriptions.models import Endpoint, Secret, Standing, Subscription
from tracker.subscriptions.routing import activate, begin_at_head, hold_watermark
from tracker.subscriptions.signing import new_secret

OVERLAP = timedelta(hours=24)  # that an old secret goes on signing beside the new one


@transaction.atomic
def make(url: str, signing: str, owner: str = "", **scope: str) -> Subscription:
    """A webhook that waits for its handshake, which a worker begins."""
    endpoint = Endpoint.objects.create(url=url, signing=signing, owner=owner)
    Secret.objects.create(endpoint=endpoint, value=new_secret(signing))
    subscription = Subscription(endpoint=endpoint, due_at=timezone.now(), **scope)
    begin_at_head(subscription)
    subscription.save()
    return subscription


def endpoint_of(subscription: Subscription) -> Endpoint:
    """The endpoint of a subscription that is known to have one."""
    assert subscription.endpoint is not None
    return subscription.endpoint


def challenge_of(endpoint: Endpoint) -> str:
    """What the endpoint has to answer to its verification message."""
    mac = salted_hmac("on-record/webhook-challenge/v1", str(endpoint.pk), algorithm="sha256")
    return mac.hexdigest()[:32]


def verify_again(subscription: Subscription) -> bool:
    """Ask a pending endpoint once more; False where it is not pending."""
    rows = Subscription.objects.filter(pk=subscription.pk, standing=Standing.PENDING)
    return rows.update(due_at=timezone.now(), claim=None, failures=0, said="") == 1


def secrets_of(endpoint: Endpoint) -> list[Secret]:
    """The secrets that sign now, the newest first."""
    live = Q(ends_at__isnull=True) | Q(ends_at__gt=timezone.now())
    return list(endpoint.secrets.filter(live).order_by("-made_at", "-pk"))


@transaction.atomic
def rotate(endpoint: Endpoint) -> Secret | None:
    """A new secret; the one before it goes on signing for a day, any older one no more.

    So two changes in a row end a secret at once. None where the endpoint is gone.
    """
    if not Endpoint.objects.select_for_update().filter(pk=endpoint.pk).exists():
        return None
    endpoint.secrets.filter(ends_at__isnull=False).delete()
    endpoint.secrets.update(ends_at=timezone.now() + OVERLAP)
    return Secret.objects.create(endpoint=endpoint, value=new_secret(endpoint.signing))


def pause(subscription: Subscription) -> bool:
    """Send nothing until it is resumed, then all that came meanwhile; False if it is not active."""
    rows = Subscription.objects.filter(pk=subscription.pk, standing=Standing.ACTIVE)
    said = "Paused by its owner."
    return rows.update(standing=Standing.PAUSED, due_at=None, claim=None, said=said) == 1


@transaction.atomic
def resume(subscription: Subscription) -> bool:
    """Go on from where it stood; False where it is not paused."""
    hold_watermark()
    rows = Subscription.objects.filter(pk=subscription.pk, standing=Standing.PAUSED)
    if not rows.exists():
        return False
    Endpoint.objects.filter(subscriptions=subscription).update(failing_since=None)
    activate(subscription)
    return True


@transaction.atomic
def send_from(subscription: Subscription, sequence: int) -> bool:
    """Deliver again from this entry on, each under the id that it had; False if there is none."""
    if not Change.objects.filter(sequence=sequence).exists():
        return False
    hold_watermark()
    standing = (Standing.ACTIVE, Standing.PAUSED)
    rows = Subscription.objects.filter(pk=subscription.pk, standing__in=standing)
    if not rows.update(cursor=sequence - 1, claim=None):
        return False
    if rows.filter(standing=Standing.ACTIVE).exists():
        activate(subscription)
    return True


def remove(subscription: Subscription) -> None:
    """Forget the webhook, its secrets and its delivery log."""
    Endpoint.objects.filter(subscriptions=subscription).delete()
