"""The public log."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tracker.answers.following import following
from tracker.answers.pages import page, public, public_list
from tracker.changes.topics import changes_of
from tracker.reading.filtering import strict
from tracker.reading.filters import ChangeFilter
from tracker.reading.history import topics
from tracker.reading.pages.labs import all_labs
from tracker.reading.pages.told import change_page, tell_all
from tracker.web.choosing import choosing
from tracker.web.paging import paginate

SHOWN = ("lab", "category", "kind", "significance")


@public_list
def changes(request: HttpRequest) -> HttpResponse:
    """Everything that changed, newest first."""
    bound = strict(ChangeFilter, request.GET, topics())
    found = paginate(bound.qs, request.GET)
    return page(
        request,
        "changes/list.html",
        page=found,
        changes=tell_all(changes_of(row.sequence for row in found.rows)),
        choosing=choosing(bound, request.GET, all_labs(), SHOWN),
        follow=following(bound),
    )


@public
def change(request: HttpRequest, sequence: int) -> HttpResponse:
    """One change: old and new, reason, and the texts that were hashed."""
    line = f"{settings.SITE_URL}{reverse('log_lines')}?after={sequence - 1}"
    return page(request, "changes/detail.html", page=change_page(sequence), line=line)
