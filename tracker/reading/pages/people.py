"""The people of the record, and one person: what they said, how surely, and took part in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tracker.evidence.models import Account, Discrepancy, DiscrepancyKind, Outcome
from tracker.labs.models import Lab, Person
from tracker.reading.attribution import Attribution
from tracker.reading.history import history_of
from tracker.reading.pages.lookup import one
from tracker.reading.pages.quoted import IN_ORDER, attributed, quotations
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import commitments, outcomes, published
from tracker.reading.standing import Standing, standings
from tracker.records.models import State
from tracker.sources.models import Quotation


@dataclass(frozen=True)
class Said:
    """One quotation, and where sources print it differently the discrepancies that say so."""

    quotation: Quotation
    disputes: Sequence[Discrepancy]


@dataclass(frozen=True)
class PersonPage:
    """All of one person's page. `said` holds what is on record of their words, as sure as it is:
    confirmed, reported and disputed, in this order, those without any left out."""

    person: Person
    said: Sequence[tuple[Attribution, Sequence[Said]]]
    outcomes: Sequence[Outcome]
    announced: Sequence[Standing]
    attributions: dict[int, Attribution]
    changes: Sequence[Told]

    @property
    def quotations(self) -> Sequence[Quotation]:
        """Their words, the surest first."""
        return [each.quotation for _, of_one in self.said for each in of_one]


def people() -> QuerySet[Person]:
    """Everyone quoted or named, with the number of their published quotations."""
    said = published(Quotation).filter(speaker=OuterRef("pk")).order_by().values("speaker")
    # of those shown alone: joined, all of them would be counted before the first is shown
    counted = Coalesce(Subquery(said.annotate(count=Count("pk")).values("count")), 0)
    rows = published(Person).select_related("lab").annotate(quotation_count=counted)
    return rows.order_by("name", "slug")


def person_page(slug: str, day: date) -> PersonPage:
    """One person's page. Raises Missing or Gone."""
    person = one(published(Person).select_related("lab"), slug)
    words = list(
        quotations()
        .filter(speaker=person)
        .order_by(F("said_on_start").asc(nulls_last=True), "source", *IN_ORDER)
    )
    sure = attributed(words)
    disputes = _disputes(words)
    said = [
        (
            attribution,
            [
                Said(each, disputes.get(each.pk, ()))
                for each in words
                if sure[each.pk] == attribution
            ],
        )
        for attribution in Attribution
    ]
    return PersonPage(
        person=person,
        said=[(attribution, of_one) for attribution, of_one in said if of_one],
        outcomes=list(
            outcomes(day).filter(people=person).prefetch_related(Prefetch("labs", published(Lab)))
        ),
        announced=standings(commitments(day).filter(announced_by=person)),
        attributions=sure,
        changes=tell_all(history_of(person, 5)),
    )


def _disputes(words: Sequence[Quotation]) -> dict[int, list[Discrepancy]]:
    """The published discrepancies of wording by quotation id."""
    found: dict[int, list[Discrepancy]] = {}
    rows = Account.objects.filter(
        quotation__in=words,
        discrepancy__state=State.PUBLISHED,
        discrepancy__kind=DiscrepancyKind.WORDING,
    )
    for row in rows.select_related("discrepancy").order_by("discrepancy__title", "discrepancy"):
        of_one = found.setdefault(row.quotation_id or 0, [])
        if row.discrepancy not in of_one:
            of_one.append(row.discrepancy)
    return found
