"""Letters that wait, tokens that letters carry, and who has asked how often."""

import uuid
from typing import ClassVar

from django.db import models

from tracker.letters.queue import Queued


class Letter(Queued):
    """One e-mail to one person, about something of theirs. It is gone once it is sent.

    Its words are made when it is sent, so that no token ever lies in the table.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)  # and its Message-ID
    kind = models.CharField(max_length=40)  # says which function words it
    about = models.CharField(max_length=60)  # the primary key of what it is about
    to = models.EmailField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Queued.Meta):
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"


class Token(models.Model):
    """What a link in a letter allows, until when. The table holds a hash, never the token."""

    hash = models.CharField(max_length=64, primary_key=True)
    purpose = models.CharField(max_length=40)
    about = models.CharField(max_length=60)
    serial = models.CharField(max_length=32)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("purpose", "about"), name="token_purpose_about")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.about}"


class Asked(models.Model):
    """How often somebody has asked for something since `since`; who it was is a keyed hash."""

    purpose = models.CharField(max_length=40)
    who = models.CharField(max_length=64)
    since = models.DateTimeField()
    times = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("purpose", "who"), name="asked_once")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.times}"
