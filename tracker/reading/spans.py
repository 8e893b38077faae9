"""How commitments stand from day to day, worked out from the record: the rows of `StandsNow` and
`StoodThen`, which `curation.standing` writes. What they must say is `published.with_axes`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import lcm
from typing import Any, TypeVar

from django.db.models import (
    Case,
    CharField,
    Expression,
    F,
    Func,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform

from tracker.assessments.models import Assessment, Reply
from tracker.commitments.enums import Lifecycle, Schedule
from tracker.commitments.models import Commitment, LifecycleEvent
from tracker.commitments.schedule import DUE_SOON_DAYS, Timing, days_after, timing_of
from tracker.reading.models import FIRST, LAST, StandsNow, StoodThen
from tracker.reading.represent import exact
from tracker.records.dates import today
from tracker.records.models import State
from tracker.records.prepared import Prepared
from tracker.scoring import RATED_VERDICTS, Verdict

S = TypeVar("S", StandsNow, StoodThen)


# --- Read ----------------------------------------------------------------------------------------


def spans(day: date) -> QuerySet[Any]:
    """How each commitment that had been made by `day` stood on it: one row each."""
    model = StandsNow if day >= today() else StoodThen
    rows: QuerySet[Any] = model._default_manager.filter(on(day))
    return rows


def on(day: date, span: str = "") -> Q:
    """The span that the day lies in."""
    # not until_day > day alone: LAST has no day after it
    until = Q(**{f"{span}until_day__gt": day}) if day < LAST else Q(**{f"{span}until_day": LAST})
    return Q(**{f"{span}from_day__lte": day}) & until


class Walked(Func):
    """A column as it is, which SQLite must not look up in an index: the list is being walked in
    its order, and nearly every row will do."""

    template = "%(expressions)s"
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Its planner takes the `+` as it is meant."""
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)


#: What lists are narrowed by, beside the lab; each under another name, `by_verdict`.
FACETS = (
    *("verdict", "category", "basis", "force", "confidence", "contested", "lifecycle", "timing"),
    *("due_on", "pledge"),
)


def faceted(rows: QuerySet[Any], *, walked: bool = False) -> QuerySet[Any]:
    """Spans with their FACETS, to be narrowed by them; `walked` where the rows that are asked for
    are the first in an order, and not all."""
    named = {f"by_{name}": Walked(F(name)) if walked else F(name) for name in FACETS}
    faceted: QuerySet[Any] = rows.alias(**named)
    return faceted


def scheduled(schedule: str, day: date, span: str = "by_") -> Q:
    """The spans of this schedule on a day that lies in them, as `commitments.schedule` has it; of
    rows that are `faceted`, or under another name."""
    timing, due, soon = f"{span}timing", f"{span}due_on", days_after(day, DUE_SOON_DAYS)
    ahead = Q(**{f"{timing}__in": (Timing.DECIDED, Timing.OPEN), f"{due}__gte": day})
    match schedule:
        case Schedule.CLOSED:
            return Q(**{timing: Timing.ENDED}) | Q(**{timing: Timing.DECIDED, f"{due}__lt": day})
        case Schedule.UNTRIGGERED:
            return Q(**{timing: Timing.UNTRIGGERED})
        case Schedule.NO_DEADLINE:
            return Q(**{timing: Timing.NONE})
        case Schedule.OVERDUE:
            return Q(**{timing: Timing.OPEN, f"{due}__lt": day})
        case Schedule.DUE_SOON:
            return ahead & Q(**{f"{due}__lte": soon})
    return ahead & Q(**{f"{due}__gt": soon})


def schedule_of(day: date, span: str) -> Expression:
    """The schedule of a span on a day that lies in it."""
    cases = [When(scheduled(each, day, span), then=Value(each)) for each in Schedule]
    return Case(*cases, output_field=CharField())


# --- Work out ------------------------------------------------------------------------------------


@dataclass
class _Told:
    """What is published of one commitment that its standing depends on."""

    row: Mapping[str, Any]
    judged: list[Mapping[str, Any]] = field(default_factory=list)  # the later over the earlier
    lived: list[tuple[date, str]] = field(default_factory=list)  # likewise
    denied_on: date | None = None


_COLUMNS = (
    *("id", "slug", "title", "lab_id", "lab__slug", "pledge_id", "clause_id", "category", "basis"),
    *("force", "made_on_start", "made_on_end", "deadline_kind", "deadline_due_on_end"),
    "deadline_triggered_on_end",
)
#: Of a judgement. Its ends are read out of the working by the database, which is long.
_JUDGED = ("id", "commitment_id", "effective_on", "verdict", "provisional", "confidence")

_FOUND = Prepared(
    lambda: Commitment.objects.filter(state=State.PUBLISHED).order_by("pk").values(*_COLUMNS), "pk"
)
_JUDGEMENTS = Prepared(
    lambda: (
        Assessment.objects.filter(state=State.PUBLISHED)
        .order_by("effective_on", "published_at", "id")
        .values(
            *_JUDGED,
            other=F("contest_verdict"),
            low_end=KeyTextTransform("low", "working"),
            high_end=KeyTextTransform("high", "working"),
        )
    ),
    "commitment",
)
_LIVES = Prepared(
    lambda: (
        LifecycleEvent.objects.filter(on_end__isnull=False)
        .order_by("on_start", "id")
        .values_list("commitment_id", "on_end", "lifecycle")
    ),
    "commitment",
)
_DENIALS = Prepared(
    lambda: (
        Reply.objects.filter(state=State.PUBLISHED, denies=True, received_on__isnull=False)
        .order_by("-received_on")
        .values_list("commitment_id", "received_on")
    ),
    "commitment",
)


