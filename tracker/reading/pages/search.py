"""A page of what was found, each document with what its noun's card shows."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from tracker.assessments.models import Assessment
from tracker.commitments.models import Commitment
from tracker.evidence.models import Outcome
from tracker.labs.models import Person
from tracker.reading import search
from tracker.reading.attribution import Attribution
from tracker.reading.documents import MODELS
from tracker.reading.fulltext import Terms
from tracker.reading.pages.assessments import ends_of
from tracker.reading.pages.lookup import with_sources
from tracker.reading.pages.quoted import attributed, quotations
from tracker.reading.published import commitments, published
from tracker.reading.search import Findings, Found
from tracker.reading.standing import Standing, standings
from tracker.records.models import Record
from tracker.sources.models import Quotation, Source


@dataclass(frozen=True)
class Hit:
    """One document that was found, the record, and for a commitment or a judgement its axes.

    `earlier`: a judgement that is not the one in force on that day.
    """

    found: Found
    record: Record
    standing: Standing | None = None
    earlier: bool = False


@dataclass(frozen=True)
class SearchPage:
    """One page of what was found, the best first."""

    findings: Findings
    hits: Sequence[Hit]
    attributions: dict[int, Attribution]


def search_page(terms: Terms, noun: str, page: int, day: date) -> SearchPage:
    """A page, from 1, of what holds the terms, as the records stand on `day`.

    A number of queries that does not grow with what is found. What search found and readers may not
    see, were there ever any, is left out.
    """
    findings = search.find(terms, noun, page)
    slugs: dict[str, list[str]] = defaultdict(list)
    for found in findings.found:
        slugs[found.noun].append(found.slug)
    records = {
        (each, record.slug): record
        for each, wanted in slugs.items()
        if each != Commitment.noun()  # they come with their standings
        for record in _cards(each, wanted)
    }
    judged, earlier = _standings(slugs[Commitment.noun()], list(records.values()), day)
    hits = [
        Hit(found, record, judged.get((found.noun, found.slug)), record in earlier)
        for found in findings.found
        if (record := records.get((found.noun, found.slug)) or _judged(found, judged))
    ]
    said = [hit.record for hit in hits if isinstance(hit.record, Quotation)]
    return SearchPage(findings, hits, attributed(said) if said else {})


def _cards(noun: str, slugs: Collection[str]) -> QuerySet[Any]:
    model = MODELS[noun]
    rows: QuerySet[Any] = published(model)
    if model is Quotation:
        rows = quotations()
    elif model is Source:
        rows = with_sources(rows, "")
    elif model is Person:
        rows = rows.select_related("lab")
    elif model is Outcome:
        rows = rows.prefetch_related("labs")
    return rows.filter(slug__in=slugs)


def _judged(found: Found, judged: dict[tuple[str, str], Standing]) -> Commitment | None:
    standing = judged.get((found.noun, found.slug))
    return standing.commitment if standing and found.noun == Commitment.noun() else None


def _standings(
    slugs: Sequence[str], records: Sequence[Record], day: date
) -> tuple[dict[tuple[str, str], Standing], list[Assessment]]:
    """The axes of these commitments, and of those that the assessments among the records judge.

    And which of those assessments are not in force.
    """
    judgements = [each for each in records if isinstance(each, Assessment)]
    if not slugs and not judgements:
        return {}, []
    of = Q(slug__in=slugs) | Q(pk__in=[each.commitment_id for each in judgements])
    now = {row.commitment.pk: row for row in standings(commitments(day).filter(of))}
    found = {("commitment", row.commitment.slug): row for row in now.values()}
    # a denial of the verdict that took its place is none of the one before
    denied = {each.commitment_id for each in judgements if _denied(now.get(each.commitment_id))}
    ends = ends_of(denied, day) if denied else {}
    earlier = []
    for each in judgements:
        if row := now.get(each.commitment_id):
            found["assessment", each.slug] = row.under(each, ends.get(each.pk))
            if row.assessment != each:
                earlier.append(each)
    return found, earlier


def _denied(row: Standing | None) -> bool:
    return row is not None and row.denied_on is not None
