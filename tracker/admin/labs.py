"""Labs and people."""

from django.contrib import admin

from tracker.admin.base import RecordAdmin
from tracker.admin.parts import PartRows
from tracker.labs.models import Lab, LabTag, Person


class LabTagInline(PartRows):
    """The groups that a lab belongs to."""

    model = LabTag
    fields = ("kind", "name")
    verbose_name_plural = "tags (groups to filter labs by and to take means of)"


@admin.register(Lab)
class LabAdmin(RecordAdmin):
    """Organisations."""

    list_display = ("name", "kind", "state", "website")
    list_filter = ("state", "kind")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (LabTagInline,)
    fieldsets = (
        (None, {"fields": ("name", "slug", "kind", "website")}),
        (
            "For its page",
            {"fields": ("summary",), "description": "Facts that its sources bear out; no praise."},
        ),
    )


@admin.register(Person)
class PersonAdmin(RecordAdmin):
    """People quoted or named."""

    list_display = ("name", "lab", "role", "state")
    list_filter = ("state", ("lab", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("lab",)
    search_fields = ("name", "slug", "lab__name")
    autocomplete_fields = ("lab",)
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "slug", "lab", "role")}),
        (
            "For their page",
            {
                "fields": ("summary",),
                "description": "Only what the record needs: no private life, no motives.",
            },
        ),
    )