def work_out(ids: Collection[int]) -> tuple[list[StandsNow], list[StoodThen]]:
    """Every span of those commitments among these ids that are published: four queries."""
    told = {row["id"]: _Told(row) for row in _FOUND.rows(ids)}
    if told:
        _gather(told)
    now, then = list[StandsNow](), list[StoodThen]()
    for each in told.values():
        now += _merged(_stretches(StandsNow, each, set(), None))
        made = each.row["made_on_end"]
        if made is not None:
            then += _merged(
                _stretches(StoodThen, each, {made, *(on for on, _ in each.lived)}, made)
            )
    return now, then


def _gather(told: Mapping[int, _Told]) -> None:
    for row in _JUDGEMENTS.rows(told):
        told[row["commitment_id"]].judged.append(row)
    for key, on_end, lifecycle in _LIVES.rows(told):
        told[key].lived.append((on_end, lifecycle))
    for key, received_on in _DENIALS.rows(told):
        told[key].denied_on = received_on


def _stretches(model: type[S], told: _Told, starts: set[date], made: date | None) -> Iterator[S]:
    """A row for each stretch between the days on which anything can turn; without a day on which it
    was `made`, those from today on, the first of them from FIRST."""
    turns: set[date] = starts | {each["effective_on"] for each in told.judged}
    turns |= {each for each in (told.denied_on, told.row["deadline_triggered_on_end"]) if each}
    first: date = made or today()
    days: list[date] = [first, *sorted(each for each in turns if each > first)]
    for start, until in zip(days, [*days[1:], LAST], strict=True):
        row = _row(model, told, start, until)
        if made is None and start == first:
            row.from_day = FIRST
        yield row


def _row(model: type[S], told: _Told, start: date, until: date) -> S:
    row = told.row
    judged = next((each for each in reversed(told.judged) if each["effective_on"] <= start), None)
    lived = [life for on_end, life in told.lived if model is StandsNow or on_end <= start]
    lifecycle = lived[-1] if lived else Lifecycle.IN_FORCE.value
    verdict = judged["verdict"] if judged else Verdict.NOT_ASSESSED.value
    denied_on = told.denied_on if told.denied_on and told.denied_on <= start else None
    due, fired = row["deadline_due_on_end"], row["deadline_triggered_on_end"]
    timing = timing_of(row["deadline_kind"], due, fired, start, lifecycle, verdict)
    whole, low, high = _parts(judged)
    return model(
        commitment_id=row["id"],
        from_day=start,
        until_day=until,
        lab_id=row["lab_id"],
        lab_slug=row["lab__slug"],
        pledge_id=row["pledge_id"],
        clause_id=row["clause_id"],
        slug=row["slug"],
        title=row["title"],
        category=row["category"],
        basis=row["basis"],
        force=row["force"],
        made_on_start=row["made_on_start"],
        due_by=due or LAST,
        current=judged["id"] if judged else None,
        effective_on=judged["effective_on"] if judged else None,
        verdict=verdict,
        provisional=bool(judged and judged["provisional"]),
        confidence=judged["confidence"] if judged else "",
        contested=bool(denied_on or (judged and judged["other"])),
        denied_on=denied_on,
        lifecycle=lifecycle,
        timing=timing.value,
        due_on=due if timing in (Timing.DECIDED, Timing.OPEN) else None,
        whole=whole,
        low_part=low,
        high_part=high,
    )


def _parts(judged: Mapping[str, Any] | None) -> tuple[int | None, int | None, int | None]:
    """The ends of the range over one denominator, exactly."""
    if judged is None or judged["verdict"] not in RATED_VERDICTS:
        return None, None, None
    low, high = exact(judged["low_end"]), exact(judged["high_end"])
    assert low is not None and high is not None
    whole = lcm(low.denominator, high.denominator)
    return whole, int(low * whole), int(high * whole)


_SPAN = frozenset({"id", "from_day", "until_day"})
#: What tells one span from the next, and what a span says at all.
SAID: Sequence[str] = [
    each.attname for each in StandsNow._meta.concrete_fields if each.attname not in _SPAN
]


def said(row: StandsNow | StoodThen) -> tuple[Any, ...]:
    """All that a span says but its own days."""
    return tuple(getattr(row, name) for name in SAID)


def _merged(rows: Iterable[S]) -> list[S]:
    """Neighbours that say the same as one."""
    kept = list[S]()
    for row in rows:
        if kept and said(kept[-1]) == said(row):
            kept[-1].until_day = row.until_day
        else:
            kept.append(row)
    return kept


def from_today(rows: Iterable[StandsNow]) -> Iterator[StandsNow]:
    """Stored spans without what is past, as `work_out` has them."""
    now, begun = today(), set[int]()
    for row in sorted(rows, key=lambda each: (each.commitment_id, each.from_day)):
        if row.until_day > now or row.until_day == LAST:
            if row.commitment_id not in begun:
                row.from_day = FIRST
            begun.add(row.commitment_id)
            yield row


def by_commitment(rows: Iterable[S]) -> dict[int, dict[date, S]]:
    """Spans by the id of their commitment and their first day."""
    found: dict[int, dict[date, S]] = defaultdict(dict)
    for row in rows:
        found[row.commitment_id][row.from_day] = row
    return found
