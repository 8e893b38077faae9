"""The method, with every value read from the object that computes, and what depends on it."""

from fractions import Fraction

from django.http import HttpRequest, HttpResponse, QueryDict

from tracker.answers.pages import page, public_list
from tracker.commitments.schedule import DUE_SOON_DAYS
from tracker.reading.filtering import BadParameter
from tracker.reading.pages.arithmetic import Example, example
from tracker.reading.pages.lookup import Gone, Missing
from tracker.reading.pages.sensitivity import asked, panel
from tracker.records.dates import today
from tracker.scoring import V1, FindingValue, percent
from tracker.scoring.sensitivity import COMMITMENTS_LIMIT, PAIRED_LIMIT, STEPS, as_recorded
from tracker.scoring.variations import Setting
from tracker.web.arithmetic import COMMITMENT, check_names, trial
from tracker.web.choosing import Field
from tracker.web.sensitivity import (
    FLIPS_OPEN,
    FLIPS_SHOWN,
    HEADS,
    count_rows,
    flip_rows,
    lab_rows,
    pair_rows,
)
from tracker.web.words import CEILINGS, TIERS

_WEIGHTS = {"given": "as given", "equal": "all equal"}


@public_list
def methodology(request: HttpRequest) -> HttpResponse:
    """How findings become scores and verdicts, to be tried, and what the record cannot know."""
    check_names(request.GET)
    tried = trial(request.GET, _example(request.GET))
    return page(
        request,
        "methodology.html",
        status=400 if tried.errors else 200,
        method=V1,
        worths=[(_words(value), worth) for value, worth in V1.worths],
        kept_percent=percent(V1.kept_at),
        broken_percent=percent(V1.broken_at),
        tiers=TIERS.items(),
        ceilings=CEILINGS.items(),
        due_soon_days=DUE_SOON_DAYS,
        trial=tried,
        findings=[("", "not used"), *((each.value, _words(each)) for each in FindingValue)],
    )


@public_list
def sensitivity(request: HttpRequest) -> HttpResponse:
    """Which verdicts, scores and orderings hold whatever the method chose, and which do not."""
    wanted, recorded = asked(request.GET), as_recorded(V1)
    found = panel(today(), wanted.setting, wanted.against)
    values = tuple((str(value), f"{value}{_as_recorded(value, recorded)}") for value in STEPS)
    labs = (("", "all"), *((slug, lab.name) for slug, lab in found.labs.items()))
    return page(
        request,
        "methodology/sensitivity.html",
        method=V1,
        panel=found,
        fields=[
            Field("partly", "“Partly” is worth", wanted.partly, values),
            Field("weights", "Criteria weigh", wanted.weights, tuple(_WEIGHTS.items())),
            Field("lab", "Lab to compare", wanted.against, labs),
        ],
        narrowed=wanted.setting != recorded or bool(wanted.against),
        against=found.labs.get(wanted.against),
        heads=HEADS.values(),
        counts=count_rows(found),
        flips=flip_rows(found),
        changing=len(found.found.flips),
        fold=len(found.found.flips) > FLIPS_OPEN,
        flips_left_out=max(0, len(found.found.flips) - FLIPS_SHOWN),
        labs=lab_rows(found),
        too_few=found.too_few,
        pairs=pair_rows(found),
        limit=COMMITMENTS_LIMIT,
        paired_limit=PAIRED_LIMIT,
    )


def _example(query: QueryDict) -> Example | None:
    slug = query.get(COMMITMENT, "")
    if not slug:
        return None
    try:
        return example(slug, today())
    except (Missing, Gone):
        raise BadParameter(COMMITMENT, "There is no commitment of this name.") from None


def _words(value: FindingValue) -> str:
    return value.replace("_", " ")


def _as_recorded(value: Fraction, recorded: Setting) -> str:
    return " (record)" if value == recorded.partly else ""
