"""A reader's suggestion and what became of it. Never public by itself."""

import uuid
from typing import ClassVar

from django.db import models

from tracker.records.fields import AddressField, LineField, ProseField, one_of


class SubmissionKind(models.TextChoices):
    """What a reader brings."""

    EVIDENCE = "evidence", "evidence"
    CORRECTION = "correction", "a correction"


class Triage(models.TextChoices):
    """Where a submission stands with the curators."""

    NEW = "new", "not looked at yet"
    LOOKING = "looking", "being looked into"
    USED = "used", "used in the record"
    DECLINED = "declined", "not used"


class Submission(models.Model):
    """One suggestion about one record, or about the record as a whole."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=SubmissionKind)
    noun = models.CharField(max_length=20, blank=True)
    slug = models.CharField(max_length=120, blank=True)
    words = ProseField(help_text="What should the record say, and how do you know?")
    link = AddressField(blank=True, help_text="Where it can be read, if anywhere.")
    name = LineField(blank=True, max_length=120)
    email = models.EmailField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    triage = models.CharField(max_length=8, choices=Triage, default=Triage.NEW)
    outcome = ProseField(blank=True, help_text="Told to the sender in these words.")
    triaged_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    triaged_by = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        ordering = ("-created_at",)
        default_permissions = ("view", "change")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("kind", SubmissionKind.values),
            one_of("triage", Triage.values),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.noun} {self.slug}".strip()
