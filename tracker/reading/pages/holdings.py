"""What the record holds as a whole: for those who download it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Avg, F, Min, Value
from django.db.models.functions import Coalesce, Length

from tracker.changes import checkpoints
from tracker.changes.models import Change, LogHead
from tracker.commitments.enums import Basis
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import Outcome
from tracker.labs.models import Lab
from tracker.reading.pages.pledges import pledges
from tracker.reading.published import published
from tracker.sources.models import Quotation, Source

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
    counts: Sequence[tuple[int, str]]
    has_checkpoint: bool
    example: Commitment | None  # the newest promise, to show how an address is made
    matrix: Pledge | None  # the newest pledge with a matrix


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
        matrix=pledges().filter(clauses__isnull=False, parties__isnull=False).first(),
    )


def _counts() -> Iterator[tuple[int, str]]:
    """How many there are of each noun; what nobody promised is no commitment to a reader."""
    for model in COUNTED:
        if model is Commitment:
            measured = published(Commitment).filter(basis=Basis.MEASURED).count()
            yield published(model).count() - measured, _named(model)
            if measured:
                yield measured, "measurements of what nobody promised"
        else:
            yield published(model).count(), _named(model)


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
    promised = published(Commitment).aggregate(first=Min("made_on_start"))["first"]
    happened = published(Outcome).aggregate(first=Min("occurred_on_start"))["first"]
    known = [each.date() for each in (promised, happened) if each]
    return min(known, default=None)
