"""The history of a record: its entries of the public log, and the admin's own log."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse

from tracker.admin.steps import Step, may_publish
from tracker.changes.models import Change
from tracker.changes.topics import newest, record_topic
from tracker.changes.wording import body_of, changed_fields, field_words
from tracker.curation.restoring import old_values, take_back, value_now
from tracker.reading.pages.told import LARGEST, tell
from tracker.records.models import Record, State

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

SHOWN = 200  # entries; the public list of changes has them all


class HistoryOfTheRecord(Base):
    """Shows both logs, and takes an old value back."""

    object_history_template = "admin/tracker/history.html"

    def get_urls(self) -> Any:
        """Where an old value is taken back."""
        name = f"tracker_{self.model._meta.model_name}_take_back"
        view = self.admin_site.admin_view(self.take_back_view)
        address = "<path:object_id>/take-back/<int:sequence>/"
        return [path(address, view, name=name), *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Django's own page, below the public history."""
        obj = self.get_object(request, unquote(object_id))
        entries = self._entries(request, obj) if obj is not None else []
        return super().history_view(
            request, object_id, {"entries": entries, **(extra_context or {})}
        )

    def _entries(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        able = obj.state == State.PUBLISHED and self._may_take_back(request, obj)
        return [
            {
                "told": tell(change),
                "fields": _fields(change),
                "old": self._addresses(obj, change) if able else {},
            }
            for change in newest(record_topic(obj.noun(), obj.slug), SHOWN)
        ]

    def _addresses(self, obj: Any, change: Change) -> dict[str, str]:
        name = f"admin:tracker_{self.model._meta.model_name}_take_back"
        address = reverse(name, args=[quote(obj.pk), change.sequence])
        return {
            field: f"{address}?{urlencode({'field': field})}" for field in old_values(obj, change)
        }

    def _may_take_back(self, request: HttpRequest, obj: Any) -> bool:
        return may_publish(request.user, obj) and self.has_change_permission(request, obj)

    def take_back_view(self, request: HttpRequest, object_id: str, sequence: int) -> HttpResponse:
        """Ask, with what will happen; then correct the record, with the reason that is given."""
        field = request.GET.get("field", "")
        change = Change.objects.filter(pk=sequence).first() if sequence <= LARGEST else None
        obj = self.get_object(request, unquote(object_id))
        if change is None or obj is None:
            raise Http404
        step = Step(
            name="take_back",
            label="Take the old value back",
            explains=f"The record is corrected: “{field_words(field)}” becomes again what it was "
            f"before entry {sequence} of the log. The log keeps both, and says that you did it.",
            done="is corrected; readers see it now",
            begins=State.PUBLISHED,
            may=lambda user, record: self._may_take_back(request, record),
            run=lambda record, actor, reason: take_back(
                record, change, field, by=actor, reason=reason
            ),
            reason="required",
        )
        return self.step_view(request, object_id, step, _one(obj, change, field))  # type: ignore[attr-defined,no-any-return]  # StepsOfTheRecord


def _fields(change: Change) -> list[tuple[str, Any, Any]]:
    """What a correction changed; nothing for a first publication, which changed all."""
    body = body_of(change)
    if not body.get("before") or not body.get("after"):
        return []
    return changed_fields(body["before"], body["after"])


def _one(obj: Record, change: Change, field: str) -> list[tuple[str, Any, Any]]:
    """The one field, as it is and as it will be."""
    values = old_values(obj, change)
    return [(field, value_now(obj, field), values[field])] if field in values else []
