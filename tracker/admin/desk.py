"""The desk itself: the admin's index says what needs a person now, each line a link to its list."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tracker.curation.desk import LINES, drafts, lines_of
from tracker.records.dates import today
from tracker.records.models import State
from tracker.submissions.models import Submission, Triage

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

PARAMETER = "waits"


class WaitsFilter(admin.SimpleListFilter):
    """By what the desk says of this noun."""

    title = "what needs a person"
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The desk's lines about this noun."""
        return [(line.name, line.label) for line in lines_of(model_admin.model)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The very rows that the desk counts."""
        if not self.value():
            return queryset
        for line in lines_of(queryset.model):
            if line.name == self.value():
                return queryset.filter(pk__in=line.rows(today()).order_by().values("pk"))
        raise IncorrectLookupParameters(f"{PARAMETER}={self.value()}")

    def get_facet_queryset(self, changelist: Any) -> dict[str, Any]:
        """None: the desk itself counts, and every list would pay for it."""
        return {}

    def choices(self, changelist: Any) -> Any:
        """Without Django's sign for a count that is missing."""
        for choice in super().choices(changelist):
            yield choice | {"display": str(choice["display"]).removesuffix(" (-)")}


class ListsOfTheDesk(Base):
    """Adds the desk's filter to the lists that it links to."""

    def get_list_filter(self, request: HttpRequest) -> Any:
        """The noun's own filters, and the desk's where it has a line about the noun."""
        own = tuple(super().get_list_filter(request))
        return (*own, WaitsFilter) if lines_of(self.model) else own


def index(request: HttpRequest) -> HttpResponse:
    """The admin's index with the desk above it."""
    lines = [
        {
            "label": line.label,
            "count": line.rows(today()).count(),
            "url": _list(line.model, f"{PARAMETER}={line.name}"),
        }
        for line in LINES
        if _may_view(request, line.model)
    ]
    if _may_view(request, Submission):
        new = f"triage__exact={Triage.NEW}"
        count = Submission.objects.filter(triage=Triage.NEW).count()
        lines.append(
            {"label": "submissions from readers", "count": count, "url": _list(Submission, new)}
        )
    waiting = [
        {
            "label": (model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural),
            "count": count,
            "url": _list(model, f"state__exact={State.DRAFT}"),
        }
        for model, count in drafts().items()
        if _may_view(request, model)
    ]
    return admin.site.index(request, {"title": "The desk", "desk": lines, "drafts": waiting})


def _list(model: type[Model], query: str) -> str:
    return f"{reverse(f'admin:tracker_{model._meta.model_name}_changelist')}?{query}"


def _may_view(request: HttpRequest, model: type[Model]) -> bool:
    return admin.site.get_model_admin(model).has_view_permission(request)
