"""The list of commitments, and everything that one commitment's page tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from tracker.assessments.models import Assessment
from tracker.commitments.enums import DeadlineKind
from tracker.commitments.models import Commitment, Criterion, LifecycleEvent, Undefined
from tracker.evidence.models import Discrepancy
from tracker.reading.attribution import Attribution
from tracker.reading.history import history_of
from tracker.reading.pages.assessments import (
    Asked,
    AssessmentDetail,
    assessment_detail,
    assessments,
    replies_of,
)
from tracker.reading.pages.evidence_line import Line, bearings_on, line_of, lineages_behind
from tracker.reading.pages.lineage import Rewording, lineage_of
from tracker.reading.pages.lookup import Missing, one, with_sources
from tracker.reading.pages.quoted import accounts, attributed, quoted_in
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import as_it_stood, commitments, discrepancies, published, surely_by
from tracker.reading.standing import Standing, standing_from
from tracker.records.dates import today


class NotYetMade(Missing):
    """The commitment is on record, but had surely not been made by the day that was asked for."""

    def __init__(self, commitment: Commitment) -> None:
        self.commitment = commitment
        super().__init__("commitment")


@dataclass(frozen=True)
class Held:
    """One judgement of the history, and the day until which it held; None: it holds."""

    standing: Standing
    until: date | None

    @property
    def assessment(self) -> Assessment:
        """The judgement."""
        assert self.standing.assessment is not None
        return self.standing.assessment

    @property
    def contested(self) -> bool:
        """Whether it was contested while it held."""
        return self.standing.contested


@dataclass(frozen=True)
class CommitmentPage:
    """All of one commitment's page. `detail` is None where it is not assessed."""

    standing: Standing
    undefined: Sequence[Undefined]
    lifecycle: Sequence[LifecycleEvent]
    lineage: Sequence[Rewording]
    detail: AssessmentDetail | None
    asked: Sequence[Asked]
    criteria: Sequence[Criterion]  # where nothing is judged yet
    line: Line
    discrepancies: Sequence[Discrepancy]
    history: Sequence[Held]
    changes: Sequence[Told]
    attributions: dict[int, Attribution]


def commitment_page(slug: str, day: date) -> CommitmentPage:
    """One commitment's page on a day. Raises NotYetMade, Missing or Gone."""
    commitment = _made_by(slug, day)
    judged = list(assessments().filter(commitment=commitment))
    by_then = [each for each in judged if day >= today() or each.effective_on <= day]
    standing = standing_from(commitment, {each.pk: each for each in by_then})
    bearings = bearings_on(commitment)
    behind = lineages_behind(bearings.values())
    asked = replies_of(commitment, day)
    detail = None
    if standing.assessment:
        detail = assessment_detail(standing, bearings, behind, asked)
    cited = detail.cited if detail else {}
    line = line_of(commitment, bearings.values(), behind, cited, day)
    disputes = _disputes(commitment, day)
    return CommitmentPage(
        standing=standing,
        undefined=list(commitment.undefined.all()),
        lifecycle=_lifecycle(commitment, day),
        lineage=lineage_of(commitment, day),
        detail=detail,
        asked=asked,
        criteria=[] if detail else _criteria(commitment, judged),
        line=line,
        discrepancies=disputes,
        history=_history(standing, by_then),
        # of another day the log itself is asked: these would tell what was learned since
        changes=tell_all(history_of(commitment, 8)) if day >= today() else [],
        attributions=attributed(
            [commitment.words], quoted_in([each.outcome for each in line.evidence], disputes)
        ),
    )


def _made_by(slug: str, day: date) -> Commitment:
    try:
        return _as_of(one(_whole(day), slug), day)
    except Missing:
        later = published(Commitment).select_related("lab").filter(slug=slug)
        found = later.first() if day < today() else None
        if found is None:
            raise
        raise NotYetMade(found) from None


def _whole(day: date) -> QuerySet[Commitment]:
    rows: QuerySet[Commitment] = commitments(day).select_related(
        "announced_by", "successor__words", "words__speaker", "words__speaker_lab", "words__said_in"
    )
    rows = rows.defer("words__said_in__archived_text")
    return with_sources(rows, "words__source", "reported_by")


def _as_of(commitment: Commitment, day: date) -> Commitment:
    """The commitment without what had not happened to it by `day`: its trigger may fire later.

    The row is never saved.
    """
    fired = commitment.deadline_triggered_on_end
    if commitment.deadline_kind == DeadlineKind.TRIGGER and fired and fired > day:
        commitment.deadline_triggered_on = commitment.deadline_due_on = ""
    return commitment


def _history(standing: Standing, judged: Sequence[Assessment]) -> list[Held]:
    # each held until the one before it in the list, which is the later one, took effect
    ends = [None, *(each.effective_on for each in judged)]
    return [Held(standing.under(each, end), end) for each, end in zip(judged, ends, strict=False)]


def _lifecycle(commitment: Commitment, day: date) -> list[LifecycleEvent]:
    return list(
        with_sources(commitment.lifecycle_events.filter(surely_by(day, "on_end")), "source")
    )


def _disputes(commitment: Commitment, day: date) -> list[Discrepancy]:
    """The discrepancies on which it stands, wordings first; those resolved later still open."""
    rows = discrepancies(day).filter(commitments=commitment).prefetch_related(accounts())
    return [as_it_stood(each, day) for each in rows.order_by("-kind", "title", "slug")]


def _criteria(commitment: Commitment, judged: Sequence[Assessment]) -> list[Criterion]:
    """The questions that will decide: the newest edition, or on a day before the first judgement
    the one on which that was to stand."""
    edition = min((each.edition for each in judged), default=0) or commitment.edition
    return list(commitment.criteria.filter(edition=edition))
