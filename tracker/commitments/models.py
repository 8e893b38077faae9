"""Pledge, Clause, Party, Commitment and what belongs to a Commitment."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from tracker.commitments.enums import (
    Aspect,
    Basis,
    Category,
    CriterionKind,
    DeadlineBasis,
    DeadlineKind,
    Force,
    Lifecycle,
    PartyRole,
    PledgeKind,
    Relation,
)
from tracker.labs.models import Lab, Person
from tracker.records.fields import (
    LineField,
    PeriodField,
    ProseField,
    WhenEnd,
    WhenField,
    WhenStart,
    one_of,
)
from tracker.records.models import Part, Record
from tracker.sources.models import Quotation, Source


class Pledge(Record):
    """The text in which commitments stand, or in which others ask for them."""

    parts = ("clauses", "parties")

    title = LineField(help_text="Example: Example Lab's safety policy, version 2")
    kind = models.CharField(max_length=12, choices=PledgeKind)
    issued_by = LineField(blank=True, help_text="Who wrote it. Example: current and former staff")
    issued_on = WhenField(blank=True, help_text="Example: 2027-07-05, 2027-07 or 2027")
    issued_on_start = WhenStart("issued_on")
    issued_on_end = WhenEnd("issued_on")
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="pledges"
    )
    summary = ProseField(blank=True)
    checked_on = models.DateField(
        null=True, blank=True, help_text="Open call: the day when answers were last looked for."
    )

    class Meta(Record.Meta):
        ordering = ("issued_on_start", "title")
        constraints = [*Record.Meta.constraints, one_of("kind", PledgeKind.values)]

    def __str__(self) -> str:
        return self.title


class Clause(Part):
    """One part of a Pledge. The number is text: 1, II, 3(b)."""

    owner = "pledge"
    identity = ("number",)

    pledge = models.ForeignKey(Pledge, models.CASCADE, related_name="clauses")
    number = LineField(max_length=20)
    title = LineField()
    text = ProseField(blank=True, help_text="What it asks or says, in our words.")
    group = LineField(blank=True)
    position = models.PositiveIntegerField(default=0, editable=False)

    private = frozenset({"position"})

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(fields=("pledge", "number"), name="tracker_clause_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def plain_key(self) -> str:
        """Its number, which is unique within the pledge."""
        return self.number


class Party(Part):
    """A lab's tie to a Pledge."""

    owner = "pledge"
    identity = ("lab",)

    pledge = models.ForeignKey(Pledge, models.CASCADE, related_name="parties")
    lab = models.ForeignKey(Lab, models.PROTECT, related_name="ties")
    role = models.CharField(max_length=10, choices=PartyRole)
    joined_on = WhenField(blank=True)
    joined_on_start = WhenStart("joined_on")
    joined_on_end = WhenEnd("joined_on")
    left_on = WhenField(blank=True)
    left_on_start = WhenStart("left_on")
    left_on_end = WhenEnd("left_on")
    note = ProseField(blank=True)

    class Meta:
        ordering = ("lab__name",)
        verbose_name_plural = "parties"
        constraints = [
            models.UniqueConstraint(fields=("pledge", "lab"), name="tracker_party_once"),
            one_of("role", PartyRole.values),
        ]

    def __str__(self) -> str:
        return f"{self.lab} ({self.get_role_display()})"


