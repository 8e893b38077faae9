"""What a bench has measured: two things side by side, in one run, on one machine."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

#: The better is the larger ratio, the smaller one, or (of what has no other beside it) the larger
#: or the smaller figure itself.
AT_LEAST, AT_MOST = ">=", "<="


@dataclass(frozen=True)
class Figure:
    """`ours` beside `other`, both in `unit`; `other` is None where a target is a figure in itself.

    `bound` and `target` are of the ratio where there is another, else of `ours`. `limits` says what
    keeps it from being better, as the profile has it; `more` is what the JSON keeps beside it.
    """

    what: str
    database: str  # "SQLite", "PostgreSQL", or "" where none is asked
    unit: str
    ours: float
    other: float | None = None
    bound: str = AT_LEAST
    target: float | None = None
    limits: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Ours to the other."""
        return self.ours / self.other if self.other else None

    @property
    def met(self) -> bool | None:
        """Whether the target is; None where there is none."""
        if self.target is None:
            return None
        held = self.ours if self.other is None else (self.ratio or 0.0)
        return held >= self.target if self.bound == AT_LEAST else held <= self.target


@dataclass(frozen=True)
class Scale:
    """How much is measured: of a whole run, or of the short one that `make soak` does."""

    commitments: int = 100_000
    changes: int = 1_000_000
    seconds: int = 10  # of load, for each figure
    small_commitments: int = 100
    small_changes: int = 1_000
    writers: int = 32
    mails: int = 2_000


SHORT = Scale(200, 1_000, 1, 40, 200, 2, 40)


def middle(ours: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """Of things measured by turns the turn whose ratio is the median: where the machine is slow for
    some seconds, it is so for both of a turn."""
    turns = sorted(zip(ours, other, strict=True), key=lambda turn: turn[0] / turn[1])
    return turns[len(turns) // 2]


_HEADINGS = ("measured side by side", "database", "ours", "other", "unit", "ratio", "target", "")


def table(figures: Sequence[Figure]) -> str:
    """All of them as a table of Markdown."""
    rows = [_HEADINGS, tuple("---" for _ in _HEADINGS), *map(_row, figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(figure: Figure) -> tuple[str, ...]:
    other = "" if figure.other is None else _number(figure.other)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    target = "" if figure.target is None else f"{figure.bound} {figure.target:g}"
    met = {True: "met", False: "missed", None: ""}[figure.met]
    return (
        *(figure.what, figure.database, _number(figure.ours), other, figure.unit),
        *(ratio, target, met),
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def save(path: Path, figures: Sequence[Figure], **run: Any) -> None:
    """Everything as JSON, with what is known of the run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = [asdict(each) | {"ratio": each.ratio, "met": each.met} for each in figures]
    path.write_text(json.dumps(run | {"figures": told}, indent=1) + "\n")
