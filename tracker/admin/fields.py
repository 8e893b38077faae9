"""How columns become form fields: room to write in, limits that show, references that complete."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.widgets import (
    AdminTextareaWidget,
    AdminURLFieldWidget,
    AutocompleteMixin,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    RelatedFieldWidgetWrapper,
)
from django.db import models
from django.http import HttpRequest

from tracker.records.fields import (
    PROSE_LENGTH,
    AddressField,
    LineField,
    PeriodField,
    ProseField,
    WhenField,
)
from tracker.records.models import Part

if TYPE_CHECKING:
    Base = BaseModelAdmin[Any]
else:
    Base = BaseModelAdmin

WHEN_HELP = "Example: 2027, 2027-Q3, 2027-07, 2027-07-05 or an interval: 2027-07-05/2027-07-07"
DAY_HELP = "Example: 2027-07-05"
WIDE_CHOICE = {"data-width": "min(36em, 70vw)"}  # titles are long
WIDE_FROM = 64  # characters: what holds more gets the width of prose
LONGEST_ID = 18  # digits: one more can be too large for a database's integer


def is_id(text: str) -> bool:
    """True for what a database can look up as an id."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID


#: What a newcomer reads beside a column whose name alone does not say it.
LABELS = {
    "source.url": "Address",
    "source.subject_url": "Address of its subject",
    "source.sha256": "SHA-256",
    "quotation.exact": "Exact words",
}
#: What the choices of a column mean (DESIGN sections 2 and 6).
CHOICES = {
    "source.tier": "Primary lab: the lab’s own words. Primary witness: somebody who was there. "
    "Secondary: reporting. Tertiary: compiled from others.",
    "commitment.category": "What it is about. Compute: machines and their share. Research: work "
    "to be done. Evaluation: testing and auditing. Transparency: telling the public. Security: "
    "keeping models safe from theft. Governance: who decides. Deployment: release and use. "
    "Whistleblowing: those who speak up.",
    "commitment.force": "Promise: “we will”. Plan: “we intend to”. Aim: “we aim to”, which is "
    "never shown as a broken promise.",
    "commitment.basis": "Promised: by the lab. Measured: an item of a study that nobody promised; "
    "it has a score, but is never kept or broken.",
    "party.role": "Signed: the lab is bound by it. Addressed: others ask it of the lab, which has "
    "promised nothing by that.",
}


class _KnownIdsOnly(AutocompleteMixin):
    """Django looks up whatever was posted as an id; a forged `lab=abc` must not be a 500."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        value = [each for each in value if not each or is_id(str(each))]
        return super().optgroups(name, value, attr)


class OneOfMany(_KnownIdsOnly, AutocompleteSelect):
    """Type a few letters, choose one record."""


class SomeOfMany(_KnownIdsOnly, AutocompleteSelectMultiple):
    """Type a few letters, choose several records."""


class FieldsOfTheRecord(Base):
    """What forms and inlines share."""

    formfield_overrides = {
        ProseField: {"widget": AdminTextareaWidget(attrs={"rows": 3})},
        AddressField: {"widget": AdminURLFieldWidget, "assume_scheme": "https"},
    }

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The column's form field, with its limit in the help text."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is None:
            return None
        if help_text := _help(db_field):
            field.help_text = help_text
        if label := LABELS.get(_name(db_field)):
            field.label = label
        # A browser cuts what is pasted at `maxlength` without a word; the server says so instead.
        field.widget.attrs.pop("maxlength", None)
        if (
            isinstance(db_field, LineField | AddressField)
            and (db_field.max_length or 0) >= WIDE_FROM
        ):
            field.widget.attrs["class"] = "vLargeTextField"
        if isinstance(field.widget, RelatedFieldWidgetWrapper):
            _tame(field.widget, db_field.related_model)
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A reference, completed while typing."""
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", OneOfMany(db_field, self.admin_site, attrs=WIDE_CHOICE))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """References, completed while typing."""
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SomeOfMany(db_field, self.admin_site, attrs=WIDE_CHOICE))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


def titled(name: str) -> Callable[[Any], str]:
    """A list's column for a reference. Django never wraps one, and titles are long."""

    @admin.display(description=name.replace("_", " "), ordering=name)
    def column(record: Any) -> str:
        return str(getattr(record, name) or "")

    column.__name__ = name
    return column


def _name(column: models.Field) -> str:
    return f"{column.model._meta.model_name}.{column.name}"


def _help(column: models.Field) -> str:
    """The column's own help or what its choices mean, and what it can hold."""
    own = str(column.help_text) or CHOICES.get(_name(column), "")
    if isinstance(column, WhenField | models.DateField):
        day = WHEN_HELP if isinstance(column, WhenField) else DAY_HELP
        return own if "20" in own else f"{own} {day}".strip()
    limit = None
    if isinstance(column, ProseField):
        limit = PROSE_LENGTH
    elif isinstance(column, models.CharField) and not column.choices:
        limit = column.max_length
    if limit is None or isinstance(column, PeriodField):
        return own
    return " · ".join(filter(None, (own, f"up to {limit:,} characters")))


def _tame(widget: RelatedFieldWidgetWrapper, model: type[models.Model]) -> None:
    """No deleting from beside a field, and no window onto a part, which has no page of its own."""
    widget.can_delete_related = False
    if issubclass(model, Part):
        widget.can_add_related = widget.can_change_related = widget.can_view_related = False
