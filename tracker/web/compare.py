"""Compare labs: `/compare/?lab=a&lab=b`, two to four of them, or a group of as many."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict

from tracker.answers.pages import page, public_list
from tracker.commitments.enums import Category
from tracker.labs.models import Lab
from tracker.reading.filtering import AS_OF, day_asked, strict
from tracker.reading.filters_labs import GROUPS, LabFilter, in_use
from tracker.reading.pages.compare import LEAST, MOST, Comparison, comparable, comparison
from tracker.web.choosing import choosing
from tracker.web.summary import how_sure
from tracker.web.tally import Tally, tally

LAB = "lab"
NARROWED_BY = (*GROUPS, "kind")


@dataclass(frozen=True)
class Choice:
    """One box of the form."""

    lab: Lab
    chosen: bool


@public_list
def compare(request: HttpRequest) -> HttpResponse:
    """The labs that were chosen side by side, or the form in which to choose them."""
    slugs, rest = _chosen(request.GET)
    bound = strict(LabFilter, rest, comparable(), frozenset({LAB, AS_OF}))
    day = day_asked(request.GET)
    labs = list(bound.qs)
    narrowing = choosing(bound, rest, (), NARROWED_BY, groups=in_use())
    if narrowing.narrowed and not slugs and LEAST <= len(labs) <= MOST:
        slugs = [lab.slug for lab in labs]
    choices = [Choice(lab, lab.slug in slugs) for lab in labs]
    refusal = _refusal(slugs, labs)
    found = None
    if slugs and not refusal:
        found = comparison([choice.lab for choice in choices if choice.chosen], day)
    return page(
        request,
        "compare.html",
        status=400 if refusal else 200,
        as_of=day,
        refusal=refusal,
        choices=choices,
        choosing=narrowing,
        grouping=len(narrowing.fields) > 1,
        least=LEAST,
        most=MOST,
        found=found,
        columns=[(each, how_sure(each.standing)) for each in found.columns] if found else [],
        categories=_counted(found) if found else [],
    )


def _counted(found: Comparison) -> list[tuple[Category, list[tuple[Lab, list[Tally]]]]]:
    """How many commitments of each category stand under each verdict, lab by lab."""
    labs = [column.standing.lab for column in found.columns]
    return [
        (category, [(lab, tally(cell)) for lab, cell in zip(labs, cells, strict=True)])
        for category, cells in found.categories
    ]


def _chosen(query: QueryDict) -> tuple[list[str], QueryDict]:
    """The labs of the address as given, and the rest of it."""
    rest = query.copy()
    slugs = [slug for slug in rest.pop(LAB, []) if slug]  # the one that may stand there repeatedly
    return slugs, rest


def _refusal(slugs: Sequence[str], labs: Sequence[Lab]) -> str:
    """Why these cannot be compared, in a sentence; "" where they can, and where none is chosen."""
    known = {lab.slug for lab in labs}
    if any(slug not in known for slug in slugs):
        return "There is no lab of this name to compare. Choose from the list below."
    if len(set(slugs)) < len(slugs):
        return "The same lab is given twice. Choose each once."
    if slugs and not LEAST <= len(slugs) <= MOST:
        given = "1 lab is" if len(slugs) == 1 else f"{len(slugs)} labs are"
        return f"{given} chosen; choose at least {LEAST} and at most {MOST}."
    return ""
