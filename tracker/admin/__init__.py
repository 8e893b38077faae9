"""The curators' desk: Django's admin, well arranged. All writing goes through `curation`."""

from django.contrib import admin

from tracker.admin import (
    accounts,
    assessments,
    changes,
    commitments,
    evidence,
    labs,
    signin,
    sources,
    submissions,
)

admin.site.site_header = "On Record"
admin.site.site_title = "On Record"
admin.site.index_title = "The record, noun by noun"
admin.site.empty_value_display = "–"
# One click that deletes many rows knows no rule of the record.
admin.site.disable_action("delete_selected")

__all__ = [
    "accounts",
    "assessments",
    "changes",
    "commitments",
    "evidence",
    "labs",
    "signin",
    "sources",
    "submissions",
]
