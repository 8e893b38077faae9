"""The public page that a draft would have: for those signed in, and kept nowhere."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, resolve, reverse

from tracker.curation.previewing import as_if_published
from tracker.reading.asides import aside
from tracker.records.models import Record, State

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

KEPT_NOWHERE = {"Cache-Control": "no-store, private", "X-Robots-Tag": "noindex"}


class PreviewOfTheRecord(Base):
    """Adds `…/preview/` to a noun."""

    def get_urls(self) -> Any:
        """The preview's address."""
        name = f"tracker_{self.model._meta.model_name}_preview"
        view = self.admin_site.admin_view(self.preview_view)
        return [path("<path:object_id>/preview/", view, name=name), *super().get_urls()]

    def preview_url(self, obj: Any) -> str | None:
        """Where a draft can be looked at; None for what has a public page, or had one."""
        if obj is None or obj.state not in (State.DRAFT, State.IN_REVIEW):
            return None
        noun = self.model._meta.model_name
        return reverse(f"admin:tracker_{noun}_preview", args=[quote(obj.pk)])

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The draft as readers would see it, or its public page where it has one."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None or obj.state == State.RETRACTED:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        if obj.state == State.PUBLISHED:
            return HttpResponseRedirect(obj.get_absolute_url())
        return preview(obj)


def preview(record: Record) -> HttpResponse:
    """Its page, rendered by the public view from nothing of the reader's own."""
    with as_if_published(record):
        address = record.get_absolute_url().partition("#")[0]
        found = resolve(address)
        asked = HttpRequest()
        asked.method, asked.path = "GET", address
        aside(asked).preview = True
        response: HttpResponse = found.func(asked, *found.args, **found.kwargs)
    for name, value in KEPT_NOWHERE.items():
        response[name] = value
    return response
