"""The filters of the public lists, for pages, feeds and API; they refuse what they cannot read."""

from datetime import date
from typing import Any

import django_filters as filters
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextChoices
from django.http import QueryDict

from tracker.changes.kinds import Kind, Significance
from tracker.changes.models import ChangeTopic
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
from tracker.labs.models import Lab
from tracker.reading.standing import CountedAs, counted
from tracker.records.dates import today
from tracker.records.fields import choices, refuse_unprintable_in_line
from tracker.records.models import State
from tracker.scoring import Confidence, Tier, Verdict
from tracker.sources.lineage import counting_as
from tracker.sources.models import Source

SEARCH_LENGTH = 200  # characters

#: The parameter of the pages that show the world as of a day.
AS_OF = "as_of"


class BadParameter(Exception):
    """A query parameter that is unknown or malformed; `name` says which, the message why."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(f"{name}: {message}")


def day_asked(query: QueryDict) -> date:
    """The day that `?as_of=` asks for, today where it does not. Raises BadParameter for a day that
    is none, and for one that lies ahead: nothing is known of it."""
    text = query.get(AS_OF, "")
    if not text:
        return today()
    try:
        # isoformat of what was read: fromisoformat alone would take 20240517 and 2024-W20-5 too
        day = date.fromisoformat(text)
        if day.isoformat() != text:
            raise ValueError(text)
    except ValueError:
        raise BadParameter(AS_OF, "must be a day such as as_of=2024-05-17.") from None
    if day > today():
        raise BadParameter(AS_OF, f"lies ahead: today is {today().isoformat()} at UTC−12.")
    return day


def only(query: QueryDict, *names: str) -> None:
    """Raise BadParameter for any parameter but these, and for one given twice."""
    for name in query:
        if name not in names:
            takes = f"It takes: {', '.join(names)}." if names else "It takes none."
            raise BadParameter(name[:60], f"is not a parameter of this page. {takes}")
        if len(query.getlist(name)) > 1:
            raise BadParameter(name, "is given more than once.")


def strict(
    filterset: type[filters.FilterSet],
    data: QueryDict,
    queryset: QuerySet[Any],
    also: frozenset[str] = frozenset({"page"}),
) -> filters.FilterSet:
    """The bound FilterSet. Raises BadParameter for a parameter it does not know or cannot read.

    `also` are the parameters that the caller reads itself.
    """
    only(data, *sorted({*filterset.base_filters, *also}))
    bound = filterset(data, queryset=queryset)
    if not bound.is_valid():
        name, errors = next(iter(bound.form.errors.items()))
        raise BadParameter(name, " ".join(str(error) for error in errors))
    return bound


class Slug(filters.ModelChoiceFilter):
    """Choose a published record by its slug; where `retracted`, also one that was published once.

    The log goes on telling of those, and whoever follows one must hear of its end.
    """

    def __init__(self, model: Any, *, retracted: bool = False, **kwargs: Any) -> None:
        noun = str(model._meta.verbose_name)
        kwargs.setdefault("empty_label", "all")
        states = (State.PUBLISHED, State.RETRACTED) if retracted else (State.PUBLISHED,)
        super().__init__(
            queryset=lambda request: model._default_manager.filter(state__in=states),
            to_field_name="slug",
            error_messages={"invalid_choice": f"There is no {noun} of this name."},
            **kwargs,
        )


class Choice(filters.ChoiceFilter):
    """Choose one value of an enumeration, or of a list of values with their labels."""

    def __init__(self, values: Any, **kwargs: Any) -> None:
        named = values.choices if hasattr(values, "choices") else values
        if not isinstance(named, list):
            named = choices(named)
        known = ", ".join(value for value, _ in named)
        super().__init__(
            choices=named,
            empty_label="all",
            error_messages={"invalid_choice": f"Choose one of: {known}."},
            **kwargs,
        )


class YesNo(filters.ChoiceFilter):
    """true or false, and nothing that merely looks like them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("true", "yes"), ("false", "no")],
            empty_label="all",
            error_messages={"invalid_choice": "Choose true or false."},
            **kwargs,
        )

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Nothing chosen filters nothing."""
        return qs.filter(**{self.field_name: value == "true"}) if value else qs


class Words(filters.CharFilter):
    """Text that must occur, in any case, in one of `columns`; every word of it somewhere.

    `quoted` names a quotation whose words count too, while they are published.
    """

    def __init__(self, columns: tuple[str, ...], *, quoted: str = "", **kwargs: Any) -> None:
        self.columns, self.quoted = columns, quoted
        super().__init__(
            max_length=SEARCH_LENGTH, validators=[refuse_unprintable_in_line], **kwargs
        )

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Every word narrows the list."""
        for word in value.split()[:20]:
            anywhere = Q()
            for column in self.columns:
                anywhere |= Q(**{f"{column}__icontains": word})
            if self.quoted:  # whoever cannot read the words cannot find them out by asking either
                anywhere |= Q(
                    **{
                        f"{self.quoted}__exact__icontains": word,
                        f"{self.quoted}__state": State.PUBLISHED,
                    }
                )
            qs = qs.filter(anywhere)
        return qs


