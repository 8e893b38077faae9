"""What a finding is worth and where the verdicts begin: the one object that says so.

Source: DESIGN section 5, "methodology v1". A change of method is a new instance with a new
version, never an edit: published scores must stay computable as they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType


class FindingValue(StrEnum):
    """What the evidence says about one criterion."""

    MET = "met"
    PARTLY_MET = "partly_met"
    NOT_MET = "not_met"
    UNVERIFIABLE = "unverifiable"
    PENDING = "pending"
    NOT_APPLICABLE = "not_applicable"


class Verdict(StrEnum):
    """How far one commitment was kept."""

    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"
    BROKEN = "broken"
    UNRESOLVED = "unresolved"
    NOT_YET_DUE = "not_yet_due"
    NOT_ASSESSED = "not_assessed"


class Confidence(StrEnum):
    """How well the evidence carries a verdict."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Timeliness(StrEnum):
    """Whether what was done was done by its deadline."""

    ON_TIME = "on_time"
    LATE = "late"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Worth:
    """The least and the most that one finding can be worth, as shares of its weight (0 to 1).

    Equal for a known finding, apart for an unknown one.
    """

    low: Fraction
    high: Fraction

    @property
    def known(self) -> bool:
        """True when the finding settles its criterion."""
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Methodology:
    """One version of the method. Thresholds are shares from 0 to 1, both inclusive.

    `worths` has an entry for every finding value; None leaves the finding out of the sums.
    """

    version: str
    # A tuple rather than a dict: the object is hashable, can be pickled and cannot be edited.
    worths: tuple[tuple[FindingValue, Worth | None], ...]
    kept_at: Fraction
    broken_at: Fraction
    rated_for_percent: int

    def worth(self, value: FindingValue) -> Worth | None:
        """What `value` is worth, None if it is left out. ValueError for an unknown value."""
        for known_value, worth in self.worths:
            if known_value == value:
                return worth
        raise ValueError(f"Methodology {self.version} has no finding value “{value}”.")

    def as_dict(self) -> dict[str, object]:
        """JSON-safe, fractions as exact text ("9/10"). Stored with every Assessment."""
        return {
            "version": self.version,
            "findings": {
                str(value): None
                if worth is None
                else {"low": str(worth.low), "high": str(worth.high)}
                for value, worth in self.worths
            },
            "kept_at": str(self.kept_at),
            "broken_at": str(self.broken_at),
            "rated_for_percent": self.rated_for_percent,
        }


def _exactly(share: Fraction) -> Worth:
    return Worth(low=share, high=share)


V1 = Methodology(
    version="v1",
    worths=(
        (FindingValue.MET, _exactly(Fraction(1))),
        (FindingValue.PARTLY_MET, _exactly(Fraction(1, 2))),
        (FindingValue.NOT_MET, _exactly(Fraction(0))),
        (FindingValue.UNVERIFIABLE, Worth(low=Fraction(0), high=Fraction(1))),
        (FindingValue.PENDING, None),
        (FindingValue.NOT_APPLICABLE, None),
    ),
    kept_at=Fraction(9, 10),
    broken_at=Fraction(1, 10),
    rated_for_percent=3,
)

BY_VERSION: Mapping[str, Methodology] = MappingProxyType({V1.version: V1})
"""Every method ever used; `rescore --check` recomputes each score by its own."""
