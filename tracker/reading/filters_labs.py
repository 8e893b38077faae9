"""Groups of labs: by cohort, region, and open or closed, as the published labs are tagged."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from tracker.labs.models import Lab, LabKind, LabTag, TagKind
from tracker.reading.filtering import Choice, Light
from tracker.records.models import State

GROUPS = tuple(str(kind) for kind in TagKind)  # as the parameters are called


def in_use() -> Mapping[str, Sequence[str]]:
    """The names of each kind that published labs are tagged with, in their order: one query."""
    tags = LabTag.objects.filter(lab__state=State.PUBLISHED).order_by()
    return named(tags.values_list("kind", "name").distinct())


def named(tags: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The names of each kind, each once. In one order on every database, whatever its collation."""
    pairs = sorted({*tags}, key=lambda tag: (tag[1].casefold(), tag[1]))
    return {group: [name for kind, name in pairs if kind == group] for group in GROUPS}


class NameInUse(forms.CharField):
    """The name of a group, exactly as published labs are tagged with it."""

    def __init__(self, *, group: TagKind, **kwargs: Any) -> None:
        self.group = group
        super().__init__(strip=False, **kwargs)

    def clean(self, value: Any) -> Any:
        """Refuse a name that no lab has, and say which there are."""
        cleaned = super().clean(value)
        if cleaned and cleaned not in (names := in_use()[self.group]):
            known = f"Choose one of: {', '.join(names)}." if names else "None is in use."
            raise ValidationError(f"No lab is tagged with this {self.group}. {known}")
        return cleaned


class Group(Light, filters.CharFilter):
    """Labs tagged with a name; `of` is the column that holds the lab, where it is not the row."""

    field_class = NameInUse

    def __init__(self, group: TagKind, *, of: str = "pk", **kwargs: Any) -> None:
        self.group, self.of = group, of
        super().__init__(group=group, label=group.label.capitalize(), **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Each row once, however many tags its lab has."""
        if not value:
            return qs
        tagged = LabTag.objects.filter(kind=self.group, name=value)
        return qs.filter(**{f"{self.of}__in": tagged.values("lab_id")})


class LabFilter(filters.FilterSet):
    """Labs by the groups that they belong to, and by what sort of organisation they are."""

    cohort = Group(TagKind.COHORT)
    region = Group(TagKind.REGION)
    openness = Group(TagKind.OPENNESS)
    kind = Choice(LabKind, label="Kind")

    class Meta:
        model = Lab
        fields: list[str] = []
