"""The log, to be read and never touched, but for a Steward's redactions."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import Truncator

from tracker.admin.base import StrictLists
from tracker.admin.redacting import RedactsTheLog
from tracker.changes.models import Change


@admin.register(Change)
class ChangeAdmin(RedactsTheLog, StrictLists):
    """Entries of the public log."""

    list_display = ("sequence", "at", "kind", "why", "subject", "actor", "significance")
    list_filter = ("kind", "significance", "subject_type")
    show_facets = admin.ShowFacets.NEVER  # a count for each kind reads the whole log
    search_fields = ("subject_slug", "actor")
    fieldsets = (
        (
            None,
            {"fields": ("sequence", "at", "kind", "significance", "subject", "actor", "reason")},
        ),
        ("Filed under", {"fields": ("labs", "commitments", "pledge", "category")}),
        ("What it says", {"fields": ("pretty_body",)}),
        (
            "What was hashed",
            {
                "fields": ("header", "body_sha256", "previous_hash", "hash"),
                "classes": ("collapse",),
            },
        ),
    )

    def view_on_site(self, obj: Any) -> str:
        """Its public page."""
        return str(obj.get_absolute_url())

    @admin.display(description="subject", ordering="subject_slug")
    def subject(self, change: Change) -> str:
        """The noun and its slug; the log itself has none."""
        if change.subject_type == "log":
            return "the log"
        return f"{change.subject_type} {change.subject_slug}"

    @admin.display(description="reason", empty_value="–")
    def why(self, change: Change) -> str | None:
        """How its reason begins: a rationale is as long as a page, and the list is of many."""
        return Truncator(change.reason).words(8) if change.reason else None

    @admin.display(description="before and after")
    def pretty_body(self, change: Change) -> str:
        """The body, line by line; nothing where it was redacted."""
        if change.body is None:
            return "redacted"
        body = json.dumps(json.loads(change.body), indent=2, ensure_ascii=False)
        return format_html("<pre>{}</pre>", body)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Entries are written by `curation` alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
