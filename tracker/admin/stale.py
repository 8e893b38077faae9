"""Brings a posted form onto the newer record, before Django looks at it."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from tracker.admin.merging import (
    SEEN,
    SEEN_VERSION,
    Merging,
    Shown,
    look_ahead,
    merge,
    shown_by,
    take,
    typed_since,
    who_since,
)

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


class MergesOfTheRecord(Base):
    """For a save on a version that is no longer the newest."""

    def too_late(self, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
        """Where the form can no longer be saved at all: a page with the words that were typed."""
        if request.method != "POST" or object_id is None or not self.has_change_permission(request):
            return None
        obj = self.get_object(request, unquote(object_id))
        base = Shown.opened(request.POST.get(SEEN, ""))
        if base is None or (obj is not None and self.has_change_permission(request, obj)):
            return None
        noun = self.opts.verbose_name
        happened = "deleted" if obj is None else f"{obj.get_state_display()} by now"
        context = {
            **self.admin_site.each_context(request),
            "title": f"This {noun} is {happened}",
            "opts": self.opts,
            "typed": typed_since(request.POST, base),
            "who": who_since(obj, base.at) if obj is not None else "",
            "standing": obj,
        }
        return TemplateResponse(
            request, "admin/tracker/too_late.html", context, status=403 if obj else 404
        )

    def bring_forward(self, request: HttpRequest, object_id: str | None) -> None:
        """Where the record is newer than the form, merge both; the form shows it, and waits."""
        if request.method != "POST" or object_id is None:
            return
        obj = self.get_object(request, unquote(object_id))
        if obj is None or not self.has_change_permission(request, obj):
            return
        data = request.POST.copy()
        look_ahead(data)
        form, formsets = self._unbound(request, obj)
        theirs = shown_by(form, formsets)
        take(data, theirs)
        base = Shown.opened(data.get(SEEN, ""))
        if base is not None and data.get(SEEN_VERSION) != str(obj.version):
            differences = merge(data, base, theirs, form, formsets)
            request.merging = Merging(  # type: ignore[attr-defined]  # for the form's template
                who_since(obj, base.at), differences, theirs.sealed(), obj.version
            )
        request.POST = data  # type: ignore[assignment]  # a copy of what was posted

    def _unbound(self, request: HttpRequest, obj: Any) -> tuple[Any, list[Any]]:
        """The form and its rows as they would open now."""
        fields = flatten_fieldsets(self.get_fieldsets(request, obj))
        form = self.get_form(request, obj, change=True, fields=fields)(instance=obj)
        rows = [
            formset(
                instance=obj,
                prefix=formset.get_default_prefix(),
                queryset=inline.get_queryset(request),
                **inline.formset_kwargs(request, obj),
            )
            for formset, inline in self.get_formsets_with_inlines(request, obj)
        ]
        return form, rows
