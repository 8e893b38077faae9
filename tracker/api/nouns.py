"""The nouns of the API, in the order of the contract (DESIGN section 8): what each list holds, how
it is filtered, and what an item looks like."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django_filters import FilterSet

from tracker.assessments.models import Assessment
from tracker.changes.models import Change
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import Discrepancy, Indicator, Outcome
from tracker.labs.models import Lab, Person
from tracker.reading import filters, filters_more, published, shape_schemas, shapes
from tracker.reading.filters_labs import LabFilter
from tracker.reading.history import topics
from tracker.reading.pages.quoted import quotations
from tracker.records.schema import Schema
from tracker.sources.models import Quotation, Source

#: Parameters of every list beside its filters; of the log's, `after` stands for `cursor`.
LIMIT, CURSOR, AFTER, FIELDS = "limit", "cursor", "after", "fields"


@dataclass(frozen=True)
class Listed:
    """A table made for a list: its rows as they are found, as they are walked, and the records of
    some of them, in their order."""

    found: Callable[[date], QuerySet[Any]]
    walked: Callable[[date], QuerySet[Any]]
    whole: Callable[[Sequence[Any], date], list[Any]]


@dataclass(frozen=True)
class Noun:
    """One list of the API. `name` is the segment of its address, `noun` what one item is called.

    `rows` are the published records as of a day, in the order of the list where no `sort` is
    chosen; `shape` makes items of them. Those that take `as_of` take it for one item too. `listed`
    where the list reads another table than the records' own.
    """

    name: str
    noun: str
    model: type[Model]
    filterset: type[FilterSet]
    summary: str
    takes_as_of: bool
    rows: Callable[[date], QuerySet[Any]]
    shape: Callable[[Any, date], list[dict[str, Any]]]
    schema: Callable[[], Schema]
    listed: Listed | None = None

    @property
    def is_log(self) -> bool:
        """The log is walked by the number of its entries, everything else by a cursor."""
        return self.model is Change

    @property
    def paging(self) -> tuple[str, ...]:
        """The parameters that walk the list."""
        return (LIMIT, AFTER if self.is_log else CURSOR)


def _pledges(day: date) -> QuerySet[Pledge]:
    """Those without a date too: nobody knows that they came later."""
    rows = published.published(Pledge)
    if issued := published.surely_by(day, "issued_on_end"):
        rows = rows.filter(issued | Q(issued_on=""))
    return rows.order_by(F("issued_on_start").desc(nulls_last=True), "title", "slug")


def _sources(day: date) -> QuerySet[Source]:
    return published.published(Source).defer("archived_text").order_by("title", "slug")


def _assessments(day: date) -> QuerySet[Assessment]:
    return published.published(Assessment).filter(published.surely_by(day, "effective_on"))


NOUNS: Mapping[str, Noun] = {
    each.name: each
    for each in (
        Noun(
            "labs",
            "lab",
            Lab,
            LabFilter,
            "Organisations: how many of their promises have which verdict, and the score.",
            True,
            lambda day: published.published(Lab).order_by("name", "slug"),
            shapes.labs,
            shape_schemas.lab,
        ),
        Noun(
            "people",
            "person",
            Person,
            filters_more.PersonFilter,
            "People who are quoted or named.",
            False,
            lambda day: published.published(Person).order_by("name", "slug"),
            shapes.plain,
            shape_schemas.person,
        ),
        Noun(
            "pledges",
            "pledge",
            Pledge,
            filters.PledgeFilter,
            "Texts in which commitments stand, or that ask for them, and studies with totals.",
            True,
            _pledges,
            shapes.pledges,
            shape_schemas.pledge,
        ),
        Noun(
            "commitments",
            "commitment",
            Commitment,
            filters.CommitmentFilter,
            "One lab's one promise each: words, obligation, criteria, and where it stands.",
            True,
            published.commitments,
            shapes.commitments,
            shape_schemas.commitment,
            Listed(
                published.listed,
                lambda day: published.listed(day, walked=True),
                published.of_spans,
            ),
        ),
        Noun(
            "sources",
            "source",
            Source,
            filters.SourceFilter,
            "Documents, with the tier at which they count; their texts are private.",
            False,
            _sources,
            shapes.sources,
            shape_schemas.source,
        ),
        Noun(
            "quotations",
            "quotation",
            Quotation,
            filters_more.QuotationFilter,
            "Words as a source prints them, and how surely they are their speaker's.",
            False,
            lambda day: quotations().order_by("slug"),
            shapes.quotations,
            shape_schemas.quotation,
        ),
        Noun(
            "outcomes",
            "outcome",
            Outcome,
            filters.OutcomeFilter,
            "What was observed to have happened, by which sources, and what it bears on.",
            True,
            published.outcomes,
            shapes.plain,
            shape_schemas.outcome,
        ),
        Noun(
            "assessments",
            "assessment",
            Assessment,
            filters_more.AssessmentFilter,
            "Dated judgements with their findings and arithmetic, superseded ones too.",
            True,
            _assessments,
            shapes.assessments,
            shape_schemas.assessment,
        ),
        Noun(
            "discrepancies",
            "discrepancy",
            Discrepancy,
            filters.DiscrepancyFilter,
            "Where sources disagree on a fact or on somebody's words.",
            True,
            lambda day: published.discrepancies(day).order_by("title", "slug"),
            shapes.discrepancies,
            shape_schemas.discrepancy,
        ),
        Noun(
            "indicators",
            "indicator",
            Indicator,
            filters_more.IndicatorFilter,
            "Questions to watch, with what would confirm or refute them.",
            False,
            lambda day: published.published(Indicator).order_by("position", "slug"),
            shapes.plain,
            shape_schemas.indicator,
        ),
        Noun(
            "changes",
            "change",
            Change,
            filters.ChangeFilter,
            "The entries of the public log, oldest first, with the texts that were hashed.",
            False,
            lambda day: topics(),
            shapes.changes,
            shape_schemas.change,
        ),
    )
}
