"""The form of the method's page: a reader's own findings and weights, scored as the record is."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from django.http import QueryDict

from tracker.assessments.wording import verdict_on
from tracker.commitments.enums import Basis, Force
from tracker.commitments.models import Commitment
from tracker.reading.filtering import BadParameter
from tracker.reading.pages.arithmetic import Example
from tracker.records.fields import UNPRINTABLE
from tracker.scoring import (
    V1,
    Confidence,
    FindingValue,
    Judged,
    Line,
    Score,
    decimal6,
    score_commitment,
)
from tracker.web import words as readers

COMMITMENT = "commitment"
ROWS = 5
ROWS_LIMIT = 60
WEIGHT_LIMIT = 10_000

_NAME = re.compile(r"(finding|weight)([1-9][0-9]?)")
_WEIGHT = re.compile(r"[0-9]{1,4}(?:[.,][0-9]{1,3}|/[0-9]{1,4})?")
_KEPT_TEXT = 40  # characters of what was typed that are shown again

#: A promise that nobody made: one question of each kind that counts, and one whose time will come.
MADE_UP = (
    ("Was a policy published?", FindingValue.MET, "2"),
    ("Does it cover all models?", FindingValue.PARTLY_MET, "1"),
    ("Was it followed?", FindingValue.UNVERIFIABLE, "1"),
    ("Was it renewed when its time came?", FindingValue.PENDING, "1"),
)


@dataclass(frozen=True)
class Row:
    """One criterion of the form, as typed. An `error` is a sentence, "" where all is well."""

    number: int
    question: str
    finding: str
    weight: str
    finding_error: str = ""
    weight_error: str = ""

    @property
    def judged(self) -> Judged | None:
        """What is scored; None where no finding is chosen."""
        if not self.finding or self.finding_error or self.weight_error:
            return None
        return Judged(FindingValue(self.finding), _weight(self.weight))


@dataclass(frozen=True)
class Step:
    """One line of the sums. `least` and `most` are what its finding is worth, None: left out."""

    row: Row
    line: Line
    least: Fraction | None
    most: Fraction | None

    @property
    def found(self) -> str:
        """The finding in words."""
        return self.line.value.replace("_", " ")


@dataclass(frozen=True)
class Trial:
    """The form and what comes of it; no `score` while something cannot be read."""

    rows: Sequence[Row]
    example: Example | None
    changed: bool  # whether anything but the record's own findings is tried
    score: Score | None
    steps: Sequence[Step]

    @property
    def errors(self) -> list[str]:
        """Everything that is wrong, each naming its field."""
        return [
            error for row in self.rows for error in (row.finding_error, row.weight_error) if error
        ]

    @property
    def tone(self) -> str:
        """The shape of the verdict."""
        assert self.score is not None
        return readers.tone(self.score.verdict, self._promise)

    @property
    def said(self) -> str:
        """The verdict in words, “so far” included, and “reported” where the record would say it."""
        assert self.score is not None
        return verdict_on(
            self._promise,
            self.score.verdict,
            provisional=self.score.provisional,
            # confidence is judged, not computed: what is tried is no surer than the record
            confidence=self.example.standing.confidence if self.example else Confidence.HIGH,
        )

    @property
    def reason(self) -> str:
        """Which threshold made the verdict."""
        assert self.score is not None
        return readers.verdict_reason(self.score.as_dict(), self._promise)

    @property
    def _promise(self) -> Commitment:
        if self.example:
            return self.example.standing.commitment
        return Commitment(force=Force.PROMISE, basis=Basis.PROMISED)


def check_names(query: QueryDict) -> None:
    """Raise BadParameter for any parameter that the form does not have, and for one given twice."""
    for name in query:
        found = _NAME.fullmatch(name)
        if name != COMMITMENT and not (found and int(found[2]) <= ROWS_LIMIT):
            raise BadParameter(
                name[:60],
                f"is not a parameter of this page. It takes {COMMITMENT}, finding1 to "
                f"finding{ROWS_LIMIT} and weight1 to weight{ROWS_LIMIT}.",
            )
        if len(query.getlist(name)) > 1:
            raise BadParameter(name, "is given more than once.")


def trial(query: QueryDict, example: Example | None) -> Trial:
    """The form that a checked query asks for, filled from `example` or from the made-up promise.

    Raises BadParameter for a commitment of more questions than the form takes.
    """
    given = _given(example)
    if len(given) > ROWS_LIMIT:
        raise BadParameter(
            COMMITMENT, f"has more than {ROWS_LIMIT} criteria; its own page shows the arithmetic."
        )
    typed = any(name != COMMITMENT for name in query)
    last = max((int(found[2]) for found in map(_NAME.fullmatch, query) if found), default=0)
    rows = [
        _typed(query, row) if typed else row for row in _filled(given, max(ROWS, len(given), last))
    ]
    judged = [(row, row.judged) for row in rows]
    used = [(row, one) for row, one in judged if one is not None]
    wrong = any(row.finding_error or row.weight_error for row in rows)
    score = None if wrong else score_commitment([one for _, one in used], V1)
    return Trial(
        rows=rows,
        example=example,
        changed=example is not None and _used(rows) != _used(given),
        score=score,
        steps=[] if score is None else list(_steps([row for row, _ in used], score)),
    )


def _given(example: Example | None) -> list[Row]:
    asked: Iterable[tuple[str, str, str]]
    if example is None:
        asked = ((question, value, weight) for question, value, weight in MADE_UP)
    else:
        asked = ((each.question, each.value, str(decimal6(each.weight))) for each in example.asked)
    return [Row(number, *each) for number, each in enumerate(asked, start=1)]


def _filled(given: Sequence[Row], rows: int) -> list[Row]:
    empty = [Row(number, "", "", "1") for number in range(len(given) + 1, rows + 1)]
    return [*given, *empty]


def _used(rows: Iterable[Row]) -> list[tuple[int, Judged | None]]:
    return [(row.number, row.judged) for row in rows if row.finding]


def _typed(query: QueryDict, row: Row) -> Row:
    """The row as the query has it; a question keeps its place whatever is tried on it."""
    finding = _shown(query.get(f"finding{row.number}", ""))
    weight = _shown(query.get(f"weight{row.number}", "")) or "1"
    finding_error = weight_error = ""
    if finding and finding not in list(FindingValue):
        finding_error = f"Finding {row.number}: choose one of {', '.join(FindingValue)}."
    if not _WEIGHT.fullmatch(weight) or not 0 < _weight(weight) < WEIGHT_LIMIT:
        weight_error = (
            f"Weight {row.number}: a number above 0 and below {WEIGHT_LIMIT:,}, "
            "such as 2, 0.5 or 1/3."
        )
    return replace(
        row,
        finding=finding,
        weight=weight,
        finding_error=finding_error,
        weight_error=weight_error,
    )


def _shown(text: str) -> str:
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text.strip()[:_KEPT_TEXT])


def _weight(text: str) -> Fraction:
    """A weight that is written as one. 0 for one that is over nothing: it is refused as 0 is."""
    dividend, _, divisor = text.replace(",", ".").partition("/")
    if divisor and not int(divisor):
        return Fraction(0)
    return Fraction(dividend) / Fraction(divisor or 1)


def _steps(rows: Sequence[Row], score: Score) -> Iterable[Step]:
    for row, line in zip(rows, score.lines, strict=True):
        worth = score.methodology.worth(line.value)
        yield Step(row, line, worth.low if worth else None, worth.high if worth else None)
