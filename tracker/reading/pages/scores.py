"""How a lab's score came to be what it is: the days on which it changed, and what changed it.

In world time, as everything that is read "as of" a day: the promises, judgements and lifecycles
that today's record dates to each day. It is told backwards from the score on the day, so that it
costs as much as is told.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tracker.assessments.models import Assessment
from tracker.commitments.enums import Basis, Lifecycle, Schedule
from tracker.commitments.models import Commitment
from tracker.labs.models import Lab
from tracker.reading.models import StandsNow, StoodThen
from tracker.reading.spans import spans
from tracker.reading.standing import Standing
from tracker.reading.totals import LabTotals, lab_totals
from tracker.records.dates import today
from tracker.scoring import LabScore, Verdict, score_counted

TURNS = 150  # of commitments: promised, judged, superseded


@dataclass(frozen=True)
class Moved:
    """One commitment that began to count otherwise; `before` is None where it is new."""

    before: Standing | None
    after: Standing

    @property
    def commitment(self) -> Commitment:
        """The commitment."""
        return self.after.commitment

    @property
    def words(self) -> str:
        """“promised”, “judged reported broken, until then not yet due”, “superseded”."""
        if self.before is None:
            judged = f", judged {self.after.words}" if self.after.assessment else ""
            return f"promised{judged}"
        if self.after.lifecycle == Lifecycle.SUPERSEDED:
            return "superseded by words as strong, and so no longer counted"
        if self.before.lifecycle == Lifecycle.SUPERSEDED:
            return f"counted again, {self.after.words}"
        return f"judged {self.after.words}, until then {self.before.words}"

    @property
    def url(self) -> str:
        """The judgement where there is one that moved it, else the commitment."""
        judged = self.after.assessment
        if judged and (self.before is None or judged != self.before.assessment):
            return judged.get_absolute_url()
        return self.commitment.get_absolute_url()


@dataclass(frozen=True)
class ScorePoint:
    """The score of a lab from a day on, until the next point; `moves` is what changed it."""

    lab: Lab
    day: date
    score: LabScore
    moves: Sequence[Moved]
    cut: bool = False  # whether it changed before, which is not told here


def score_history(lab: Lab, day: date, totals: LabTotals | None = None) -> list[ScorePoint]:
    """The days up to `day` on which the lab's score changed, oldest first, with what changed it: no
    more than what the newest TURNS turns of its commitments changed.

    The last point is the score on `day`, which `totals` has where the caller knows it. A lab that
    had promised nothing by then has no point.
    """
    totals = totals or lab_totals([lab], day)[0]
    turns, cut = _turns(lab, day)
    turns = {on: [turn for turn in turned if _moves(turn)] for on, turned in turns.items()}
    told = _told([span for of_day in turns.values() for turn in of_day for span in turn if span])
    sums = _Sums(totals)
    for turned in turns.values():
        for before, after in turned:  # back to what it was before all of them
            sums.add(after, -1)
            sums.add(before, 1)
    points: list[ScorePoint] = []
    shown = None
    for on in sorted(turns):
        for before, after in turns[on]:
            sums.add(before, -1)
            sums.add(after, 1)
        score = sums.score()
        now = (score.low, score.high, score.rated, score.total)
        if turns[on] and now != shown:
            moves = [
                Moved(told[before] if before else None, told[after]) for before, after in turns[on]
            ]
            points.append(ScorePoint(lab, on, score, moves, cut=cut and not points))
            shown = now
    return points


#: A span of a commitment, and the one before it, None where that is its first.
_Span = StandsNow | StoodThen
_Turn = tuple[_Span | None, _Span]


def _turns(lab: Lab, day: date) -> tuple[dict[date, list[_Turn]], bool]:
    """The newest turns of the lab's promises up to a day, by the days on which they turned, and
    whether there were others before."""
    spans_of = StoodThen.objects.filter(lab_slug=lab.slug, basis=Basis.PROMISED)
    now = day >= today()
    turned = spans_of.filter(**{"from_day__lt" if now else "from_day__lte": day})
    newest = list(turned.order_by("-from_day")[: TURNS + 1])
    cut = len(newest) > TURNS
    if cut and newest[0].from_day > newest[-1].from_day:  # its day is not here whole
        newest = [span for span in newest if span.from_day > newest[-1].from_day]
    ahead = set()
    if now:  # what is too coarsely dated to have surely happened has, as far as today goes
        later = spans_of.filter(from_day__gte=day).order_by()
        ahead = set(later.values_list("commitment_id", flat=True))
    ids = {span.commitment_id for span in newest} | ahead
    ends = {
        (span.commitment_id, span.until_day): span
        for span in spans_of.filter(commitment__in=ids).order_by()
    }
    turns: dict[date, list[_Turn]] = defaultdict(list)
    for span in newest:
        turns[span.from_day].append((ends.get((span.commitment_id, span.from_day)), span))
    if ahead:
        before = {
            span.commitment_id: span
            for span in ends.values()
            if span.from_day < day <= span.until_day
        }
        for row in spans(day).filter(commitment__in=ahead, basis=Basis.PROMISED):
            turns[day].append((before.get(row.commitment_id), row))
    for each in turns.values():
        each.sort(key=lambda turn: (turn[1].made_on_start, turn[1].slug))
    return turns, cut


def _moves(turn: _Turn) -> bool:
    before, after = turn
    return _counts(before) != _counts(after)


def _counts(span: _Span | None) -> tuple[object, ...] | None:
    """What a commitment gives to its lab's score; None where it gives nothing."""
    if span is None or span.lifecycle == Lifecycle.SUPERSEDED:
        return None
    return span.verdict, span.whole, span.low_part, span.high_part


class _Sums:
    """A score to which commitments are added, and from which they are taken."""

    def __init__(self, totals: LabTotals) -> None:
        self.verdicts = Counter(totals.score.verdicts)
        self.low = (totals.score.low or Fraction(0)) * totals.score.rated
        self.high = (totals.score.high or Fraction(0)) * totals.score.rated

    def add(self, span: _Span | None, sign: int) -> None:
        if span is None or _counts(span) is None:
            return
        self.verdicts[Verdict(span.verdict)] += sign
        if span.whole:
            self.low += Fraction(sign * (span.low_part or 0), span.whole)
            self.high += Fraction(sign * (span.high_part or 0), span.whole)

    def score(self) -> LabScore:
        return score_counted(self.verdicts, self.low, self.high)


def _told(rows: Sequence[_Span]) -> dict[_Span, Standing]:
    """The standings of these spans: two queries."""
    commitments = Commitment.objects.in_bulk({row.commitment_id for row in rows})
    judged = Assessment.objects.in_bulk({row.current for row in rows if row.current})
    return {
        row: Standing(
            commitments[row.commitment_id],
            judged.get(row.current or 0),
            Lifecycle(row.lifecycle),
            Schedule.NO_DEADLINE,  # of which a score knows nothing
            row.denied_on,
        )
        for row in rows
    }
