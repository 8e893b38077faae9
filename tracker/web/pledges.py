"""Pledges: statements, policies, open calls, laws and scorecards."""

from django.http import HttpRequest, HttpResponse, QueryDict

from tracker.answers.following import Following
from tracker.answers.pages import page, public_list
from tracker.labs.models import Lab
from tracker.reading.filtering import BadParameter, strict
from tracker.reading.filters import PledgeFilter
from tracker.reading.filters_labs import GROUPS, LabFilter
from tracker.reading.pages import pledges as read
from tracker.reading.published import published
from tracker.reading.validating import normalised
from tracker.records.cells import CSV_TYPE, write_csv
from tracker.records.dates import today
from tracker.web.choosing import Field, choosing
from tracker.web.matrix import lines_of
from tracker.web.paging import paginate

LABS = 100  # more than any pledge has parties worth a column


@public_list
def pledges(request: HttpRequest) -> HttpResponse:
    """Every pledge, filtered."""
    bound = strict(PledgeFilter, request.GET, read.pledges())
    return page(
        request,
        "pledges/list.html",
        page=paginate(bound.qs, request.GET),
        choosing=choosing(bound, request.GET, read.parties_of_pledges(), ("q", "kind", "lab")),
    )


@public_list
def pledge(request: HttpRequest, slug: str) -> HttpResponse:
    """One pledge: its clauses against the labs that made it or were asked."""
    found = _found(slug, request.GET)
    follow = Following(found.pledge.title, {"pledge": slug})
    query = normalised(request.GET)
    return page(
        request,
        "pledges/detail.html",
        page=found,
        ticked=set(request.GET.getlist("lab")),
        asked=_groups_asked(found, request.GET),
        query=f"?{query}" if query else "",
        follow=follow,
    )


@public_list
def matrix(request: HttpRequest, slug: str) -> HttpResponse:
    """The matrix of the page, as it is narrowed there, as a table."""
    found = _found(slug, request.GET)
    name = f"{slug}-{today().isoformat()}.csv"
    return HttpResponse(
        write_csv(lines_of(found)),
        content_type=CSV_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _found(slug: str, query: QueryDict) -> read.PledgePage:
    """The page of all labs, or of those that `?lab=` names, once for each, and of a group."""
    rest = query.copy()
    chosen = [lab for lab in rest.pop("lab", []) if lab]
    bound = strict(LabFilter, rest, published(Lab), frozenset({"lab"}))
    among = set(bound.qs.values_list("pk", flat=True)) if any(rest.values()) else None
    if len(chosen) > LABS:
        raise BadParameter("lab", f"is given more than {LABS} times.")
    try:
        return read.pledge_page(slug, today(), chosen, among)
    except ValueError:
        raise BadParameter("lab", "There is no lab of this name under this pledge.") from None


def _groups_asked(found: read.PledgePage, query: QueryDict) -> list[Field]:
    """A field for each kind of group that the labs of this pledge belong to."""
    return [
        Field(
            name,
            str(LabFilter.base_filters[name].label),
            query.get(name, ""),
            (("", "all"), *((each, each) for each in found.names[name])),
        )
        for name in GROUPS
        if found.names[name]
    ]
