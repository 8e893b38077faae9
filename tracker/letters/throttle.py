"""How often one network, or one address, may ask for something that costs others something."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tracker.letters.models import Asked
from tracker.letters.networks import larger_network

NEIGHBOURS = 4  # networks of one larger network that may each ask to the full


def allowed(purpose: str, who: str, times: int, per: timedelta) -> bool:
    """Count this asking; True while `who` has asked at most `times` since the window began."""
    now = timezone.now()
    key = {
        "purpose": purpose,
        "who": salted_hmac("on-record/asked/v1", who, algorithm="sha256").hexdigest(),
    }
    with transaction.atomic():
        Asked.objects.bulk_create([Asked(**key, since=now)], ignore_conflicts=True)
        Asked.objects.filter(**key, since__lte=now - per).update(since=now, times=0)
        Asked.objects.filter(**key).update(times=F("times") + 1)
        return Asked.objects.values_list("times", flat=True).get(**key) <= times


def allowed_from(purpose: str, network: str, times: int, per: timedelta) -> bool:
    """As `allowed`, for a network; what it lies in may ask a few times as often, all together."""
    larger = larger_network(network)
    return allowed(purpose, network, times, per) and (
        not larger or allowed(purpose, larger, times * NEIGHBOURS, per)
    )


def forget_old(age: timedelta = timedelta(days=2)) -> int:
    """Delete what no window can count any more; how many rows there were."""
    return Asked.objects.filter(since__lte=timezone.now() - age).delete()[0]
