"""Assessment, Finding, Dissent and Reply."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from tracker.commitments.models import Commitment, Criterion
from tracker.evidence.models import Bearing
from tracker.records.fields import (
    LineField,
    ProseField,
    WhenEnd,
    WhenField,
    WhenStart,
    choices,
    one_of,
)
from tracker.records.models import Part, Record, State
from tracker.scoring import Confidence, FindingValue, Timeliness, Verdict
from tracker.sources.models import Source


class Origin(models.TextChoices):
    """Judged here by two people, or brought in with a file."""

    CURATED = "curated", "curated"
    IMPORTED = "imported", "imported"


class Assessment(Record):
    """A dated judgement of one Commitment, immutable once published; the next supersedes it.

    low, high and coverage are shares in [0, 1], rounded half up to six decimals for sorting; the
    exact fractions stand in `working`, with every line of the arithmetic and the methodology.
    """

    parts = ("findings", "dissents")
    groups = ("contest",)
    private = frozenset(
        {
            "origin", "batch", "author", "reviewer", "written_by", "approved_by", "content_hash",
            "low", "high", "coverage", "verdict", "provisional", "timeliness", "days_late",
            "ceiling", "working", "submitted_at", "published_at",
        }
    )  # fmt: skip  # computed, or about the making: never typed into a file
    brought = ("written_by", "approved_by")

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="assessments")
    edition = models.PositiveIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="The edition of its criteria."
    )
    effective_on = models.DateField(help_text="The day from which the judgement holds.")
    rationale = ProseField(help_text="Why, for a reader who knows nothing of the matter.")
    confidence = models.CharField(max_length=6, choices=choices(Confidence))
    contest_verdict = models.CharField(
        "contested: the other verdict", max_length=12, choices=choices(Verdict), blank=True
    )
    contest_held_by = LineField("contested: who holds it", blank=True)
    contest_source = models.ForeignKey(
        Source,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contests",
        verbose_name="contested: its source",
    )
    contest_reading = ProseField("contested: the other reading", blank=True)
    reply_waiver = ProseField(
        blank=True, help_text="Public reason why the lab was not asked for a reply."
    )
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )

    origin = models.CharField(max_length=8, choices=Origin, default=Origin.CURATED, editable=False)
    batch = LineField(blank=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="assessments_written",
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="assessments_approved",
    )
    # Their public names, which stay when an account is renamed; a record file brings them along.
    written_by = LineField(blank=True, editable=False)
    approved_by = LineField(blank=True, editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    content_hash = models.CharField(max_length=64, blank=True, editable=False)

    low = models.DecimalField(max_digits=7, decimal_places=6, null=True, editable=False)
    high = models.DecimalField(max_digits=7, decimal_places=6, null=True, editable=False)
    coverage = models.DecimalField(max_digits=7, decimal_places=6, default=0, editable=False)
    verdict = models.CharField(
        max_length=12, choices=choices(Verdict), default=Verdict.NOT_ASSESSED, editable=False
    )
    provisional = models.BooleanField(default=False, editable=False)
    timeliness = models.CharField(
        max_length=14,
        choices=choices(Timeliness),
        default=Timeliness.NOT_APPLICABLE,
        editable=False,
    )
    days_late = models.PositiveIntegerField(null=True, editable=False)
    ceiling = models.CharField(
        max_length=6, choices=choices(Confidence), default=Confidence.LOW, editable=False
    )
    working = models.JSONField(default=dict, editable=False)

    class Meta(Record.Meta):
        ordering = ("-effective_on", "-published_at", "-id")
        constraints = [
            one_of("state", State.values),
            one_of("confidence", Confidence),
            one_of("ceiling", Confidence),
            one_of("contest_verdict", Verdict, blank=True),
            one_of("origin", Origin.values),
            one_of("verdict", Verdict),
            one_of("timeliness", Timeliness),
            models.CheckConstraint(
                # two people, or an import that says so; a retracted one was published once
                condition=~Q(state__in=("published", "retracted"))
                | (
                    Q(origin="curated", author__isnull=False, reviewer__isnull=False)
                    & ~Q(author=F("reviewer"))
                )
                | (Q(origin="imported", reviewer__isnull=True) & ~Q(batch="")),
                name="tracker_assessment_takes_two_people",
                violation_error_message="An assessment is published by somebody other than its "
                "author.",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="tracker_assessment_published_at_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    contest_verdict="",
                    contest_held_by="",
                    contest_reading="",
                    contest_source__isnull=True,
                )
                | (
                    Q(contest_source__isnull=False)
                    & ~Q(contest_verdict="")
                    & ~Q(contest_held_by="")
                    & ~Q(contest_reading="")
                ),
                name="tracker_assessment_contest_whole",
                violation_error_message="A contested verdict names the other verdict, who holds "
                "it, its source and the other reading.",
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=True, high__isnull=True)
                | Q(low__gte=0, high__lte=1, low__lte=F("high")),
                name="tracker_assessment_range_ordered",
            ),
            models.CheckConstraint(
                condition=Q(coverage__gte=0, coverage__lte=1),
                name="tracker_assessment_coverage_share",
            ),
        ]
        indexes = [
            # the current judgement of each commitment, asked for by every list
            models.Index(
                fields=("commitment", "state", "effective_on", "published_at", "id"),
                name="tracker_assessment_current",
            ),
            # the timeline, newest first
            models.Index(fields=("state", "-effective_on"), name="assessment_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.commitment}, {self.effective_on}"

    @property
    def contested(self) -> bool:
        """A fair reader could read otherwise, or the lab denies it."""
        return bool(self.contest_verdict)


class Finding(Part):
    """The answer to one criterion, with the evidence it rests on."""

    owner = "assessment"
    identity = ("criterion",)

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="findings")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="findings")
    value = models.CharField(max_length=14, choices=choices(FindingValue))
    note = ProseField(help_text="Why, in a sentence or two.")
    met_on = WhenField(blank=True, help_text="When it was met. Example: 2027-07-05")
    met_on_start = WhenStart("met_on")
    met_on_end = WhenEnd("met_on")
    evidence = models.ManyToManyField(Bearing, blank=True, related_name="findings")

    class Meta:
        ordering = ("criterion__position", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("assessment", "criterion"), name="tracker_finding_once"
            ),
            one_of("value", FindingValue),
        ]

    def __str__(self) -> str:
        return f"{self.criterion.position}. {self.get_value_display()}"


class Dissent(Part):
    """A second reader who judges otherwise, shown beside the verdict."""

    owner = "assessment"
    identity = ("held_by",)

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="dissents")
    held_by = LineField(help_text="Name or role of the second reader.")
    verdict = models.CharField(max_length=12, choices=choices(Verdict))
    reading = ProseField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("assessment", "held_by"), name="tracker_dissent_once"),
            one_of("verdict", Verdict),
        ]

    def __str__(self) -> str:
        return f"{self.held_by}: {self.get_verdict_display()}"


class ReplyStatus(models.TextChoices):
    """Whether the lab has answered."""

    AWAITING = "awaiting", "awaiting"
    REPLIED = "replied", "replied"
    NO_REPLY = "no_reply", "no reply"


class Reply(Record):
    """Right of reply: what the lab was asked, by when, and its own words or "no reply"."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="replies")
    asked_on = models.DateField()
    asked_of = LineField(help_text="To whom. Example: the press office of Example Lab")
    due_on = models.DateField()
    status = models.CharField(max_length=8, choices=ReplyStatus, default=ReplyStatus.AWAITING)
    words = ProseField(blank=True, help_text="The lab's own words, whole.")
    denies = models.BooleanField(
        default=False, help_text="The lab denies the verdict, which is contested from then on."
    )
    received_on = models.DateField(null=True, blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="replies"
    )

    class Meta(Record.Meta):
        ordering = ("-asked_on", "-id")
        verbose_name_plural = "replies"
        constraints = [
            *Record.Meta.constraints,
            one_of("status", ReplyStatus.values),
            models.CheckConstraint(
                condition=(Q(status="replied", received_on__isnull=False) & ~Q(words=""))
                | (~Q(status="replied") & Q(words="", received_on__isnull=True, denies=False)),
                name="tracker_reply_words_dated",
                violation_error_message="A reply, and nothing else, has words and the day they "
                "came.",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("asked_on")),
                name="tracker_reply_due_after_asked",
                violation_error_message="A reply falls due on or after the day it is asked for.",
            ),
        ]

    def __str__(self) -> str:
        return f"Reply asked of {self.asked_of} on {self.asked_on}"

    def get_absolute_url(self) -> str:
        """A reply stands on its commitment's page."""
        return self.commitment.get_absolute_url() + "#reply"
