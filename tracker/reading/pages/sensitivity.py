"""How far verdicts and scores depend on the method: the record, scored in every setting."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Count, QuerySet
from django.http import QueryDict

from tracker.commitments.enums import Basis, Lifecycle
from tracker.labs.models import Lab, LabKind
from tracker.reading.filtering import BadParameter, only
from tracker.reading.published import commitments, published
from tracker.reading.spans import spans
from tracker.reading.standing import Standing, standings
from tracker.scoring import V1, FindingValue
from tracker.scoring.sensitivity import STEPS, as_recorded, sensitivity, within
from tracker.scoring.variations import Item, Sensitivity, Setting

#: What may be asked for, as a query has it: page and API read the same.
PARTLY = tuple(map(str, STEPS))
WEIGHTS = ("given", "equal")


@dataclass(frozen=True)
class Asked:
    """What a query asks of the panel: a setting, and the lab whose pairs are wanted ("": all)."""

    setting: Setting
    against: str

    @property
    def partly(self) -> str:
        """What “partly met” is worth, as the query has it: "1/2"."""
        return str(self.setting.partly)

    @property
    def weights(self) -> str:
        """given or equal."""
        return weights_of(self.setting)


def weights_of(setting: Setting) -> str:
    """given or equal, as a query has it."""
    return WEIGHTS[setting.equal_weights]


def comparable() -> QuerySet[Lab]:
    """The labs whose promises are scored again."""
    return published(Lab).filter(kind=LabKind.AI_LAB)


def asked(query: QueryDict) -> Asked:
    """What a query asks for; as recorded where it does not say. Raises BadParameter."""
    only(query, "partly", "weights", "lab")
    partly = _one_of(query, "partly", PARTLY, default=str(as_recorded(V1).partly))
    weights = _one_of(query, "weights", WEIGHTS, default="given")
    against = query.get("lab", "")
    if against and ("\x00" in against or not comparable().filter(slug=against).exists()):
        raise BadParameter("lab", "There is no AI lab of this name.")
    return Asked(Setting(Fraction(partly), equal_weights=weights == "equal"), against)


def _one_of(query: QueryDict, name: str, known: Iterable[str], default: str) -> str:
    value = query.get(name) or default
    if value not in known:
        raise BadParameter(name, f"Choose one of: {', '.join(known)}.")
    return value


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

    @property
    def too_few(self) -> list[tuple[Lab, int]]:
        """The labs without enough rated commitments for a range, each with how many it has."""
        rated = {each.name: each.recorded.rated for each in self.found.labs if each.lows is None}
        aside = {lab.slug for lab in self.left_aside}
        enough = {each.name for each in self.found.labs} - rated.keys()
        return [
            (lab, rated.get(slug, 0))
            for slug, lab in self.labs.items()
            if slug not in enough and slug not in aside
        ]


def panel(day: date, chosen: Setting, against: str = "") -> Panel:
    """All AI labs on a day, by name; `against` names the one whose pairs are wanted."""
    labs = {lab.slug: lab for lab in comparable()}
    promised = spans(day).filter(basis=Basis.PROMISED, lab_slug__in=labs).order_by()
    counts = dict(promised.values_list("lab_slug").annotate(count=Count("*")))
    order = sorted(counts, key=lambda slug: (slug != against, list(labs).index(slug)))
    # counted first: what is left aside is not read
    fitting = within({slug: range(counts[slug]) for slug in order})
    rows = standings(
        commitments(day).filter(basis=Basis.PROMISED, lab__in=[labs[slug] for slug in fitting])
    )
    items: dict[str, list[Item]] = defaultdict(list)
    for row in rows:
        items[row.commitment.lab.slug].append(_item(row))
    taken = {slug: items[slug] for slug in fitting}
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
