"""A lab's standing, commitment by commitment: what the sums of `reading.totals` must be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tracker.labs.models import Lab
from tracker.reading.published import commitments
from tracker.reading.standing import Alike, Standing, promised, standings
from tracker.scoring import LabScore, score_lab


@dataclass(frozen=True)
class LabStanding:
    """One lab's score and the commitments behind it."""

    lab: Lab
    score: LabScore
    standings: Sequence[Standing]

    @property
    def alike(self) -> Sequence[Alike]:
        """Those that its score counts."""
        return [row.alike for row in self.standings if row.counts]

    @property
    def judged(self) -> tuple[datetime, datetime] | None:
        """When the first and the last of its judgements were published."""
        moments = [
            row.assessment.published_at
            for row in self.standings
            if row.assessment and row.assessment.published_at
        ]
        return (min(moments), max(moments)) if moments else None


def lab_standings(labs: Iterable[Lab], day: date) -> list[LabStanding]:
    """Each lab's standing, in the order given: two queries whatever their number."""
    labs = list(labs)
    rows = standings(commitments(day).filter(lab__in=labs))
    found = []
    for lab in labs:
        own = [row for row in rows if row.commitment.lab_id == lab.pk]
        score = score_lab(each for each in map(promised, own) if each is not None)
        found.append(LabStanding(lab, score, own))
    return found
