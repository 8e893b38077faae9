"""The parts of records at the desk: rows on their record's form, nowhere edited apart from it."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.http import HttpRequest

from tracker.admin.base import StrictLists
from tracker.admin.fields import FieldsOfTheRecord
from tracker.admin.forms import PartFormSet
from tracker.records.models import Part, Record

if TYPE_CHECKING:
    Inline = InlineModelAdmin[Any, Any]
else:
    Inline = InlineModelAdmin


class PartInline(FieldsOfTheRecord, Inline):
    """Rows that belong to a record: whoever may change the record may change them."""

    formset = PartFormSet
    extra = 0
    max_num = 400  # rows; each costs the server some milliseconds, also when forged
    first_rows: ClassVar[int] = 0  # empty rows on the form of a new record
    template = "admin/edit_inline/stacked.html"

    @classmethod
    def names(cls) -> set[str]:
        """How problems and the plain form call these parts."""
        model: type[Part] = cls.model
        owner: Any = model._meta.get_field(model.owner)
        part = str(owner.remote_field.related_name)
        plain_names: dict[str, str] = getattr(owner.related_model, "plain_names", {})
        return {part, plain_names.get(part, part)}

    def formset_kwargs(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What the rows need to know of their record."""
        return {}

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """At most `max_num` rows, whatever is posted; Django would build a thousand more.

        The class's: Django sets the inline's own to 0 where rows are only looked at.
        """
        return super().get_formset(request, obj, absolute_max=type(self).max_num, **kwargs)

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Empty rows invite on a new record, and only get in the way later."""
        return self.extra if obj else self.first_rows

    def _may(self, request: HttpRequest, verb: str) -> bool:
        owner: type[Record] = self.parent_model
        return request.user.has_perm(f"tracker.{verb}_{owner._meta.model_name}")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the record."""
        return self._may(request, "view")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the record; whether this one may be changed is asked of the record."""
        return self._may(request, "change" if obj else "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the record."""
        return self._may(request, "change" if obj else "add")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Taking a row away is changing the record."""
        return self._may(request, "change" if obj else "add")


class PartRows(PartInline):
    """As a table, for parts of few and short columns."""

    template = "admin/edit_inline/tabular.html"


class PartAdmin(StrictLists):
    """A part on its own: found by references, never edited apart from its record."""

    show_facets = admin.ShowFacets.NEVER

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Not on the index."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the record it belongs to."""
        owner: Any = self.model._meta.get_field(self.model.owner).related_model
        return request.user.has_perm(f"tracker.view_{owner._meta.model_name}")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """On its record's form."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On its record's form."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On its record's form."""
        return False
