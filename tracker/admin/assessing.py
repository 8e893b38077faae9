"""The assessing screen: a commitment, its evidence, and what the answers typed so far amount to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Prefetch, Q
from django.http import HttpRequest
from django.urls import reverse

from tracker.admin.fields import LONGEST_ID
from tracker.assessments.models import Assessment, Finding
from tracker.assessments.wording import said
from tracker.commitments.models import Commitment, Criterion
from tracker.curation.judging import Weighed, weigh, weigh_saved
from tracker.evidence.models import Bearing, Direction, Sourcing
from tracker.records.dates import today
from tracker.records.models import State
from tracker.records.plain import Problem
from tracker.scoring import Tier
from tracker.sources.lineage import lineages

DAYS_TO_REPLY = 14
CONTEST = ("contest_verdict", "contest_held_by", "contest_source", "contest_reading")
CARRIED_OVER = ("rationale", "confidence", "reply_waiver", *CONTEST)


@dataclass(frozen=True)
class Exhibit:
    """A bearing as a curator weighs it: the outcome, and who states it from how near."""

    bearing: Bearing
    sources: Sequence[tuple[Sourcing, Tier]]


@dataclass(frozen=True)
class Screen:
    """One commitment, ready to be judged by one edition of its criteria.

    `last` is the published assessment from which a new one starts.
    """

    commitment: Commitment
    edition: int
    last: Assessment | None = None

    @cached_property
    def all_criteria(self) -> dict[int, Criterion]:
        """Of every edition, by id."""
        return {each.pk: each for each in self.commitment.criteria.all()}

    @property
    def criteria(self) -> list[Criterion]:
        """Of the edition that decides, in order."""
        return [each for each in self.all_criteria.values() if each.edition == self.edition]

    @cached_property
    def bearings(self) -> list[Bearing]:
        """All that bears on the commitment: for, against, context; in each the newest first."""
        sourcing = Sourcing.objects.select_related("source").defer("source__archived_text")
        rows = Bearing.objects.filter(commitment=self.commitment)
        rows = rows.exclude(outcome__state=State.RETRACTED)
        rows = rows.select_related("outcome", "criterion")
        rows = rows.prefetch_related(Prefetch("outcome__sourcing", sourcing))
        newest_first = rows.order_by("-outcome__occurred_on_start", "pk")
        return sorted(newest_first, key=lambda each: Direction.values.index(each.direction))

    @cached_property
    def exhibits(self) -> list[Exhibit]:
        """The bearings with their sources' effective tiers."""
        behind = lineages({row.source_id for each in self.bearings for row in self._rows(each)})
        return [
            Exhibit(each, [(row, behind[row.source_id].tier) for row in self._rows(each)])
            for each in self.bearings
        ]

    @staticmethod
    def _rows(bearing: Bearing) -> list[Sourcing]:
        return list(bearing.outcome.sourcing.all())

    def citable(self, criterion: Criterion | None) -> list[Bearing]:
        """What bears on this criterion, or on the commitment as a whole."""
        own = (None, criterion.pk if criterion else None)
        return [each for each in self.bearings if each.criterion_id in own]

    def first_words(self) -> dict[str, Any]:
        """The columns of a new assessment, as the last one had them."""
        if self.last is None:
            return {}
        carried = {name: getattr(self.last, name) for name in CARRIED_OVER}
        return carried | {"supersedes": self.last.pk}

    def first_answer(self, criterion: Criterion) -> dict[str, Any]:
        """The row for a criterion, answered as last time where the question is the same."""
        row: dict[str, Any] = {"criterion": criterion.pk}
        if old := self._last_findings.get((criterion.position, criterion.question)):
            cited = {each.outcome_id for each in old.evidence.all()}
            row |= {"value": old.value, "note": old.note, "met_on": old.met_on}
            row["evidence"] = [
                each.pk for each in self.citable(criterion) if each.outcome_id in cited
            ]
        return row

    @cached_property
    def _last_findings(self) -> dict[tuple[int, str], Finding]:
        if self.last is None:
            return {}
        rows = self.last.findings.select_related("criterion").prefetch_related("evidence")
        return {(each.criterion.position, each.criterion.question): each for each in rows}


def screen_of(request: HttpRequest, assessment: Any) -> Screen | None:
    """What this request is about to judge, looked up once; None before a commitment is chosen."""
    if "screen" not in request.__dict__:
        request.__dict__["screen"] = _screen(request, assessment)
    screen: Screen | None = request.__dict__["screen"]
    return screen


def _screen(request: HttpRequest, assessment: Any) -> Screen | None:
    typed = request.POST if request.method == "POST" else request.GET
    edition = number(typed.get("edition"))
    if assessment is not None and assessment.pk is not None:
        return Screen(_whole(assessment.commitment_id), edition or assessment.edition)
    last = Assessment.objects.filter(
        pk=number(request.GET.get("after")), state=State.PUBLISHED
    ).first()
    pk = number(typed.get("commitment")) or (last and last.commitment_id)
    if not pk or not Commitment.objects.filter(pk=pk).exists():
        return None
    commitment = _whole(pk)
    if last is not None and last.commitment_id != commitment.pk:
        last = None
    known = {each.edition for each in commitment.criteria.all()}
    return Screen(commitment, edition if edition in known else max(commitment.edition, 1), last)


def _whole(pk: int) -> Commitment:
    related = ("lab", "words__source", "reported_by")
    rows = Commitment.objects.select_related(*related)
    rows = rows.defer("words__source__archived_text", "reported_by__archived_text")
    return rows.prefetch_related("criteria", "undefined").get(pk=pk)


