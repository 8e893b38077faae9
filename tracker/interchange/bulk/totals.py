"""What a study says of each lab: the share over all its criteria, pooled."""

from collections.abc import Iterator
from datetime import date

from tracker.commitments.enums import PledgeKind
from tracker.commitments.models import Pledge
from tracker.interchange.bulk.columns import Cell, Table, cell_of, slug_of
from tracker.interchange.bulk.computed import SCORE
from tracker.labs.models import Lab
from tracker.reading import shapes
from tracker.reading.published import published

TOTALS = "totals"

TOTALS_TABLE = Table(
    TOTALS,
    "Totals",
    "For each scorecard and lab, the share of all its criteria together.",
    (slug_of(Pledge, "pledge"), slug_of(Lab, "lab"), *SCORE),
    ("pledge", "lab"),
)


def rows_of_totals(day: date) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """A study at a time."""
    studies = published(Pledge).filter(kind=PledgeKind.SCORECARD).order_by("slug")
    for pledge in list(studies.values_list("pk", flat=True)):
        (shape,) = shapes.pledges(list(studies.filter(pk=pledge)), day)
        for total in shape["totals"]:
            low, high = total["percent"] or (None, None)
            flat = total | {"pledge": shape["slug"], "percent_low": low, "percent_high": high}
            columns = TOTALS_TABLE.columns
            yield TOTALS, tuple(cell_of(column, flat[column.name]) for column in columns)