class Commitment(Record):
    """One lab's one promise: the words as said, and apart from them what they oblige."""

    parts = ("undefined", "lifecycle_events", "criteria")
    groups = ("deadline",)

    lab = models.ForeignKey(Lab, models.PROTECT, related_name="commitments")
    pledge = models.ForeignKey(
        Pledge, models.PROTECT, null=True, blank=True, related_name="commitments"
    )
    clause = models.ForeignKey(
        Clause, models.PROTECT, null=True, blank=True, related_name="commitments"
    )
    title = LineField(help_text="The promise in one line. Example: Publish an audit by July 2027")
    words = models.ForeignKey(
        Quotation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="commitments",
        help_text="The lab's own words, where a source prints them.",
    )
    reported_words = ProseField(
        blank=True, help_text="Where no source prints the lab's words: what is reported."
    )
    reported_by = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="reported_commitments"
    )
    announced_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="announced"
    )
    force = models.CharField(max_length=8, choices=Force)
    basis = models.CharField(max_length=8, choices=Basis, default=Basis.PROMISED)
    category = models.CharField(max_length=14, choices=Category, db_index=True)
    obligation = ProseField(help_text="What it obliges the lab to do, as the curators read it.")
    reading = ProseField(blank=True, help_text="How the words were read where they leave a choice.")
    made_on = WhenField(help_text="Example: 2027-07-05, 2027-07 or 2027")
    made_on_start = WhenStart("made_on")
    made_on_end = WhenEnd("made_on")
    deadline_kind = models.CharField(max_length=9, choices=DeadlineKind)
    deadline_due_on = WhenField("due on", blank=True, help_text="A window: 2023-07/2027-07")
    deadline_due_on_start = WhenStart("deadline_due_on")
    deadline_due_on_end = WhenEnd("deadline_due_on")
    deadline_basis = models.CharField(max_length=7, choices=DeadlineBasis, blank=True)
    deadline_note = ProseField(blank=True)
    deadline_period = PeriodField("period", blank=True, help_text="Recurring: P1Y, P3M")
    deadline_trigger = LineField("trigger", blank=True, help_text="What has to happen first.")
    deadline_triggered_on = WhenField("triggered on", blank=True)
    deadline_triggered_on_start = WhenStart("deadline_triggered_on")
    deadline_triggered_on_end = WhenEnd("deadline_triggered_on")
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors"
    )
    relation = models.CharField(max_length=12, choices=Relation, blank=True)
    next_review_on = models.DateField(null=True, blank=True, help_text="Ask for another look then.")

    class Meta(Record.Meta):
        ordering = ("lab__name", "made_on_start", "slug")
        constraints = [
            *Record.Meta.constraints,
            one_of("force", Force.values),
            one_of("basis", Basis.values),
            one_of("category", Category.values),
            one_of("deadline_kind", DeadlineKind.values),
            one_of("deadline_basis", DeadlineBasis.values, blank=True),
            one_of("relation", Relation.values, blank=True),
            models.CheckConstraint(
                condition=Q(words__isnull=False)
                | (~Q(reported_words="") & Q(reported_by__isnull=False)),
                name="tracker_commitment_words_or_report",
                violation_error_message="Give the lab's words (a quotation), or the reported "
                "words with the source that reports them.",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True, relation="")
                | (Q(successor__isnull=False) & ~Q(relation="") & ~Q(successor=F("id"))),
                name="tracker_commitment_successor_and_relation",
                violation_error_message="Give a successor (another commitment) and its relation, "
                "or neither.",
            ),
            models.CheckConstraint(
                condition=Q(clause__isnull=True) | Q(pledge__isnull=False),
                name="tracker_commitment_clause_of_pledge",
                violation_error_message="A clause needs its pledge.",
            ),
            models.CheckConstraint(
                condition=(
                    (
                        Q(deadline_kind__in=("by_date", "window", "recurring"))
                        & ~Q(deadline_due_on="")
                    )
                    | Q(deadline_kind="trigger")
                    | Q(deadline_kind__in=("standing", "undated"), deadline_due_on="")
                ),
                name="tracker_commitment_due_on_fits_kind",
                violation_error_message="A date, window or recurring deadline needs the day it is "
                "due on; a standing or undated one has none.",
            ),
            models.CheckConstraint(
                condition=(Q(deadline_kind="recurring") & ~Q(deadline_period=""))
                | (~Q(deadline_kind="recurring") & Q(deadline_period="")),
                name="tracker_commitment_period_recurs",
                violation_error_message="A recurring deadline, and no other, has a period.",
            ),
            models.CheckConstraint(
                condition=(Q(deadline_kind="trigger") & ~Q(deadline_trigger=""))
                | (~Q(deadline_kind="trigger") & Q(deadline_trigger="", deadline_triggered_on="")),
                name="tracker_commitment_trigger_named",
                violation_error_message="A triggered deadline, and no other, names its trigger.",
            ),
        ]
        indexes = [
            # the lab's page, and the default order of the list
            models.Index(fields=("lab", "made_on_start"), name="tracker_commitment_by_lab"),
            # the timeline and the calendar: what was promised and what falls due. By `state`
            # first, though nearly all share it: SQLite would take the index of that column alone
            models.Index(fields=("state", "basis", "-made_on_start"), name="commitment_newest"),
            models.Index(fields=("state", "basis", "-deadline_due_on_end"), name="commitment_due"),
            models.Index(fields=("deadline_due_on_end",), name="commitment_calendar"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def edition(self) -> int:
        """The newest edition of its criteria, 0 where it has none."""
        return max((criterion.edition for criterion in self.criteria.all()), default=0)


class Undefined(Part):
    """Something that the words leave open."""

    owner = "commitment"
    identity = ("aspect",)

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="undefined")
    aspect = models.CharField(max_length=12, choices=Aspect)
    note = ProseField(help_text="What is open. Example: 20 % of which compute?")

    class Meta:
        ordering = ("id",)
        verbose_name_plural = "undefined"
        constraints = [
            models.UniqueConstraint(
                fields=("commitment", "aspect"), name="tracker_undefined_aspect_once"
            ),
            one_of("aspect", Aspect.values),
        ]

    def __str__(self) -> str:
        return self.get_aspect_display()


class LifecycleEvent(Part):
    """A change of a commitment's lifecycle, with its date and source. Without one: in force."""

    owner = "commitment"
    identity = ("lifecycle", "on")

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="lifecycle_events")
    lifecycle = models.CharField(max_length=10, choices=Lifecycle)
    on = WhenField()
    on_start = WhenStart("on")
    on_end = WhenEnd("on")
    source = models.ForeignKey(Source, models.PROTECT, related_name="lifecycle_events")
    note = ProseField(blank=True)

    class Meta:
        ordering = ("on_start", "id")
        constraints = [one_of("lifecycle", Lifecycle.values)]

    def __str__(self) -> str:
        return f"{self.get_lifecycle_display()}, {self.on}"


