"""What a badge, a card and a picture say of a record: one reading of it, so that all say the same.

Verdict, “so far”, confidence and contested stand together in `Face.words`; nothing that is shown
elsewhere takes them apart.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date

from django.conf import settings

from tracker.commitments.enums import Basis, Lifecycle
from tracker.reading.standing import Standing
from tracker.reading.totals import LabTotals
from tracker.records.dates import parse_when, words
from tracker.records.fields import UNPRINTABLE_IN_LINE
from tracker.scoring import Confidence, percent
from tracker.web.tally import Tally, tally
from tracker.web.words import percent_words, range_words, tone

DOT = " · "


@dataclass(frozen=True)
class Face:
    """A commitment as it is shown elsewhere, under one judgement or under none."""

    site: str
    lab: str
    title: str
    tone: str
    verdict: str  # with “reported” and “so far”, where they belong to it
    also: tuple[str, ...]  # confidence, contested
    percent: tuple[int, int] | None
    judged: str  # “Judgement of 31 May 2024”
    lifecycle: str  # "" while in force

    @property
    def words(self) -> str:
        """“reported broken so far · low confidence · contested”."""
        return DOT.join((self.verdict, *self.also))

    @property
    def range(self) -> str:
        """“range 0–50 %”, or ""."""
        return f"range {range_words(self.percent)}" if self.percent else ""

    @property
    def sentence(self) -> str:
        """All of it in a line, for those who do not see it."""
        return f"{self.lab}: {self.title}. {self.site} says: {self.words}"


@dataclass(frozen=True)
class LabFace:
    """A lab as it is shown elsewhere: the distribution, the range, how much could be rated."""

    site: str
    name: str
    counts: tuple[Tally, ...]
    percent: tuple[int, int] | None
    rated: int
    total: int
    coverage: int  # whole per cent

    @property
    def words(self) -> str:
        """“1 kept, 2 broken, 1 of them only reported”."""
        said = ", ".join(each.said for each in self.counts)
        return said or "no promise on record"

    @property
    def rated_words(self) -> str:
        """“4 of 9 rated”."""
        return f"{self.rated:,} of {self.total:,} rated"

    @property
    def range(self) -> str:
        """“range 0–50 %”, or "" below so many rated as a percentage takes."""
        return f"range {range_words(self.percent)}" if self.percent else ""

    @property
    def sentence(self) -> str:
        """All of it in a line."""
        rest = DOT.join(each for each in (self.words, self.rated_words, self.range) if each)
        return f"{self.name}. {self.site} says: {rest}"


def face_of(standing: Standing) -> Face:
    """What is shown of a commitment."""
    commitment = standing.commitment
    return Face(
        site=tidy(settings.SITE_NAME),
        lab=tidy(commitment.lab.name),
        title=tidy(commitment.title),
        tone=tone(standing.verdict, commitment),
        verdict=_verdict(standing),
        also=_also(standing),
        percent=standing.percent,
        judged=f"Judgement of {said(standing.assessment.effective_on)}"
        if standing.assessment
        else "Not judged yet",
        lifecycle="" if standing.lifecycle == Lifecycle.IN_FORCE else standing.lifecycle.label,
    )


def lab_face_of(standing: LabTotals) -> LabFace:
    """What is shown of a lab."""
    score = standing.score
    return LabFace(
        site=tidy(settings.SITE_NAME),
        name=tidy(standing.lab.name),
        counts=tuple(tally(standing.alike)),
        percent=score.percent,
        rated=score.rated,
        total=score.total,
        coverage=percent(score.coverage),
    )


def _verdict(standing: Standing) -> str:
    """As the record says it; of what was measured the percentage, which is all there is to it."""
    if standing.commitment.basis != Basis.MEASURED or standing.percent is None:
        return standing.words
    met = f"{percent_words(standing.percent)} of criteria met"
    if standing.confidence == Confidence.LOW:
        met = f"reported {met}"
    return f"{met} so far" if standing.provisional else met


def _also(standing: Standing) -> tuple[str, ...]:
    confidence = [f"{standing.confidence} confidence"] if standing.confidence else []
    return (*confidence, *(["contested"] if standing.contested else []))


def said(day: date) -> str:
    """“31 May 2024”."""
    return words(parse_when(day.isoformat()))


def tidy(text: object) -> str:
    """One line without what XML or a font cannot take: the record refuses such characters, but it
    may have been restored from elsewhere."""
    return " ".join(UNPRINTABLE_IN_LINE.sub("\N{REPLACEMENT CHARACTER}", str(text)).split())


def cut(text: str, most: int) -> str:
    """The beginning of the text, with “…” where there is more."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def digest(face: Face | LabFace) -> str:
    """Eight hexadecimal digits that change with what is said."""
    text = json.dumps([face.sentence, asdict(face)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
