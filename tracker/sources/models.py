"""Source and Quotation."""

from django.core.validators import MinLengthValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from tracker.labs.models import Lab, Person
from tracker.records.fields import (
    AddressField,
    LineField,
    ProseField,
    WhenEnd,
    WhenField,
    WhenStart,
    choices,
    one_of,
    refuse_unprintable,
)
from tracker.records.models import Record
from tracker.scoring import Tier, effective_tier
from tracker.sources.checking import Check


class LinkStatus(models.TextChoices):
    """What the address of a source answered when it was last asked."""

    UNCHECKED = "unchecked", "unchecked"
    OK = "ok", "ok"
    REDIRECTED = "redirected", "redirected"
    FAILED = "failed", "failed"
    REFUSED = "refused", "refused"  # by us: it leads to no place on the public internet


class Source(Record):
    """A document. Its full text is private; readers see quotations with a little around them."""

    private = frozenset({"archived_text", "link_status", "link_checked_at", "link_note"})

    title = LineField(help_text="As printed. Example: An Open Letter on Examples")
    medium = LineField(blank=True, help_text="Example: news article, post on X, policy, letter")
    authors = LineField(blank=True, help_text="As printed, separated by commas.")
    publisher = LineField(blank=True)
    lab = models.ForeignKey(
        Lab,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="own_sources",
        help_text="The lab whose own words it prints (tier: primary, the lab's own words).",
    )
    published_on = WhenField(
        blank=True, help_text="The date the source claims. Example: 2027-07-05, 2027-07 or 2027"
    )
    published_on_start = WhenStart("published_on")
    published_on_end = WhenEnd("published_on")
    inferred_on = WhenField(
        blank=True, help_text="The date we infer, where it claims none or another."
    )
    inferred_on_start = WhenStart("inferred_on")
    inferred_on_end = WhenEnd("inferred_on")
    inferred_note = ProseField(blank=True, help_text="What the inferred date rests on.")
    url = AddressField(blank=True, help_text="Its own address; may be empty.")
    subject_url = AddressField(blank=True, help_text="The address of what it is about, if printed.")
    tier = models.CharField(max_length=16, choices=choices(Tier))
    read_via = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="relayed",
        help_text="The source through which we know this one; it caps the tier.",
    )
    origins = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        related_name="repeated_by",
        help_text="The sources whose reporting this one repeats; they count once together.",
    )
    sha256 = LineField(
        blank=True,
        max_length=64,
        validators=[RegexValidator(r"^[0-9a-f]{64}\Z", "Give 64 lowercase hexadecimal digits.")],
        help_text="SHA-256 of the file that was read, 64 hexadecimal digits.",
    )
    archived_text = models.TextField(
        blank=True, validators=[refuse_unprintable], help_text="Private: never shown whole."
    )
    note = ProseField(blank=True)
    # What `check_links` found, for the desk alone.
    link_status = models.CharField(
        max_length=10, choices=LinkStatus, default=LinkStatus.UNCHECKED, editable=False
    )
    link_checked_at = models.DateTimeField(null=True, editable=False)
    link_note = LineField(blank=True, editable=False)

    class Meta(Record.Meta):
        ordering = ("title", "slug")
        constraints = [
            *Record.Meta.constraints,
            one_of("tier", Tier),
            one_of("link_status", LinkStatus.values),
            models.CheckConstraint(
                condition=Q(link_status=LinkStatus.UNCHECKED, link_checked_at__isnull=True)
                | (~Q(link_status=LinkStatus.UNCHECKED) & Q(link_checked_at__isnull=False)),
                name="tracker_source_link_checked_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(read_via__isnull=True) | ~Q(read_via=F("id")),
                name="tracker_source_not_read_via_itself",
                violation_error_message="A source cannot be read via itself.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def effective_tier(self) -> Tier:
        """Its tier, capped by the tiers of the sources through which it is known."""
        chain, seen, via = [], {self.pk}, self.read_via
        while via is not None and via.pk not in seen:  # a ring of read_via must not hang a page
            chain.append(Tier(via.tier))
            seen.add(via.pk)
            via = via.read_via
        return effective_tier(Tier(self.tier), chain)


class Quotation(Record):
    """Words printed in a Source, found again by W3C Web Annotation selectors.

    `start` counts code points of the source's archived text before any folding. The check says
    what the source prints, not what the speaker said.
    """

    source = models.ForeignKey(Source, models.PROTECT, related_name="quotations")
    exact = ProseField(
        validators=[MinLengthValidator(1)], help_text="The words as printed, without quote marks."
    )
    prefix = ProseField(blank=True, help_text="Up to 100 characters printed just before.")
    suffix = ProseField(blank=True, help_text="Up to 100 characters printed just after.")
    start = models.PositiveIntegerField(
        null=True, blank=True, help_text="Position of the first character in the archived text."
    )
    speaker = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="quotations"
    )
    speaker_lab = models.ForeignKey(
        Lab, models.PROTECT, null=True, blank=True, related_name="quotations"
    )
    speaker_note = LineField(blank=True, help_text="Example: several signatories")
    said_in = models.ForeignKey(
        Source,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="quoted",
        help_text="The work from which the source takes the words.",
    )
    said_on = WhenField(blank=True)
    said_on_start = WhenStart("said_on")
    said_on_end = WhenEnd("said_on")
    check_status = models.CharField(
        "check", max_length=10, choices=choices(Check), default=Check.UNCHECKED, editable=False
    )
    note = ProseField(blank=True)

    plain_names = {"check_status": "check"}  # `Model.check` is Django's own

    class Meta(Record.Meta):
        ordering = ("source", "start", "slug")
        indexes = [models.Index(fields=("speaker", "state"), name="quotation_speaker")]  # to count
        constraints = [
            *Record.Meta.constraints,
            one_of("check_status", Check),
            models.CheckConstraint(condition=~Q(exact=""), name="tracker_quotation_has_words"),
        ]

    def __str__(self) -> str:
        return self.exact if len(self.exact) <= 90 else f"{self.exact[:89]}…"

    def get_absolute_url(self) -> str:
        """A quotation stands on the page of the source that prints it."""
        return reverse("source", args=[self.source.slug]) + f"#{self.slug}"
