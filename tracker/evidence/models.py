"""Outcome, Bearing, Indicator, Discrepancy and Account."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from tracker.commitments.models import Commitment, Criterion
from tracker.labs.models import Lab, Person
from tracker.records.fields import LineField, ProseField, WhenEnd, WhenField, WhenStart, one_of
from tracker.records.models import Part, Record
from tracker.sources.models import Quotation, Source


class OutcomeKind(models.TextChoices):
    """What sort of observation it is; `search` is a dated search that found nothing."""

    EVENT = "event", "event"
    STATEMENT = "statement", "statement"
    DOCUMENT = "document", "document"
    MEASUREMENT = "measurement", "measurement"
    SEARCH = "search", "search that found nothing"


class Direction(models.TextChoices):
    """What an outcome does for a commitment, or for an indicator's "confirms"."""

    SUPPORTS = "supports", "supports"
    UNDERMINES = "undermines", "undermines"
    CONTEXT = "context", "context"


class DiscrepancyKind(models.TextChoices):
    """Sources disagree about a fact, or about someone's words."""

    FACT = "fact", "fact"
    WORDING = "wording", "wording"


class DiscrepancyStatus(models.TextChoices):
    """Whether the disagreement has been settled."""

    OPEN = "open", "open"
    RESOLVED = "resolved", "resolved"


