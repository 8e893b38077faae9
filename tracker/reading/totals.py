"""How many commitments stand where, lab by lab: counted by the database, and added up exactly."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    F,
    Max,
    Min,
    QuerySet,
    Sum,
    Value,
    When,
)

from tracker.assessments.models import Assessment
from tracker.commitments.enums import Force
from tracker.labs.models import Lab
from tracker.reading.models import StandsCount
from tracker.reading.spans import on, spans
from tracker.reading.standing import Alike, counted
from tracker.records.dates import today
from tracker.scoring import LabScore, Verdict, score_counted


@dataclass(frozen=True)
class LabTotals:
    """One lab's score, and how many of the commitments behind it stand alike."""

    lab: Lab
    score: LabScore
    alike: Sequence[Alike]
    #: When the first and the last of its judgements were published; only of a day that is past.
    judged: tuple[datetime, datetime] | None = None

    @property
    def unreached(self) -> int:
        """Of those that the arithmetic calls broken, the aims: broken by nobody."""
        return sum(each.count for each in self.alike if each.unreached)


def lab_totals(labs: Iterable[Lab], day: date) -> list[LabTotals]:
    """Each lab's, in the order given: one query whatever their number, two of a day past."""
    labs = list(labs)
    alike, sums = _totals(day, labs)
    judged = {} if day >= today() else _judged(day, labs)
    return [
        LabTotals(lab, score_of(alike[lab.pk], sums[lab.pk]), alike[lab.pk], judged.get(lab.pk))
        for lab in labs
    ]


def score_of(alike: Iterable[Alike], sums: tuple[Fraction, Fraction]) -> LabScore:
    """The score of commitments that are counted and added up."""
    verdicts: Counter[Verdict] = Counter()
    for each in alike:
        verdicts[Verdict(each.verdict)] += each.count
    return score_counted(verdicts, *sums)


def added_up(totals: Iterable[LabTotals]) -> tuple[LabScore, list[Alike]]:
    """The score over the commitments of all of these, and how many of them stand alike."""
    counts: Counter[Alike] = Counter()
    low, high = Fraction(0), Fraction(0)
    for each in totals:
        for one in each.alike:
            counts[one.of(1)] += one.count
        low += (each.score.low or 0) * each.score.rated
        high += (each.score.high or 0) * each.score.rated
    alike = [each.of(count) for each, count in counts.items()]
    return score_of(alike, (low, high)), alike


def alike_by_category(labs: Sequence[Lab], day: date) -> dict[tuple[int, str], list[Alike]]:
    """By lab id and category, how many of those that its score counts stand alike."""
    rows = counted(spans(day).filter(lab_slug__in=[lab.slug for lab in labs])).order_by()
    rows = rows.annotate(aim=_AIM).values("lab_id", "category", *_ALIKE).annotate(n=Count("*"))
    found: dict[tuple[int, str], list[Alike]] = defaultdict(list)
    for row in rows:
        found[row["lab_id"], row["category"]].append(_alike(row))
    return found


_ALIKE = ("verdict", "aim", "provisional", "confidence", "contested")
_AIM = Case(
    When(force=Force.AIM, then=Value(True)), default=Value(False), output_field=BooleanField()
)

Sums = tuple[Fraction, Fraction]


def _totals(day: date, labs: Sequence[Lab]) -> tuple[Mapping[int, list[Alike]], Mapping[int, Sums]]:
    rows: QuerySet[Any]
    told = ("lab_id", *_ALIKE, "whole")
    if day >= today():
        rows = StandsCount.objects.filter(on(day), lab__in=labs, count__gt=0)
        rows = rows.values_list(*told, "count", "low", "high")
    else:
        # each span that there ever was is looked at: once, and in an index
        rows = spans(day).filter(lab_slug__in=[lab.slug for lab in labs])
        rows = counted(rows).order_by().annotate(aim=_AIM).values(*told)
        rows = rows.annotate(n=Count("*"), lows=Sum("low_part"), highs=Sum("high_part"))
        rows = rows.values_list(*told, "n", "lows", "highs")
    counts, parts = Counter[Any](), defaultdict[Any, list[int]](lambda: [0, 0])
    for lab, *alike, whole, count, low, high in rows:
        counts[lab, tuple(alike)] += count
        if whole:
            ends = parts[lab, whole]
            ends[0] += int(low)
            ends[1] += int(high)
    found: dict[int, list[Alike]] = defaultdict(list)
    for (lab, stood), count in counts.items():
        found[lab].append(Alike(*[*stood, count]))
    sums: dict[int, Sums] = defaultdict(lambda: (Fraction(0), Fraction(0)))
    for (lab, whole), (low, high) in parts.items():
        before = sums[lab]
        sums[lab] = before[0] + Fraction(low, whole), before[1] + Fraction(high, whole)
    return found, sums


def _alike(row: Mapping[str, Any]) -> Alike:
    return Alike(**{name: row[name] for name in _ALIKE}, count=int(row["n"]))


def _judged(day: date, labs: Sequence[Lab]) -> dict[int, tuple[datetime, datetime]]:
    """When the first and the last of each lab's judgements were published that were in force on a
    day that is past."""
    span = "commitment__stoodthen__"
    judged = Assessment.objects.filter(
        on(day, span),
        **{f"{span}current": F("pk"), f"{span}lab_slug__in": [lab.slug for lab in labs]},
    )
    rows: QuerySet[Any] = judged.order_by().values(lab=F(f"{span}lab_id"))
    rows = rows.annotate(first=Min("published_at"), last=Max("published_at"))
    return {row["lab"]: (row["first"], row["last"]) for row in rows}
