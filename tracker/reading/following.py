"""What a reader can follow: every feed there is, and the filter of the calendar."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from tracker.commitments.enums import Category
from tracker.commitments.models import Commitment, Pledge
from tracker.labs.models import Lab
from tracker.reading.filtering import Choice, Slug
from tracker.reading.published import published
from tracker.records.models import State

LISTED = 500  # of a noun, in the list of all feeds


class DeadlineFilter(filters.FilterSet):
    """Over the published commitments."""

    lab = Slug(Lab, retracted=True, label="Lab")
    commitment = Slug(Commitment, retracted=True, method="itself", label="Commitment")
    category = Choice(Category, label="Category")

    class Meta:
        model = Commitment
        fields: list[str] = []

    def itself(
        self, queryset: QuerySet[Commitment], name: str, value: Commitment | None
    ) -> QuerySet[Commitment]:
        """One commitment, or all."""
        return queryset.filter(pk=value.pk) if value else queryset


def ever_published() -> QuerySet[Commitment]:
    """The commitments that are published or were retracted: of those that, when and the category
    may be told, and from the log what it still says."""
    return Commitment._default_manager.filter(state__in=(State.PUBLISHED, State.RETRACTED))


def everything_to_follow() -> dict[str, list[tuple[str, str]]]:
    """(slug, name) of every published lab, pledge and commitment: of each the newest LISTED, whose
    feeds a reader could hardly subscribe to all, in the order of their names."""
    return {
        "lab": _named(published(Lab), "name"),
        "pledge": _named(published(Pledge), "title"),
        "commitment": _named(published(Commitment), "title"),
    }


def _named(rows: QuerySet[Any], name: str) -> list[tuple[str, str]]:
    newest = rows.order_by("-pk").values_list("slug", name)[:LISTED]
    return sorted(newest, key=lambda each: (each[1], each[0]))
