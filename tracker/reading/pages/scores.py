"""How a lab's score came to be what it is: every day on which it changed, and what changed it.

In world time, as everything that is read "as of" a day: the promises, judgements and lifecycles
that today's record dates to each day. Three queries whatever the number of days: the rest is
replayed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch

from tracker.assessments.models import Assessment
from tracker.commitments.enums import Basis, Lifecycle
from tracker.commitments.models import Commitment
from tracker.commitments.schedule import schedule
from tracker.labs.models import Lab
from tracker.reading.published import published
from tracker.reading.standing import Standing, score_of_lab
from tracker.records.dates import today
from tracker.scoring import LabScore


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


def score_history(lab: Lab, day: date) -> list[ScorePoint]:
    """The days up to `day` on which the lab's score changed, oldest first, with what changed it.

    The last point is the score on `day`. A lab that had promised nothing by then has no point.
    """
    rows = published(Commitment).filter(lab=lab, basis=Basis.PROMISED)
    judged = published(Assessment).filter(effective_on__lte=day)
    rows = rows.order_by("made_on_start", "slug").prefetch_related(
        Prefetch("assessments", judged.order_by("effective_on", "published_at", "id")),
        "lifecycle_events",
    )
    turns: dict[date, list[Standing]] = defaultdict(list)
    for commitment in rows:
        for on, standing in _life(commitment, day):
            turns[on].append(standing)
    return list(_replay(lab, turns))


def _replay(lab: Lab, turns: dict[date, list[Standing]]) -> Iterator[ScorePoint]:
    standings: dict[int, Standing] = {}
    shown = None
    for on in sorted(turns):
        moves = []
        for after in turns[on]:
            before = standings.get(after.commitment.pk)
            standings[after.commitment.pk] = after
            if _counts(before) != _counts(after):
                moves.append(Moved(before, after))
        if not moves:
            continue
        score = score_of_lab(standings.values())
        now = (score.low, score.high, score.rated, score.total)
        if now != shown:
            yield ScorePoint(lab, on, score, moves)
        shown = now


def _counts(standing: Standing | None) -> tuple[object, ...] | None:
    """What a commitment gives to its lab's score; None where it gives nothing."""
    if standing is None or not standing.counts:
        return None
    working = standing.assessment.working if standing.assessment else {}
    return standing.verdict, working.get("low"), working.get("high")


def _life(commitment: Commitment, day: date) -> Iterator[tuple[date, Standing]]:
    """How it stood from each day on which it was made, judged or changed, as of `day`."""
    assert commitment.made_on_end is not None
    made = _by(commitment.made_on_end, day)
    if made is None:
        return
    judged = list(commitment.assessments.all())
    lived = [
        (on, event)
        for event in commitment.lifecycle_events.all()  # in the order of their dates
        if event.on_end is not None and (on := _by(event.on_end, day)) is not None
    ]
    starts = {made, *(each.effective_on for each in judged), *(on for on, _ in lived)}
    for start in sorted({max(made, each) for each in starts}):
        lifecycle = Lifecycle.IN_FORCE
        for on, event in lived:
            if on <= start:
                lifecycle = Lifecycle(event.lifecycle)
        in_force = [each for each in judged if each.effective_on <= start]
        yield start, _standing(commitment, in_force[-1] if in_force else None, lifecycle, start)


def _standing(
    commitment: Commitment, assessment: Assessment | None, lifecycle: Lifecycle, on: date
) -> Standing:
    standing = schedule(
        kind=commitment.deadline_kind,
        due_end=commitment.deadline_due_on_end,
        triggered_end=commitment.deadline_triggered_on_end,
        today=on,
        lifecycle=lifecycle,
        verdict=assessment.verdict if assessment else "",
    )
    return Standing(commitment, assessment, lifecycle, standing)


def _by(end: date, day: date) -> date | None:
    """The day from which something counts that had surely happened by `end`; None: after `day`.

    What is published has happened, however coarse its date: it counts from today at the latest, as
    in `published.commitments`.
    """
    now = today()
    if day >= now:
        return min(end, now)
    return end if end <= day else None