class Sort(filters.ChoiceFilter):
    """One order out of a few, each made total by the slug so that pages never overlap."""

    def __init__(self, orders: dict[str, tuple[tuple[Any, ...], str]], **kwargs: Any) -> None:
        self.orders = orders
        named = [(name, label) for name, (_, label) in orders.items()]
        known = ", ".join(orders)
        super().__init__(
            choices=named,
            empty_label=None,
            error_messages={"invalid_choice": f"Choose one of: {known}."},
            **kwargs,
        )

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The first order where none is chosen."""
        columns, _ = self.orders[value or next(iter(self.orders))]
        return qs.order_by(*columns)


class CommitmentFilter(filters.FilterSet):
    """For querysets annotated by `published.commitments`."""

    q = Words(("title", "obligation", "reported_words"), quoted="words", label="Text")
    lab = Slug(Lab, label="Lab")
    pledge = Slug(Pledge, label="Pledge")
    verdict = Choice(Verdict, label="Verdict")
    schedule = Choice(Schedule, label="Schedule")
    category = Choice(Category, label="Category")
    lifecycle = Choice(Lifecycle, label="Lifecycle")
    force = Choice(Force, label="Force")
    basis = Choice(Basis, label="Basis")
    confidence = Choice(Confidence, label="Confidence")
    counted = Choice(
        [("any", "in any number"), *CountedAs.choices], method="counted_as", label="Counted as"
    )
    contested = YesNo(field_name="contested", label="Contested")
    sort = Sort(
        {
            "lab": (("lab__name", "made_on_start", "slug"), "by lab"),
            "newest": (("-made_on_start", "slug"), "newest promise first"),
            "oldest": (("made_on_start", "slug"), "oldest promise first"),
            # said outright: SQLite would put the undated first, PostgreSQL last
            "due": ((F("deadline_due_on_end").asc(nulls_last=True), "slug"), "next due first"),
            "verdict": (("verdict", "slug"), "by verdict"),
            "title": (("title", "slug"), "by title"),
        },
        label="Sort",
    )

    class Meta:
        model = Commitment
        fields: list[str] = []

    def counted_as(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """What a number of a lab's score counts; an aim missed is not counted as broken."""
        if not value:
            return queryset
        rows = counted(queryset)
        match value:
            case "any":
                return rows
            case CountedAs.UNREACHED:
                return rows.filter(verdict=Verdict.BROKEN, force=Force.AIM)
            case CountedAs.BROKEN:
                return rows.filter(verdict=value).exclude(force=Force.AIM)
        return rows.filter(verdict=value)


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
        made = Commitment.objects.filter(lab=value, state=State.PUBLISHED, pledge__isnull=False)
        return queryset.filter(
            Q(pk__in=value.ties.values("pledge_id")) | Q(pk__in=made.values("pledge_id"))
        )


class OutcomeFilter(filters.FilterSet):
    """The timeline."""

    q = Words(("title", "statement"), label="Text")
    lab = Slug(Lab, field_name="labs", label="Organisation")
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
    """Where the sources disagree."""

    lab = Slug(Lab, method="concerning", label="Organisation")
    kind = Choice(DiscrepancyKind, label="About a")
    status = Choice(DiscrepancyStatus, label="Status")

    class Meta:
        model = Discrepancy
        fields: list[str] = []

    def concerning(
        self, queryset: QuerySet[Discrepancy], name: str, value: Lab | None
    ) -> QuerySet[Discrepancy]:
        """Those on which a commitment or an outcome of the lab stands, each once."""
        if value is None:
            return queryset
        promised = Commitment.objects.filter(lab=value, state=State.PUBLISHED)
        seen = Outcome.objects.filter(labs=value, state=State.PUBLISHED)
        return queryset.filter(
            Q(pk__in=promised.values("discrepancies")) | Q(pk__in=seen.values("discrepancies"))
        )


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
        queryset = super().filter_queryset(queryset.filter(topic=narrowest))
        for other in others:
            also = ChangeTopic.objects.filter(topic=other, sequence=OuterRef("sequence"))
            queryset = queryset.filter(Exists(also))
        return queryset.order_by("-sequence")
