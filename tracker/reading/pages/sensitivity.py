"""How far verdicts and scores depend on the method: the record, scored in every setting."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tracker.commitments.enums import Basis, Lifecycle
from tracker.labs.models import Lab, LabKind
from tracker.reading.published import commitments, published
from tracker.reading.standing import Standing, standings
from tracker.scoring import FindingValue
from tracker.scoring.sensitivity import sensitivity, within
from tracker.scoring.variations import Item, Sensitivity, Setting


@dataclass(frozen=True)
class Panel:
    """The record in every setting. Labs, and the standings of commitments, are found by slugs.

    `partly` commitments have a finding “partly met”, `weighted` have criteria of unlike weights:
    only those can change with the setting. `left_aside` are labs whose commitments were too many to
    be varied at once with the others'.
    """

    found: Sensitivity
    labs: Mapping[str, Lab]
    standings: Mapping[str, Standing]
    partly: int
    weighted: int
    left_aside: Sequence[Lab]


def panel(day: date, chosen: Setting, against: str = "") -> Panel:
    """All AI labs on a day, by name; `against` names the one whose pairs are wanted."""
    labs = {lab.slug: lab for lab in published(Lab).filter(kind=LabKind.AI_LAB)}
    rows = standings(commitments(day).filter(basis=Basis.PROMISED, lab__in=list(labs.values())))
    items: dict[str, list[Item]] = defaultdict(list)
    for row in rows:
        items[row.commitment.lab.slug].append(_item(row))
    order = sorted(items, key=lambda slug: (slug != against, list(labs).index(slug)))
    taken = within({slug: items[slug] for slug in order})
    current = [item for each in taken.values() for item in each if not item.superseded]
    return Panel(
        found=sensitivity(
            {slug: taken[slug] for slug in labs if slug in taken}, chosen, against=against
        ),
        labs=labs,
        standings={row.commitment.slug: row for row in rows},
        partly=sum(_has_partly(item) for item in current),
        weighted=sum(_has_weights(item) for item in current),
        left_aside=[labs[slug] for slug in order if slug not in taken],
    )


def _item(row: Standing) -> Item:
    return Item(
        row.commitment.slug,
        row.judged,
        row.commitment.category,
        superseded=row.lifecycle == Lifecycle.SUPERSEDED,
    )


def _has_partly(item: Item) -> bool:
    return any(one.value == FindingValue.PARTLY_MET for one in item.judged or ())


def _has_weights(item: Item) -> bool:
    return len({one.weight for one in item.judged or ()}) > 1