class Criterion(Part):
    """One question, fixed in advance, that decides whether the commitment was kept.

    An edition is the whole set of questions; a new one needs a public reason. A new occasion (the
    next period, the next firing of a trigger) adds a criterion to the edition it has.
    """

    owner = "commitment"
    identity = ("edition", "position")
    plain_key_type = int

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="criteria")
    edition = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    position = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    question = ProseField(help_text="Example: Did the lab publish the audit?")
    evidence_needed = ProseField(help_text="What it would take to answer yes.")
    kind = models.CharField(max_length=7, choices=CriterionKind, default=CriterionKind.DONE)
    weight = models.DecimalField(
        max_digits=7,
        decimal_places=3,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.001"))],
    )
    weight_reason = ProseField(blank=True, help_text="Public reason for any weight but 1.")
    occasion = LineField(blank=True, help_text="Recurring or triggered: which period or firing.")
    publication_required = models.BooleanField(
        default=False, help_text="The words oblige the lab to publish, so silence is evidence."
    )

    class Meta:
        ordering = ("edition", "position")
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(
                fields=("commitment", "edition", "position"), name="tracker_criterion_place_once"
            ),
            one_of("kind", CriterionKind.values),
            models.CheckConstraint(
                condition=Q(weight__gt=0), name="tracker_criterion_weight_positive"
            ),
            models.CheckConstraint(
                condition=Q(weight=1) | ~Q(weight_reason=""),
                name="tracker_criterion_weight_explained",
                violation_error_message="A weight other than 1 needs a public reason.",
            ),
            models.CheckConstraint(
                condition=Q(edition__gte=1, position__gte=1), name="tracker_criterion_numbered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.question}"

    @property
    def plain_key(self) -> int:
        """Its position, which is unique within the commitment's edition."""
        return self.position
