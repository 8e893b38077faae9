"""Who follows what, and how far along the log each has been told."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from tracker.changes.kinds import Kind, Significance
from tracker.changes.topics import ALL, topic
from tracker.commitments.enums import Category
from tracker.letters.queue import Queued
from tracker.records.fields import AddressField, one_of


class Cadence(models.TextChoices):
    """How often a reader wants to hear of changes."""

    EACH = "each", "each change as it comes"
    DAILY = "daily", "once a day"
    WEEKLY = "weekly", "once a week"


class Standing(models.TextChoices):
    """Whether anything is sent."""

    PENDING = "pending", "waiting to be confirmed"
    ACTIVE = "active", "active"
    PAUSED = "paused", "paused"
    ENDED = "ended", "ended"


class Signing(models.TextChoices):
    """How a webhook's messages are signed (Standard Webhooks)."""

    HMAC = "hmac", "HMAC-SHA256, one shared secret"
    ED25519 = "ed25519", "Ed25519, a public key"


class Fate(models.TextChoices):
    """What became of one attempt to deliver one entry."""

    DELIVERED = "delivered", "delivered"
    FAILED = "failed", "failed, to be tried again"
    SET_ASIDE = "set_aside", "set aside after too many failures"


class Reader(models.Model):
    """An address of e-mail whose owner follows something, or has been asked whether they do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(unique=True)  # in lower case
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(null=True)  # when the last letter asking to confirm is due
    bounces = models.PositiveSmallIntegerField(default=0)  # refused for good, in a row

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"reader {self.pk}"  # never the address: this may reach a log


class Endpoint(models.Model):
    """A webhook: the address that is told, and the owner's address for news about it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    url = AddressField()
    owner = models.EmailField(blank=True)
    owner_confirmed = models.BooleanField(default=False)  # by the link in a letter
    signing = models.CharField(max_length=7, choices=Signing, default=Signing.HMAC)
    verified_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar[list[models.BaseConstraint]] = [one_of("signing", Signing.values)]

    def __str__(self) -> str:
        return f"webhook {self.pk}"


class Secret(models.Model):
    """What an endpoint's messages are signed with; two at once while one replaces the other."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="secrets")
    value = models.CharField(max_length=100)  # whsec_… or whsk_…
    made_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField(null=True)  # set when another takes its place

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"secret of {self.endpoint_id}"


class Subscription(Queued):
    """One slice of the log that one reader or one endpoint follows, from its own cursor.

    Publishing does not know of it. A worker raises `wake` when an entry is filed under `topic`;
    there is something to do while `wake` is beyond `cursor`, and `due_at` says when.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    reader = models.ForeignKey(
        Reader, models.CASCADE, null=True, blank=True, related_name="subscriptions"
    )
    endpoint = models.ForeignKey(
        Endpoint, models.CASCADE, null=True, blank=True, related_name="subscriptions"
    )
    lab = models.CharField(max_length=120, blank=True)  # slugs; blank: all
    commitment = models.CharField(max_length=120, blank=True)
    pledge = models.CharField(max_length=120, blank=True)
    category = models.CharField(max_length=14, choices=Category, blank=True)
    kind = models.CharField(max_length=24, choices=Kind, blank=True)
    floor = models.CharField(
        max_length=9, choices=Significance, default=Significance.EDITORIAL
    )  # this significance and above
    topic = models.CharField(max_length=150, editable=False)  # the narrowest; from the slugs
    cadence = models.CharField(max_length=6, choices=Cadence, default=Cadence.EACH)
    standing = models.CharField(max_length=7, choices=Standing, default=Standing.PENDING)
    cursor = models.BigIntegerField(default=0)  # the last entry dealt with
    wake = models.BigIntegerField(default=0)  # the newest entry that may concern it
    # the newest entry of what is being sent; beyond the cursor, it may have arrived already
    telling = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Queued.Meta):
        default_permissions = ("view",)
        indexes: ClassVar[list[models.Index]] = [
            *Queued.Meta.indexes,
            # what a worker wakes: those under the topics of new entries
            models.Index(
                fields=("topic",), condition=Q(standing=Standing.ACTIVE), name="subscription_topic"
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("cadence", Cadence.values),
            one_of("standing", Standing.values),
            one_of("floor", Significance.values),
            models.CheckConstraint(
                condition=Q(reader__isnull=False, endpoint__isnull=True)
                | Q(reader__isnull=True, endpoint__isnull=False),
                name="subscription_of_one",
            ),
            models.UniqueConstraint(
                fields=("reader", "lab", "commitment", "pledge", "category", "kind"),
                condition=Q(reader__isnull=False),
                name="subscription_once",
            ),
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"

    def save(self, *args: object, **kwargs: object) -> None:
        """The topic follows from the slugs, whoever saves."""
        self.topic = narrowest(self.lab, self.commitment, self.pledge)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


def narrowest(lab: str, commitment: str, pledge: str) -> str:
    """The topic that holds everything of a scope and the least beside it."""
    for noun, slug in (("commitment", commitment), ("pledge", pledge), ("lab", lab)):
        if slug:
            return topic(noun, slug)
    return ALL


class Attempt(models.Model):
    """One try to deliver one entry to one subscription, for its owner to look at."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="attempts")
    sequence = models.BigIntegerField()
    at = models.DateTimeField()
    fate = models.CharField(max_length=9, choices=Fate)
    status = models.PositiveSmallIntegerField(null=True)  # of the HTTP answer
    said = models.CharField(max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ("view",)
        ordering = ("-at", "-pk")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("subscription", "-at"), name="attempt_newest")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [one_of("fate", Fate.values)]

    def __str__(self) -> str:
        return f"{self.sequence} {self.fate}"


class Watermark(Queued):
    """How far along the log something that concerns no single subscription has come."""

    name = models.CharField(max_length=20, primary_key=True)
    sequence = models.BigIntegerField(default=0)

    class Meta(Queued.Meta):
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.sequence}"