def number(text: str | None) -> int:
    """An id from an address, 0 for anything else."""
    return int(text) if text and text.isdecimal() and len(text) <= LONGEST_ID else 0


@dataclass(frozen=True)
class Reckoning:
    """What the panel says: the verdict in words, the arithmetic, and what is still missing."""

    words: str
    assessment: Assessment
    missing: Sequence[str]


def reckon_saved(assessment: Assessment) -> Reckoning:
    """A saved assessment, by its evidence as it stands now."""
    weighed = weigh_saved(assessment)
    positions = [
        each.criterion.position for each in assessment.findings.select_related("criterion")
    ]
    return _reckoning(weighed, assessment.commitment, positions, [])


def reckon_typed(screen: Screen, form: Any, formset: Any) -> Reckoning:
    """What is typed in cleaned forms: good answers count, everything else is named."""
    typed = form.cleaned_data
    draft = Assessment(
        commitment=screen.commitment,
        edition=screen.edition,
        effective_on=typed.get("effective_on") or today(),
        rationale=typed.get("rationale", ""),
        confidence=typed.get("confidence") or "low",
        reply_waiver=typed.get("reply_waiver", ""),
        supersedes=typed.get("supersedes"),
    )
    contest = {name: typed.get(name) for name in CONTEST}
    if all(contest.values()):
        for name, value in contest.items():
            setattr(draft, name, value)
    answered: dict[int, tuple[Finding, list[Bearing]]] = {}
    for row in formset.forms:
        answer = row.cleaned_data
        criterion = answer.get("criterion")
        if criterion and answer.get("value") and not answer.get("DELETE"):
            finding = Finding(
                criterion=criterion,
                value=answer["value"],
                note=answer.get("note", ""),
                met_on=answer.get("met_on", ""),
            )
            answered.setdefault(criterion.pk, (finding, list(answer.get("evidence", ()))))
    findings = sorted(answered.values(), key=lambda each: each[0].criterion.position)
    weighed = weigh(draft, findings)
    if not typed.get("confidence"):
        draft.confidence = draft.ceiling
    positions = [finding.criterion.position for finding, _ in findings]
    return _reckoning(weighed, screen.commitment, positions, list(_complaints(form, formset)))


def _reckoning(
    weighed: Weighed, commitment: Commitment, positions: Sequence[int], complaints: Sequence[str]
) -> Reckoning:
    problems = [_worded(each, positions) for each in weighed.problems]
    return Reckoning(
        said(weighed.assessment, commitment), weighed.assessment, [*complaints, *problems]
    )


def _worded(problem: Problem, positions: Sequence[int]) -> str:
    """A problem with its place as the screen shows it: by the number of the criterion."""
    place = next((step for step in problem.path if isinstance(step, int)), None)
    if problem.path[:1] == ("findings",) and place is not None and place < len(positions):
        return f"Criterion {positions[place]}: {problem.message}"
    return problem.message


def _complaints(form: Any, formset: Any) -> Iterator[str]:
    """What the forms themselves refuse, field by field."""
    for name, messages in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        yield from (f"{label}: {each}" if label else each for each in messages)
    yield from formset.non_form_errors()
    for row in formset.forms:
        number = row.asked.position if row.asked else "?"
        for name, messages in row.errors.items():
            label = f" {row.fields[name].label}:" if name in row.fields else ""
            yield from (
                f"Criterion {number}:{label} {each}".replace("::", ":") for each in messages
            )


def put_complaints_aside(context: Any) -> None:
    """Nothing was to be saved, so nothing is an error yet; the panel names what is missing."""
    context["errors"] = None
    context["adminform"].form.errors.clear()
    for inline in context["inline_admin_formsets"]:
        inline.formset.non_form_errors().clear()
        for row in inline.formset.forms:
            row.errors.clear()


def tools(request: HttpRequest, commitment: Commitment) -> list[tuple[str, str]]:
    """(label, address) of what may be begun from a commitment: its next judgement, a question."""
    offered = []
    if request.user.has_perm("tracker.add_assessment"):
        last = commitment.assessments.filter(state=State.PUBLISHED).first()
        label = "Write the next assessment" if last else "Write an assessment"
        offered.append((label, next_address(commitment, last)))
    if request.user.has_perm("tracker.add_reply"):
        reply = urlencode({"commitment": commitment.pk})
        offered.append(("Ask for a reply", f"{reverse('admin:tracker_reply_add')}?{reply}"))
    return offered


def next_address(commitment: Commitment, last: Assessment | None) -> str:
    """A form for a new assessment, filled in from the last one where there is one."""
    start: dict[str, Any] = {"commitment": commitment.pk, "edition": max(commitment.edition, 1)}
    if last is not None:
        start["after"] = last.pk
    return f"{reverse('admin:tracker_assessment_add')}?{urlencode(start)}"


def reply_dates() -> dict[str, Any]:
    """Asked today, due in two weeks."""
    return {"asked_on": today(), "due_on": today() + timedelta(days=DAYS_TO_REPLY)}


def free_slug(model: Any, wanted: str) -> str:
    """The slug, or the first of its numbered fellows that nobody has: a day can see two."""
    taken = set(
        model.objects.filter(Q(slug=wanted) | Q(slug__startswith=f"{wanted}-")).values_list(
            "slug", flat=True
        )
    )
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
