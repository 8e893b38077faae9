"""The filters of the public lists, for pages, feeds and API; they refuse what they cannot read."""

from typing import Any

import django_filters as filters
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextChoices

from tracker.changes.kinds import Kind, Significance
from tracker.changes.models import Broad, ChangeTopic
from tracker.changes.topics import ALL, topic
from tracker.commitments.enums import (
    Basis,
    Category,
    Force,
    Lifecycle,
    PledgeKind,
    Schedule,
)
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import (
    Discrepancy,
    DiscrepancyKind,
    DiscrepancyStatus,
    Outcome,
    OutcomeKind,
)
from tracker.labs.models import Lab, TagKind
from tracker.reading.filtering import Choice, Slug, Sort, Words, YesNo, day_asked
from tracker.reading.filters_labs import Group
from tracker.reading.models import StandsNow
from tracker.reading.spans import scheduled
from tracker.reading.standing import CountedAs, counted
from tracker.records.models import State
from tracker.scoring import Confidence, Tier, Verdict
from tracker.sources.lineage import counting_as
from tracker.sources.models import Source


class CommitmentFilter(filters.FilterSet):
    """Over `published.listed`."""

    q = Words(
        ("commitment__title", "commitment__obligation", "commitment__reported_words"),
        quoted="commitment__words",
        label="Text",
    )
    lab = Slug(Lab, method="of_lab", label="Lab")
    pledge = Slug(Pledge, method="under", label="Pledge")
    verdict = Choice(Verdict, method="with_verdict", label="Verdict")
    schedule = Choice(Schedule, method="with_schedule", label="Schedule")
    category = Choice(Category, field_name="by_category", label="Category")
    lifecycle = Choice(Lifecycle, field_name="by_lifecycle", label="Lifecycle")
    force = Choice(Force, field_name="by_force", label="Force")
    basis = Choice(Basis, field_name="by_basis", label="Basis")
    confidence = Choice(Confidence, field_name="by_confidence", label="Confidence")
    counted = Choice(
        [("any", "in any number"), *CountedAs.choices], method="counted_as", label="Counted as"
    )
    contested = YesNo(field_name="by_contested", label="Contested")
    cohort = Group(TagKind.COHORT, of="lab")
    region = Group(TagKind.REGION, of="lab")
    openness = Group(TagKind.OPENNESS, of="lab")
    sort = Sort(
        {
            "lab": (("lab_slug", "made_on_start", "slug"), "by lab"),
            "newest": (("-made_on_start", "slug"), "newest promise first"),
            "oldest": (("made_on_start", "slug"), "oldest promise first"),
            "due": (("due_by", "slug"), "next due first"),
            "verdict": (("verdict", "slug"), "by verdict"),
            "title": (("title", "slug"), "by title"),
        },
        label="Sort",
    )

    class Meta:
        model = Commitment
        fields: list[str] = []

    def of_lab(self, queryset: QuerySet[Any], name: str, value: Lab | None) -> QuerySet[Any]:
        """By the column with which the list's own order begins."""
        return queryset.filter(lab_slug=value.slug) if value else queryset

    def under(self, queryset: QuerySet[Any], name: str, value: Pledge | None) -> QuerySet[Any]:
        """What stands in one text."""
        return queryset.filter(by_pledge=value.pk) if value else queryset

    def with_verdict(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """What was only measured has none: nothing of it was kept or broken."""
        return queryset.filter(by_verdict=value, by_basis=Basis.PROMISED) if value else queryset

    def with_schedule(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """As on the day that the list shows."""
        return queryset.filter(scheduled(value, day_asked(self.data))) if value else queryset

    def counted_as(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """What a number of a lab's score counts; an aim missed is not counted as broken."""
        if not value:
            return queryset
        rows = counted(queryset, "by_")
        match value:
            case "any":
                return rows
            case CountedAs.UNREACHED:
                return rows.filter(by_verdict=Verdict.BROKEN, by_force=Force.AIM)
            case CountedAs.BROKEN:
                return rows.filter(by_verdict=value).exclude(by_force=Force.AIM)
        return rows.filter(by_verdict=value)


class PledgeFilter(filters.FilterSet):
    """The texts in which commitments stand."""

    q = Words(("title", "summary", "issued_by"), label="Text")
    kind = Choice(PledgeKind, label="Kind")
    lab = Slug(Lab, method="tied_to", label="Lab")

    class Meta:
        model = Pledge
        fields: list[str] = []

    def tied_to(self, queryset: QuerySet[Pledge], name: str, value: Lab | None) -> QuerySet[Pledge]:
        """Pledges that the lab signed, that were addressed to it, or that it has a commitment in.

        By `pk`: joined, its rows would be all that is counted.
        """
        if value is None:
            return queryset
        made = StandsNow.objects.filter(pledge=OuterRef("pk"), lab_slug=value.slug)
        return queryset.filter(Q(pk__in=value.ties.values("pledge_id")) | Exists(made))


class OutcomeFilter(filters.FilterSet):
    """The timeline."""

    q = Words(("title", "statement"), label="Text")
    lab = Slug(Lab, method="of_lab", label="Organisation")
    kind = Choice(OutcomeKind, label="Kind")
    commitment = Slug(Commitment, method="bearing_on", label="Commitment")

    class Meta:
        model = Outcome
        fields: list[str] = []

    def bearing_on(
        self, queryset: QuerySet[Outcome], name: str, value: Commitment | None
    ) -> QuerySet[Outcome]:
        """Outcomes that bear on the commitment, each once."""
        if value is None:
            return queryset
        return queryset.filter(pk__in=value.bearings.values("outcome_id"))

    def of_lab(
        self, queryset: QuerySet[Outcome], name: str, value: Lab | None
    ) -> QuerySet[Outcome]:
        """Outcomes that the lab had a part in: looked at one by one, in the order of the list."""
        if value is None:
            return queryset
        part = Outcome.labs.through.objects.filter(outcome=OuterRef("pk"), lab=value)
        return queryset.filter(Exists(part))


class Known(TextChoices):
    """Whether a source was read."""

    ITSELF = "itself", "read itself"
    THROUGH = "through", "known only through another"


class SourceFilter(filters.FilterSet):
    """The sources, by what they count as and how they are known."""

    q = Words(("title", "authors", "publisher", "medium"), label="Text")
    tier = Choice(Tier, method="counting", label="Counts as")
    known = Choice(Known, method="known_so", label="Known")

    class Meta:
        model = Source
        fields: list[str] = []

    def counting(self, queryset: QuerySet[Source], name: str, value: str) -> QuerySet[Source]:
        """By the tier at which a source counts, not the one that it would have by itself."""
        return queryset.filter(pk__in=counting_as(Tier(value))) if value else queryset

    def known_so(self, queryset: QuerySet[Source], name: str, value: str) -> QuerySet[Source]:
        """Read, or known through another."""
        if not value:
            return queryset
        return queryset.filter(read_via__isnull=value == Known.ITSELF)


class DiscrepancyFilter(filters.FilterSet):
    """For querysets annotated by `published.discrepancies`."""

    lab = Slug(Lab, method="concerning", label="Organisation")
    kind = Choice(DiscrepancyKind, label="About a")
    status = Choice(DiscrepancyStatus, field_name="status_then", label="Status")

    class Meta:
        model = Discrepancy
        fields: list[str] = []

    def concerning(
        self, queryset: QuerySet[Discrepancy], name: str, value: Lab | None
    ) -> QuerySet[Discrepancy]:
        """Those on which a commitment or an outcome of the lab stands, each once."""
        if value is None:
            return queryset
        promised = Discrepancy.commitments.through.objects.filter(
            commitment__lab=value, commitment__state=State.PUBLISHED, discrepancy=OuterRef("pk")
        )
        seen = Discrepancy.outcomes.through.objects.filter(
            outcome__labs=value, outcome__state=State.PUBLISHED, discrepancy=OuterRef("pk")
        )
        return queryset.filter(Exists(promised) | Exists(seen))


class ChangeFilter(filters.FilterSet):
    """Over ChangeTopic rows: one index range answers each combination."""

    lab = Slug(Lab, retracted=True, method="ignore", label="Lab")
    commitment = Slug(Commitment, retracted=True, method="ignore", label="Commitment")
    pledge = Slug(Pledge, retracted=True, method="ignore", label="Pledge")
    category = Choice(Category, label="Category")
    kind = Choice(Kind, label="Kind")
    significance = Choice(Significance, label="Significance")

    class Meta:
        model = ChangeTopic
        fields: list[str] = []

    def ignore(
        self, queryset: QuerySet[ChangeTopic], name: str, value: Any
    ) -> QuerySet[ChangeTopic]:
        """Topics are chosen together, in `filter_queryset`."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[ChangeTopic]) -> QuerySet[ChangeTopic]:
        """Rows of the narrowest topic that also stand under the others."""
        chosen = [
            topic(name, self.form.cleaned_data[name].slug)
            for name in ("commitment", "pledge", "lab")
            if self.form.cleaned_data.get(name)
        ]
        narrowest, *others = chosen or [ALL]
        queryset = queryset.filter(topic=narrowest)
        if narrowest == ALL or narrowest.startswith(topic("lab", "")):
            queryset = queryset.filter(Broad(F("topic")))
        queryset = super().filter_queryset(queryset)
        for other in others:
            also = ChangeTopic.objects.filter(topic=other, sequence=OuterRef("sequence"))
            queryset = queryset.filter(Exists(also))
        return queryset.order_by("-sequence")
