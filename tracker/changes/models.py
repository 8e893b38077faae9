"""The log's tables. Rows are written by `changes.log.append` and by nothing else."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from tracker.changes.kinds import Kind, Significance
from tracker.records.fields import one_of

NO_HASH = "0" * 64  # the previous hash of the first entry


class Change(models.Model):
    """One entry of the public log (DESIGN section 7).

    `header` and `body` are the exact canonical JSON texts that were hashed; the other columns
    repeat the header so that it can be asked about. A redaction nulls `body` and `reason` and
    nothing else, ever.
    """

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=24, choices=Kind)
    significance = models.CharField(max_length=9, choices=Significance)
    subject_type = models.CharField(max_length=20)
    subject_slug = models.CharField(max_length=120)
    labs = models.JSONField(default=list)
    commitments = models.JSONField(default=list)
    pledge = models.CharField(max_length=120, blank=True)
    category = models.CharField(max_length=14, blank=True)
    actor = models.CharField(max_length=200)
    header = models.TextField()
    reason = models.TextField(null=True, blank=True)
    body = models.TextField(null=True, blank=True)
    body_sha256 = models.CharField(max_length=64)
    previous_hash = models.CharField(
        max_length=64, unique=True
    )  # a fork is refused by the database
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("-sequence",)
        default_permissions = ("view",)  # nobody adds, changes or deletes an entry by hand
        permissions = (
            ("publish", "Can publish records and change published ones"),
            ("redact", "Can redact what was published"),
        )
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("kind", Kind.values),
            one_of("significance", Significance.values),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="tracker_change_counts_up"),
            models.CheckConstraint(
                condition=Q(body__isnull=False) | Q(reason__isnull=True),
                name="tracker_change_redacted_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.kind} {self.subject_type} {self.subject_slug}"

    def get_absolute_url(self) -> str:
        """Its permanent page."""
        return reverse("change", args=[self.sequence])


#: Of the topics of which one may hold a large part of the log: `all` and `lab:x`, in words that an
#: index and a query say alike.
BROAD = Q(topic__lt="b") | Q(topic__gt="l", topic__lt="m")


class Broad(models.Func):
    """BROAD in a query, without parameters: SQLite takes an index of some rows only where the query
    says the same words."""

    template = "(%(expressions)s < 'b' OR (%(expressions)s > 'l' AND %(expressions)s < 'm'))"
    output_field = models.BooleanField()
    conditional = True


class ChangeTopic(models.Model):
    """Where a reader may look for a change: `all`, `lab:x`, `commitment:y`, `record:noun:z`, ….

    One narrow table answers every filtered list of changes by an index range: of a broad topic
    also what is of one kind, significance or category, or of any two of them. The other topics are
    short enough to be read through.
    """

    pk = models.CompositePrimaryKey("topic", "sequence")
    topic = models.CharField(max_length=150)
    sequence = models.BigIntegerField()
    kind = models.CharField(max_length=24)
    significance = models.CharField(max_length=9)
    category = models.CharField(max_length=14, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=("topic", *names, "sequence"),
                condition=BROAD,
                name=f"topic_{'_'.join(names)}",
            )
            for names in (
                ("kind",),
                ("category",),
                ("significance",),
                ("kind", "category"),
                ("kind", "significance"),
                ("category", "significance"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.sequence}"


class LogHead(models.Model):
    """The one row that everyone who appends must lock: the last sequence, instant and hash."""

    sequence = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)
    hash = models.CharField(max_length=64, default=NO_HASH)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(id=1), name="tracker_loghead_single")
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"


class Checkpoint(models.Model):
    """The log's head at one moment, signed: whoever keeps the note can prove a later rewriting."""

    made_at = models.DateTimeField(primary_key=True)
    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    note = models.TextField()

    class Meta:
        ordering = ("-made_at",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"
