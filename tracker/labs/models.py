"""Lab, with its tags, and Person."""

from django.db import models

from tracker.records.fields import AddressField, LineField, ProseField, one_of
from tracker.records.models import Part, Record


class LabKind(models.TextChoices):
    """What sort of organisation it is; the lists begin with AI labs."""

    AI_LAB = "ai_lab", "AI lab"
    COMPANY = "company", "company"
    PUBLIC_BODY = "public_body", "public body"
    PUBLISHER = "publisher", "publisher"
    OTHER = "other", "other organisation"


class Lab(Record):
    """An organisation that makes commitments, or acts in the record of those that do."""

    parts = ("tags",)

    name = LineField(unique=True, help_text="As the organisation writes it. Example: Example Lab")
    kind = models.CharField(max_length=12, choices=LabKind)
    website = AddressField(blank=True, help_text="Example: https://www.example.org/")
    summary = ProseField(blank=True, help_text="One or two sentences of fact for its page.")

    class Meta(Record.Meta):
        ordering = ("name",)
        constraints = [*Record.Meta.constraints, one_of("kind", LabKind.values)]

    def __str__(self) -> str:
        return self.name


class TagKind(models.TextChoices):
    """What labs are grouped by."""

    COHORT = "cohort", "cohort"
    REGION = "region", "region"
    OPENNESS = "openness", "open or closed"


class LabTag(Part):
    """A group that a lab belongs to: those who signed together, a region, open or closed models."""

    owner = "lab"
    identity = ("kind", "name")

    lab = models.ForeignKey(Lab, models.CASCADE, related_name="tags")
    kind = models.CharField(max_length=8, choices=TagKind)
    name = LineField(max_length=80, help_text="Example: Europe, or open weights")

    class Meta:
        ordering = ("kind", "name")
        verbose_name = "tag"
        constraints = [
            models.UniqueConstraint(fields=("lab", "kind", "name"), name="tracker_labtag_once"),
            one_of("kind", TagKind.values),
        ]
        indexes = [models.Index(fields=("kind", "name"), name="tracker_labtag_group")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"


class Person(Record):
    """Someone quoted or named in the record."""

    name = LineField(help_text="Example: Ada Example")
    lab = models.ForeignKey(
        Lab,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        help_text="The organisation they are best known for in this record.",
    )
    role = LineField(blank=True, help_text="Their part in this record. Example: co-lead of a team")
    summary = ProseField(blank=True)

    class Meta(Record.Meta):
        ordering = ("name", "slug")
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name
