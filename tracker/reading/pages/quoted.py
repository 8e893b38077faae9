"""Quotations with all that a reader needs to judge them: speaker, source, attribution."""

from collections.abc import Iterable

from django.db.models import F, Prefetch, QuerySet

from tracker.evidence.models import Account, Discrepancy, Outcome, Sourcing
from tracker.reading.attribution import Attribution, attributions
from tracker.reading.pages.lookup import M, with_sources
from tracker.reading.published import published
from tracker.records.models import State
from tracker.sources.models import Quotation

#: As they are printed, those whose place is not recorded last.
IN_ORDER = (F("start").asc(nulls_last=True), "slug")

_AROUND = ("speaker", "speaker_lab", "said_in")


def quotations() -> QuerySet[Quotation]:
    """The published quotations with speaker and source."""
    rows = with_sources(published(Quotation), "source")
    return rows.select_related(*_AROUND).defer("said_in__archived_text")


def sourcing(path: str) -> Prefetch:
    """The sources of outcomes at `path`, each with the quotation that it rests on."""
    return Prefetch(path, _with_words(Sourcing.objects.all()))


def accounts() -> Prefetch:
    """The accounts of discrepancies, each with its words."""
    return Prefetch("accounts", _with_words(Account.objects.all()))


def _with_words(rows: QuerySet[M]) -> QuerySet[M]:
    rows = with_sources(rows, "source", "quotation__source")
    rows = rows.select_related(*[f"quotation__{name}" for name in _AROUND])
    return rows.defer("quotation__said_in__archived_text")


def quoted_in(
    outcomes: Iterable[Outcome] = (), discrepancies: Iterable[Discrepancy] = ()
) -> list[Quotation]:
    """The quotations of prefetched outcomes and discrepancies, those retracted left out."""
    found = [row.quotation for outcome in outcomes for row in outcome.sourcing.all()]
    found += [row.quotation for each in discrepancies for row in each.accounts.all()]
    return [each for each in found if each is not None and each.state == State.PUBLISHED]


def attributed(*groups: Iterable[Quotation | None]) -> dict[int, Attribution]:
    """Attribution by quotation id, for all groups in one query."""
    return attributions([each for group in groups for each in group if each is not None])
