"""Sources and quotations."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from tracker.admin.base import RecordAdmin
from tracker.admin.fields import titled
from tracker.sources.checking import sha256_text
from tracker.sources.models import Quotation, Source


@admin.register(Source)
class SourceAdmin(RecordAdmin):
    """Documents. Their full text is for the desk alone: on no list, in no search."""

    list_display = ("title", "publisher", "published_on", "tier", titled("read_via"), "state")
    list_filter = ("state", "tier", ("lab", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("read_via",)
    search_fields = ("title", "slug", "authors", "publisher", "url")
    autocomplete_fields = ("lab", "read_via", "origins")
    prepopulated_fields = {"slug": ("title",)}
    deferred = ("archived_text", "read_via__archived_text")
    computed = ("counts_as", "text_fingerprint")
    formfield_overrides = {
        **RecordAdmin.formfield_overrides,
        models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 16})},
    }
    fieldsets = (
        (None, {"fields": ("title", "slug", "medium", "authors", "publisher")}),
        (
            "How near it stands",
            {
                "fields": ("tier", "lab", "read_via", "origins"),
                "description": "A source known only through another counts for no more than that "
                "one. Sources that repeat one origin count once.",
            },
        ),
        (
            "When",
            {
                "fields": ("published_on", "inferred_on", "inferred_note"),
                "description": "What the source claims and what we infer stay apart.",
            },
        ),
        ("Where", {"fields": ("url", "subject_url")}),
        (
            "The text",
            {
                "fields": ("archived_text", "sha256"),
                "description": "Quotations are checked against it. Readers never see it whole.",
            },
        ),
        ("Notes", {"fields": ("note",)}),
    )

    @admin.display(description="Counts as")
    def counts_as(self, source: Source) -> str:
        """The tier after what it is read through has capped it."""
        return str(source.effective_tier.value).replace("_", " ")

    @admin.display(description="The archived text")
    def text_fingerprint(self, source: Source) -> str:
        """Its length and SHA-256; they differ from the file's where the text was extracted."""
        text = source.archived_text
        return f"{len(text):,} characters, SHA-256 {sha256_text(text.encode())}" if text else "–"


@admin.register(Quotation)
class QuotationAdmin(RecordAdmin):
    """Words that a source prints."""

    list_display = ("__str__", "said_by", titled("source"), "check_status", "state")
    list_filter = ("state", "check_status", ("speaker_lab", admin.RelatedOnlyFieldListFilter))
    search_fields = ("exact", "slug", "speaker__name", "speaker_lab__name", "source__title")
    autocomplete_fields = ("source", "speaker", "speaker_lab", "said_in")
    deferred = ("source__archived_text",)
    computed = ("check_status",)
    fieldsets = (
        (
            None,
            {
                "fields": ("source", "exact", "slug"),
                "description": "The words exactly as printed: an ellipsis only where the source "
                "has one, or where words are left out.",
            },
        ),
        (
            "Where they stand",
            {
                "fields": ("prefix", "suffix", "start"),
                "description": "What is printed around them finds them again among repetitions.",
            },
        ),
        (
            "Who said them",
            {
                "fields": ("speaker", "speaker_lab", "speaker_note", "said_in", "said_on"),
                "description": "As the source has it: that it prints the words is checked, that "
                "they were said is not.",
            },
        ),
        ("Notes", {"fields": ("note",)}),
    )

    @admin.display(description="said by", ordering="speaker__name")
    def said_by(self, quotation: Quotation) -> str:
        """A person, a lab, or whoever the source means."""
        return str(quotation.speaker or quotation.speaker_lab or quotation.speaker_note)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what lists name beside the words."""
        return super().get_queryset(request).select_related("source", "speaker", "speaker_lab")
