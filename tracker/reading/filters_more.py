"""Filters of the lists that the API has and the pages have not."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from tracker.assessments.models import Assessment, Origin
from tracker.commitments.enums import Basis
from tracker.commitments.models import Commitment
from tracker.evidence.models import Indicator
from tracker.labs.models import Lab, Person
from tracker.reading.filtering import Choice, Slug, Sort, Words
from tracker.scoring import Confidence, Verdict
from tracker.sources.checking import Check
from tracker.sources.models import Quotation, Source


class PersonFilter(filters.FilterSet):
    """People, by the organisation they are best known for."""

    q = Words(("name", "role", "summary"), label="Text")
    lab = Slug(Lab, label="Organisation")

    class Meta:
        model = Person
        fields: list[str] = []


class QuotationFilter(filters.FilterSet):
    """Quotations, by who prints them and to whom they are attributed there."""

    q = Words(("exact",), label="Text")
    source = Slug(Source, label="Source")
    speaker = Slug(Person, label="Speaker")
    lab = Slug(Lab, field_name="speaker_lab", label="Organisation that speaks")
    check = Choice(Check, field_name="check_status", label="Check")

    class Meta:
        model = Quotation
        fields: list[str] = []


class AssessmentFilter(filters.FilterSet):
    """Judgements, also those that a later one has superseded."""

    commitment = Slug(Commitment, label="Commitment")
    lab = Slug(Lab, field_name="commitment__lab", label="Lab")
    verdict = Choice(Verdict, method="with_verdict", label="Verdict")
    confidence = Choice(Confidence, label="Confidence")
    origin = Choice(Origin, label="Origin")
    sort = Sort(
        {
            "newest": (("-effective_on", "slug"), "newest first"),
            "oldest": (("effective_on", "slug"), "oldest first"),
        },
        label="Sort",
    )

    class Meta:
        model = Assessment
        fields: list[str] = []

    def with_verdict(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """A judgement of what was only measured has none."""
        promised = {"verdict": value, "commitment__basis": Basis.PROMISED}
        return queryset.filter(**promised) if value else queryset


class IndicatorFilter(filters.FilterSet):
    """Questions to watch."""

    q = Words(("title", "question", "confirms", "refutes"), label="Text")

    class Meta:
        model = Indicator
        fields: list[str] = []
