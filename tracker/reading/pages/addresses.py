"""Where records stand: each that has a page of its own, and when the log last told of it."""

from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.urls import reverse

from tracker.assessments.models import Assessment
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import record_topic, topic
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import Outcome
from tracker.labs.models import Lab, Person
from tracker.reading.published import published
from tracker.records.models import Record, State
from tracker.sources.models import Source

#: The nouns with a page for each record, in the order of the site.
PAGED: tuple[type[Record], ...] = (Lab, Commitment, Pledge, Outcome, Assessment, Person, Source)
#: Whatever concerns one of these is filed under it, and is a change of its page.
_TOPICAL = (Lab, Commitment, Pledge)


#: Nouns that share a page, on which each record is an anchor, and the page's name.
_SHARED = {"discrepancy": "discrepancies", "indicator": "indicators"}


def address_of(noun: str, slug: str) -> str:
    """The path at which a record stands, by noun and slug alone. NoReverseMatch where it has
    none."""
    if noun in _SHARED:
        return f"{reverse(_SHARED[noun])}#{slug}"
    return reverse(noun, args=[slug])


def addresses(model: type[Record]) -> QuerySet[Any, Any]:
    """{slug, changed_at} of each published record, in the order in which they came to be, so that
    a list in pieces grows at its end. No more of a row is read than that."""
    filed_as = topic if model in _TOPICAL else record_topic
    newest = (
        ChangeTopic.objects.filter(
            topic=Concat(Value(filed_as(model.noun(), "")), OuterRef("slug"))
        )
        .order_by("-sequence")
        .values("sequence")[:1]
    )
    # an entry at a time, by its number: the newest of a topic is one step of an index
    changed = Change.objects.filter(sequence=OuterRef("newest")).values("at")[:1]
    rows = published(model)
    if model is Assessment:  # with its commitment, its page is gone
        rows = rows.filter(Q(commitment__state=State.PUBLISHED))
    return (
        rows.order_by("pk")
        .annotate(newest=Subquery(newest))
        .annotate(changed_at=Subquery(changed))
        .values("slug", "changed_at")
    )


def pieces(model: type[Record], size: int) -> int:
    """In how many spans of so many ids its addresses lie (see `piece`)."""
    last = addresses(model).order_by("-pk").values_list("pk", flat=True).first()
    return -(-last // size) if last else 0


def piece(rows: QuerySet[Any, Any], number: int, size: int) -> QuerySet[Any, Any]:
    """Those of one span of ids, from 1: found by where it begins, however many come before."""
    return rows.filter(pk__gt=(number - 1) * size, pk__lte=number * size)


def entries() -> QuerySet[Any, Any]:
    """{slug, changed_at} of each entry of the log, oldest first; its number is its name."""
    rows = Change.objects.order_by("sequence")
    return rows.values(slug=F("sequence"), changed_at=F("at"))
