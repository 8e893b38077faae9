"""Outcomes with their sources and bearings, discrepancies with their accounts, indicators."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from tracker.admin.base import RecordAdmin
from tracker.admin.fields import titled
from tracker.admin.parts import PartInline
from tracker.evidence.models import Account, Bearing, Discrepancy, Indicator, Outcome, Sourcing


class SourcingInline(PartInline):
    """The sources that state an outcome."""

    model = Sourcing
    first_rows = 1
    autocomplete_fields = ("source", "quotation")
    fieldsets = ((None, {"fields": ("source", "quotation", "unnamed", "note")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the source that names each row."""
        return super().get_queryset(request).select_related("source").defer("source__archived_text")


class BearingInline(PartInline):
    """What an outcome says about a commitment or an indicator."""

    model = Bearing
    autocomplete_fields = ("commitment", "criterion", "indicator")
    verbose_name_plural = "bearings (each on a commitment, or on an indicator)"
    fieldsets = ((None, {"fields": ("direction", "commitment", "criterion", "indicator", "note")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what names each row."""
        rows = super().get_queryset(request)
        return rows.select_related("outcome", "commitment", "indicator")


@admin.register(Outcome)
class OutcomeAdmin(RecordAdmin):
    """What was observed to have happened."""

    list_display = ("title", "occurred_on", "kind", "state")
    list_filter = ("state", "kind", ("labs", admin.RelatedOnlyFieldListFilter))
    search_fields = ("title", "slug", "statement")
    autocomplete_fields = ("labs", "people")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (SourcingInline, BearingInline)
    ordering = ("-occurred_on_start", "slug")
    fieldsets = (
        (
            None,
            {
                "fields": ("title", "slug", "kind", "occurred_on", "statement"),
                "description": "Facts only. What somebody intended or felt appears as their own "
                "quoted words, or not at all.",
            },
        ),
        ("Who was part of it", {"fields": ("labs", "people")}),
        (
            "A search that found nothing",
            {
                "fields": ("search_where", "search_query"),
                "description": "Only for an outcome of that kind: where was looked, for what.",
            },
        ),
    )


class AccountInline(PartInline):
    """Each side of a discrepancy."""

    model = Account
    first_rows = 2
    autocomplete_fields = ("source", "quotation")
    fieldsets = ((None, {"fields": ("position", "source", "quotation", "says")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the source that names each row."""
        return super().get_queryset(request).select_related("source").defer("source__archived_text")


@admin.register(Discrepancy)
class DiscrepancyAdmin(RecordAdmin):
    """Where sources disagree."""

    list_display = ("title", "kind", "status", "resolved_on", "state")
    list_filter = ("state", "status", "kind")
    search_fields = ("title", "slug", "question")
    autocomplete_fields = ("commitments", "outcomes")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (AccountInline,)
    fieldsets = (
        (None, {"fields": ("title", "slug", "kind", "question")}),
        (
            "What stands on it",
            {
                "fields": ("commitments", "outcomes"),
                "description": "Their pages say that they stand on a disputed fact.",
            },
        ),
        (
            "Whether it is settled",
            {
                "fields": ("status", "resolution", "resolved_on"),
                "description": "Open until evidence settles it: never smoothed over.",
            },
        ),
    )


@admin.register(Indicator)
class IndicatorAdmin(RecordAdmin):
    """Questions to watch."""

    list_display = ("title", "position", titled("source"), "state")
    list_filter = ("state",)
    list_select_related = ("source",)
    search_fields = ("title", "slug", "question")
    autocomplete_fields = ("source",)
    prepopulated_fields = {"slug": ("title",)}
    deferred = ("source__archived_text",)
    fieldsets = (
        (None, {"fields": ("title", "slug", "position", "question", "source")}),
        (
            "What would settle it",
            {
                "fields": ("confirms", "refutes"),
                "description": "Written before the evidence comes in.",
            },
        ),
    )