class Indicator(Record):
    """A question to watch, with what would confirm or refute it."""

    position = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    title = LineField(help_text="Example: Where departing researchers go")
    question = ProseField()
    confirms = ProseField(help_text="What would confirm it.")
    refutes = ProseField(help_text="What would refute it.")
    source = models.ForeignKey(Source, models.PROTECT, related_name="indicators")

    class Meta(Record.Meta):
        ordering = ("position", "slug")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Indicators share one page."""
        return reverse("indicators") + f"#{self.slug}"


class Outcome(Record):
    """Something observed to have happened. Facts only: a motive appears only as a quotation."""

    parts = ("sourcing", "bearings")
    plain_names = {"sourcing": "sources"}

    title = LineField(help_text="Example: Example Lab publishes its audit")
    statement = ProseField(help_text="What happened, as fact.")
    kind = models.CharField(max_length=11, choices=OutcomeKind)
    occurred_on = WhenField(help_text="2027-07-05, or an interval: 2027-07-05/2027-07-07")
    occurred_on_start = WhenStart("occurred_on")
    occurred_on_end = WhenEnd("occurred_on")
    search_where = LineField(blank=True, help_text="Search: where was looked.")
    search_query = LineField(blank=True, help_text="Search: what was looked for.")
    labs = models.ManyToManyField(Lab, blank=True, related_name="outcomes")
    people = models.ManyToManyField(Person, blank=True, related_name="outcomes")

    class Meta(Record.Meta):
        ordering = ("occurred_on_start", "slug")
        indexes = [
            # the newest of all, or of a kind
            models.Index(
                fields=("state", *names, "-occurred_on_start", "-occurred_on", "slug"),
                name=f"outcome_{'_'.join((*names, 'newest'))}",
            )
            for names in ((), ("kind",))
        ]
        constraints = [
            *Record.Meta.constraints,
            one_of("kind", OutcomeKind.values),
            models.CheckConstraint(
                condition=(Q(kind="search") & ~Q(search_where="") & ~Q(search_query=""))
                | (~Q(kind="search") & Q(search_where="", search_query="")),
                name="tracker_outcome_search_described",
                violation_error_message="A search, and no other outcome, says where was looked "
                "and for what.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Sourcing(Part):
    """A source that states an outcome, with the quotation it rests on."""

    owner = "outcome"
    identity = ("source", "quotation")

    outcome = models.ForeignKey(Outcome, models.CASCADE, related_name="sourcing")
    source = models.ForeignKey(Source, models.PROTECT, related_name="sourcing")
    quotation = models.ForeignKey(
        Quotation, models.PROTECT, null=True, blank=True, related_name="sourcing"
    )
    unnamed = models.BooleanField(
        default=False, help_text="The source rests it on people whom it does not name."
    )
    note = ProseField(blank=True)

    class Meta:
        ordering = ("id",)
        verbose_name = "source of the outcome"
        verbose_name_plural = "sources of the outcome"
        constraints = [
            models.UniqueConstraint(
                fields=("outcome", "source", "quotation"), name="tracker_sourcing_quotation_once"
            ),
            models.UniqueConstraint(
                fields=("outcome", "source"),
                condition=Q(quotation__isnull=True),
                name="tracker_sourcing_source_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.source)


class Bearing(Part):
    """An outcome's tie to a commitment (optionally to one criterion) or to an indicator."""

    owner = "outcome"
    identity = ("commitment", "criterion", "indicator")
    plain_extra = ("edition",)

    outcome = models.ForeignKey(Outcome, models.CASCADE, related_name="bearings")
    commitment = models.ForeignKey(
        Commitment, models.PROTECT, null=True, blank=True, related_name="bearings"
    )
    criterion = models.ForeignKey(
        Criterion, models.PROTECT, null=True, blank=True, related_name="bearings"
    )
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, null=True, blank=True, related_name="bearings"
    )
    direction = models.CharField(max_length=10, choices=Direction)
    note = ProseField(blank=True)

    class Meta:
        ordering = ("id",)
        indexes = [
            # few bear on an indicator, and an index with all the others tells SQLite nothing
            models.Index(
                fields=("indicator",), condition=Q(indicator__isnull=False), name="bearing_signals"
            )
        ]
        constraints = [
            one_of("direction", Direction.values),
            models.CheckConstraint(
                condition=Q(commitment__isnull=False, indicator__isnull=True)
                | Q(commitment__isnull=True, criterion__isnull=True, indicator__isnull=False),
                name="tracker_bearing_on_one_thing",
                violation_error_message="An outcome bears on a commitment or on an indicator, "
                "one of the two.",
            ),
            # SQLite has no NULLS NOT DISTINCT: one constraint a column, as nulls never collide
            models.UniqueConstraint(
                fields=("outcome", "criterion"), name="tracker_bearing_criterion_once"
            ),
            models.UniqueConstraint(
                fields=("outcome", "commitment"),
                condition=Q(criterion__isnull=True),
                name="tracker_bearing_commitment_once",
            ),
            models.UniqueConstraint(
                fields=("outcome", "indicator"), name="tracker_bearing_indicator_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.get_direction_display()} {self.commitment or self.indicator}"

    @property
    def plain_key(self) -> str:
        """An assessment cites a bearing by its outcome; the commitment is the assessment's."""
        return self.outcome.slug

    @property
    def edition(self) -> int:
        """The edition of the criterion it bears on, 1 where it bears on none."""
        return self.criterion.edition if self.criterion else 1


class Discrepancy(Record):
    """Sources that disagree on a fact or on someone's words."""

    parts = ("accounts",)

    title = LineField(help_text="Example: On which day the audit appeared")
    question = ProseField()
    kind = models.CharField(max_length=7, choices=DiscrepancyKind)
    status = models.CharField(
        max_length=8, choices=DiscrepancyStatus, default=DiscrepancyStatus.OPEN
    )
    resolution = ProseField(blank=True)
    resolved_on = models.DateField(null=True, blank=True)
    commitments = models.ManyToManyField(
        Commitment,
        blank=True,
        related_name="discrepancies",
        help_text="The commitments that stand on the disputed fact.",
    )
    outcomes = models.ManyToManyField(Outcome, blank=True, related_name="discrepancies")

    class Meta(Record.Meta):
        ordering = ("title", "slug")
        verbose_name_plural = "discrepancies"
        constraints = [
            *Record.Meta.constraints,
            one_of("kind", DiscrepancyKind.values),
            one_of("status", DiscrepancyStatus.values),
            models.CheckConstraint(
                condition=Q(status="open", resolution="", resolved_on__isnull=True)
                | (Q(status="resolved", resolved_on__isnull=False) & ~Q(resolution="")),
                name="tracker_discrepancy_resolution_dated",
                violation_error_message="A resolved discrepancy, and no other, has a resolution "
                "and its day.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Discrepancies share one page."""
        return reverse("discrepancies") + f"#{self.slug}"


class Account(Part):
    """One side of a discrepancy: what one source says."""

    owner = "discrepancy"
    identity = ("position",)

    discrepancy = models.ForeignKey(Discrepancy, models.CASCADE, related_name="accounts")
    position = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    source = models.ForeignKey(Source, models.PROTECT, related_name="accounts")
    quotation = models.ForeignKey(
        Quotation, models.PROTECT, null=True, blank=True, related_name="accounts"
    )
    says = ProseField(help_text="What this source says, in our words.")

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(
                fields=("discrepancy", "position"), name="tracker_account_place_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.source}"
