"""What depends on the method, as JSON: the panel of `/methodology/sensitivity/`, whole.

The page shows the first of many rows, in words; here are all of them, with exact settings.
"""

from collections.abc import Mapping
from typing import Any

from tracker.commitments.enums import Category
from tracker.reading import shapes
from tracker.reading.pages.sensitivity import PARTLY, WEIGHTS, Panel, weights_of
from tracker.reading.represent import number
from tracker.reading.shape_schemas import (
    commitment_score,
    count,
    lab_score,
    one_of,
    or_none,
    share,
    slug,
    text,
    verdicts,
    yes_or_no,
)
from tracker.records.schema import Schema, closed
from tracker.scoring import V1, Verdict, percent_range
from tracker.scoring.variations import (
    Departure,
    LabVariation,
    LeftOut,
    Order,
    Pair,
    Range,
    Setting,
    Without,
)

Shape = dict[str, Any]
Places = Mapping[Setting, int]


def shape(panel: Panel, against: str) -> Shape:
    """The panel as JSON values. Settings are named by their place in `settings`."""
    found = panel.found
    places = {setting: place for place, setting in enumerate(found.settings)}
    return {
        "methodology": V1.version,
        "recorded": _setting(found.recorded),
        "chosen": _setting(found.chosen),
        "lab": against or None,
        "settings": [_setting(row.setting) | {"verdicts": row.verdicts} for row in found.verdicts],
        "partly": panel.partly,
        "weighted": panel.weighted,
        "flips": [
            {
                "commitment": flip.name,
                "recorded": flip.recorded,
                "verdicts": [verdict for _, verdict in flip.verdicts],
            }
            for flip in found.flips
        ],
        "labs": [_lab(each) for each in found.labs if each.lows is not None],
        "too_few": [{"lab": lab.slug, "rated": rated} for lab, rated in panel.too_few],
        "left_aside": [lab.slug for lab in panel.left_aside],
        "pairs": None if found.pairs is None else [_pair(pair, places) for pair in found.pairs],
    }


def _setting(setting: Setting) -> Shape:
    return {"partly": str(setting.partly), "weights": weights_of(setting)}


def _lab(each: LabVariation) -> Shape:
    return {
        "lab": each.name,
        "recorded": shapes.lab_score(each.recorded),
        "chosen": shapes.lab_score(each.chosen),
        "lows": _ends(each.lows),
        "highs": _ends(each.highs),
        "weightiest": each.weightiest.name if each.weightiest else None,
        "left_out": [_left_out(one) for one in each.left_out],
    }


def _left_out(one: LeftOut) -> Shape:
    low, high = one.span or (None, None)
    percent = percent_range(low, high)
    return {
        "commitment": one.name,
        "rated": one.rated,
        "low": number(low),
        "high": number(high),
        "percent": list(percent) if percent else None,
    }


def _ends(ends: Range | None) -> list[Any] | None:
    return [number(end) for end in ends] if ends else None


def _pair(pair: Pair, places: Places) -> Shape:
    return {
        "first": pair.first,
        "second": pair.second,
        "recorded": pair.recorded,
        "chosen": pair.chosen,
        "holds": pair.holds,
        "tried": pair.tried,
        "too_few": pair.too_few,
        "departures": [_departure(one, places) for one in pair.telling],
    }


def _departure(one: Departure, places: Places) -> Shape:
    return {
        "without": _without(one.without),
        "order": one.order,
        "settings": [places[setting] for setting in one.settings],
    }


def _without(without: Without | None) -> Shape | None:
    if without is None:
        return None
    return {"category" if without.category else "commitment": without.name}


# --- Its description -----------------------------------------------------------------------------


def schema() -> Schema:
    """The JSON Schema of `shape`."""
    setting = {
        "partly": one_of(PARTLY, "What “partly met” is worth, an exact fraction."),
        "weights": one_of(WEIGHTS, "Whether criteria keep their weights or all weigh the same."),
    }
    whole = "How many promises of the whole record have which verdict in this setting."
    tried = closed(setting | {"verdicts": verdicts(whole)})
    return closed(
        {
            "methodology": text("The version of the methodology that is varied."),
            "recorded": closed(setting, description="The record’s own setting."),
            "chosen": closed(setting, description="The setting that was asked for."),
            "lab": or_none(slug("lab", "The lab that is compared with all others; null: each.")),
            "settings": _list(tried, "Every setting that was tried, and its verdicts."),
            "partly": count("How many commitments have a finding “partly met”."),
            "weighted": count("How many have criteria that do not all weigh the same."),
            "flips": _list(_flip(), "Commitments whose verdict is not the same in every setting."),
            "labs": _list(_varied(), "AI labs with enough rated commitments for a range, by name."),
            "too_few": _list(
                closed({"lab": slug("lab"), "rated": count("How many are rated.")}),
                "AI labs with too few rated commitments for a range, by name.",
            ),
            "left_aside": _list(
                slug("lab"),
                "Labs whose commitments were too many to be varied at once with the others’.",
            ),
            "pairs": or_none(
                _list(_paired(), "Two labs each; null where there are too many: choose a `lab`.")
            ),
        },
        description="The record scored again in every setting of the method, and with each "
        "commitment and each category left out in turn. It ranks nobody.",
    )


def _flip() -> Schema:
    each = "One for each of `settings`, in their order."
    return closed(
        {
            "commitment": slug("commitment"),
            "recorded": one_of(Verdict, "The verdict on record."),
            "verdicts": _list(one_of(Verdict, "The verdict in a setting."), each),
        }
    )


def _varied() -> Schema:
    figures = {name: commitment_score()["properties"][name] for name in ("low", "high", "percent")}
    left_out = closed(
        {"commitment": slug("commitment"), "rated": count("How many are left.")} | figures
    )
    ends: Schema = {
        "type": "array",
        "items": share("A share of at most six decimals."),
        "minItems": 2,
        "maxItems": 2,
    }
    most = "The commitment without which the chosen score moves furthest; null: none moves it."
    return closed(
        {
            "lab": slug("lab"),
            "recorded": lab_score() | {"description": "Its score on record."},
            "chosen": lab_score() | {"description": "Its score in the chosen setting."},
            "lows": ends | {"description": "The least and the greatest low of all variations."},
            "highs": ends | {"description": "The least and the greatest high of all variations."},
            "weightiest": or_none(slug("commitment", most)),
            "left_out": _list(left_out, "The chosen score without each rated commitment in turn."),
        }
    )


def _paired() -> Schema:
    departure = closed(
        {
            "without": {
                "anyOf": [
                    {"type": "null"},
                    closed({"commitment": slug("commitment")}),
                    closed({"category": one_of(Category.values, "All commitments of it.")}),
                ],
                "description": "What is left out; null: nothing.",
            },
            "order": one_of(Order, "How the range of the first then lies to that of the second."),
            "settings": _list(count("A place in `settings`, from 0."), "The settings of it."),
        }
    )
    return closed(
        {
            "first": slug("lab"),
            "second": slug("lab"),
            "recorded": one_of(Order, "How the range of the first lies to that of the second."),
            "chosen": one_of(Order, "The same in the chosen setting."),
            "holds": yes_or_no("No variation that can be compared gives another order."),
            "tried": count("Variations in all."),
            "too_few": count("Those in which one of them has too few rated to be compared."),
            "departures": _list(
                departure,
                "The variations with another order, less those that are there with nothing left "
                "out as well.",
            ),
        }
    )


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "items": items, "description": description}
