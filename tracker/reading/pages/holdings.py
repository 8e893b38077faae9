"""What the record holds as a whole: for those who download it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Avg, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce, Length

from tracker.changes import checkpoints
from tracker.changes.models import Change, LogHead
from tracker.commitments.enums import Basis
from tracker.commitments.models import Clause, Commitment, Party, Pledge
from tracker.evidence.models import Outcome
from tracker.labs.models import Lab
from tracker.reading.pages.pledges import pledges
from tracker.reading.published import published
from tracker.sources.models import Quotation, Source

UPTO = 1_000  # of a noun are counted; of more readers are told that there are more
SAMPLE = 200  # entries by which the size of the log is estimated
#: Bytes of an entry's line beside its texts: names of fields, hashes, punctuation.
_FRAME = 500
COUNTED = (Lab, Commitment, Outcome, Source, Quotation)


@dataclass(frozen=True)
class Holdings:
    """`size` is the log's in bytes, about; `since` the day of the earliest promise or event."""

    entries: int
    size: int
    began_at: datetime | None
    changed_at: datetime | None
    since: date | None
    counts: Sequence[tuple[int, str]]  # of no noun more than UPTO and one
    has_checkpoint: bool
    example: Commitment | None  # the newest promise, to show how an address is made
    matrix: Pledge | None  # the newest pledge with a matrix

    @property
    def counted(self) -> Sequence[tuple[str, str]]:
        """The counts in words."""
        return [
            (f"more than {UPTO:,}" if count > UPTO else f"{count:,}", name)
            for count, name in self.counts
        ]


def holdings() -> Holdings:
    """The record as it stands."""
    head = LogHead.objects.get(pk=1)
    first = Change.objects.filter(sequence=1).values_list("at", flat=True).first()
    promises = published(Commitment).filter(basis=Basis.PROMISED)
    return Holdings(
        entries=head.sequence,
        size=_size(head.sequence),
        began_at=first,
        changed_at=head.at,
        since=_since(),
        counts=list(_counts()),
        has_checkpoint=checkpoints.newest() is not None,
        example=promises.order_by("-made_on_start", "slug").first(),
        matrix=pledges()
        .filter(
            Exists(Clause.objects.filter(pledge=OuterRef("pk"))),
            Exists(Party.objects.filter(pledge=OuterRef("pk"))),
        )
        .first(),
    )


def _counts() -> Iterator[tuple[int, str]]:
    """How many there are of each noun; what nobody promised is no commitment to a reader."""
    for model in COUNTED:
        if model is Commitment:
            for basis, named in (
                (Basis.PROMISED, _named(model)),
                (Basis.MEASURED, "measurements of what nobody promised"),
            ):
                count = _count(published(Commitment).filter(basis=basis))
                if count or basis == Basis.PROMISED:
                    yield count, named
        else:
            yield _count(published(model)), _named(model)


def _count(rows: QuerySet[Any]) -> int:
    """No more than UPTO and one: a count walks through all that it counts."""
    return rows.order_by().values("pk")[: UPTO + 1].count()


def _named(model: type[Lab | Commitment | Outcome | Source | Quotation]) -> str:
    return "organisations" if model is Lab else str(model._meta.verbose_name_plural)


def _size(entries: int) -> int:
    """By the newest entries. A line has its header twice, once as columns."""
    newest = Change.objects.filter(sequence__gt=entries - SAMPLE)
    texts = Length("header") * 2 + Coalesce(Length(F("body")), Value(0))
    mean = newest.aggregate(mean=Avg(texts))["mean"] or 0
    return round(entries * (float(mean) * 1.08 + _FRAME)) if entries else 0


def _since() -> date | None:
    """Of what happened, not of when it was told."""
    firsts = [
        *(_first(published(Commitment).filter(basis=basis), "made_on_start") for basis in Basis),
        _first(published(Outcome), "occurred_on_start"),
    ]
    known = [each.date() for each in firsts if each]
    return min(known, default=None)


def _first(rows: QuerySet[Any], column: str) -> datetime | None:
    """The earliest, by one step of the index on it."""
    found: datetime | None = rows.order_by(column).values_list(column, flat=True).first()
    return found
