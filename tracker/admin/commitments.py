"""Pledges with their clauses and parties, commitments with their criteria."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join

from tracker.admin.assessing import tools
from tracker.admin.base import RecordAdmin
from tracker.admin.forms import PartFormSet
from tracker.admin.parts import PartAdmin, PartInline
from tracker.admin.scorecards import ScorecardsOfThePledge
from tracker.assessments.models import Assessment
from tracker.assessments.wording import said
from tracker.commitments.models import (
    Clause,
    Commitment,
    Criterion,
    LifecycleEvent,
    Party,
    Pledge,
    Undefined,
)
from tracker.reading.published import with_axes
from tracker.records.dates import today
from tracker.scoring import Verdict


class ClauseFormSet(PartFormSet):
    """Clauses stand in the order of the form."""

    def save_new(self, form: Any, commit: bool = True) -> Any:
        """A new clause comes after those before it."""
        form.instance.position = self.forms.index(form)
        return super().save_new(form, commit=commit)


class ClauseInline(PartInline):
    """The parts of a pledge."""

    model = Clause
    formset = ClauseFormSet
    fieldsets = ((None, {"fields": (("number", "group"), "title", "text")}),)


class PartyInline(PartInline):
    """The labs tied to a pledge."""

    model = Party
    autocomplete_fields = ("lab",)
    fieldsets = ((None, {"fields": (("lab", "role"), ("joined_on", "left_on"), "note")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the lab that names each row."""
        return super().get_queryset(request).select_related("lab")


@admin.register(Pledge)
class PledgeAdmin(ScorecardsOfThePledge, RecordAdmin):
    """The texts in which commitments stand."""

    list_display = ("title", "kind", "issued_by", "issued_on", "state")
    list_filter = ("state", "kind")
    search_fields = ("title", "slug", "issued_by")
    autocomplete_fields = ("source",)
    prepopulated_fields = {"slug": ("title",)}
    inlines = (ClauseInline, PartyInline)
    fieldsets = (
        (None, {"fields": ("title", "slug", "kind", "issued_by", "issued_on", "source")}),
        ("For its page", {"fields": ("summary",)}),
        (
            "Open calls",
            {
                "fields": ("checked_on",),
                "description": "Where a lab has given no answer its page says “no promise on "
                "record”, with this day.",
            },
        ),
    )


class UndefinedInline(PartInline):
    """What the words leave open."""

    model = Undefined
    verbose_name = "thing left open"
    verbose_name_plural = "what the words leave open"
    fieldsets = ((None, {"fields": ("aspect", "note")}),)


class LifecycleInline(PartInline):
    """What became of the words."""

    model = LifecycleEvent
    autocomplete_fields = ("source",)
    verbose_name = "lifecycle change"
    verbose_name_plural = "lifecycle (in force unless something stands here)"
    fieldsets = ((None, {"fields": (("lifecycle", "on"), "source", "note")}),)


class CriterionForm(forms.ModelForm):
    """A question, numbered for whoever leaves that to us."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if position := self.fields.get("position"):
            position.required = False
            position.help_text = "Leave it empty: the next one."


class CriterionFormSet(PartFormSet):
    """Questions without a number come after those of their edition that have one."""

    def clean(self) -> None:
        """Number them, before they are compared with one another."""
        rows = [each for each in self.forms if each.is_valid() and each.has_changed()]
        rows = [each for each in rows if not each.cleaned_data.get("DELETE")]
        for form in rows:
            if form.cleaned_data.get("position") is None:
                edition = form.cleaned_data["edition"]
                taken = (each.instance for each in self.forms if each.instance.edition == edition)
                position = 1 + max((each.position or 0 for each in taken), default=0)
                form.cleaned_data["position"] = form.instance.position = position
        super().clean()


class CriterionInline(PartInline):
    """The questions that decide."""

    model = Criterion
    form = CriterionForm
    formset = CriterionFormSet
    first_rows = 1
    verbose_name_plural = "criteria (fixed before anyone judges, frozen once an assessment is out)"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("position", "edition", "kind", "weight"),
                    "question",
                    "evidence_needed",
                    "weight_reason",
                    ("occasion", "publication_required"),
                )
            },
        ),
    )


class VerdictFilter(admin.SimpleListFilter):
    """By the judgement in force today."""

    title = "verdict"
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every verdict."""
        return [(each.value, each.value.replace("_", " ")) for each in Verdict]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Commitments of this verdict."""
        return queryset.filter(verdict=self.value()) if self.value() else queryset

    def get_facet_counts(self, pk_attname: str, filtered_qs: QuerySet[Any]) -> dict[str, Any]:
        """One pass over the list; Django's own would work out every verdict once a choice."""
        return {
            f"{place}__c": Count(pk_attname, filter=Q(verdict=value))
            for place, (value, _) in enumerate(self.lookup_choices)
        }


@admin.register(Commitment)
class CommitmentAdmin(RecordAdmin):
    """What each lab promised."""

    list_display = ("title", "lab", "state", "verdict", "lifecycle", "deadline_due_on")
    list_filter = (
        "state",
        ("lab", admin.RelatedOnlyFieldListFilter),
        VerdictFilter,
        "category",
        "force",
        "basis",
        "deadline_kind",
    )
    list_select_related = ("lab",)
    search_fields = ("title", "slug", "lab__name", "obligation")
    autocomplete_fields = (
        "lab",
        "pledge",
        "clause",
        "words",
        "reported_by",
        "announced_by",
        "successor",
    )
    prepopulated_fields = {"slug": ("title",)}
    inlines = (CriterionInline, UndefinedInline, LifecycleInline)
    computed = ("verdict", "lifecycle", "schedule", "judgements")
    fieldsets = (
        (None, {"fields": ("title", "slug", "lab", "pledge", "clause", "category")}),
        (
            "The words as said",
            {
                "fields": ("words", "reported_words", "reported_by", "announced_by", "made_on"),
                "description": "A quotation where a source prints the lab's words; otherwise what "
                "is reported, and the source that reports it.",
            },
        ),
        (
            "What they oblige",
            {
                "fields": ("obligation", "reading", "force", "basis"),
                "description": "Our reading, kept apart from the words. “We aim” is an aim, and "
                "never a broken promise.",
            },
        ),
        (
            "By when",
            {
                "fields": (
                    "deadline_kind",
                    "deadline_due_on",
                    "deadline_basis",
                    "deadline_note",
                    "deadline_period",
                    ("deadline_trigger", "deadline_triggered_on"),
                ),
                "description": "A date, a window and a recurring deadline name the day they "
                "are due; only a recurring one has a period, only a triggered one its trigger.",
            },
        ),
        (
            "What came after it",
            {
                "fields": ("successor", "relation"),
                "description": "The promise that took its place, and whether it is as strong.",
            },
        ),
        ("For the desk", {"fields": ("next_review_on",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the axes as they stand today."""
        rows = with_axes(super().get_queryset(request), today())
        so_far = Assessment.objects.filter(pk=OuterRef("current"), provisional=True)
        return rows.annotate(provisional=Exists(so_far))

    @admin.display(description="verdict", ordering="verdict")
    def verdict(self, commitment: Any) -> str:
        """As readers are told it."""
        words = said(commitment, commitment)
        return f"{words} (contested)" if commitment.contested else words

    @admin.display(description="lifecycle", ordering="lifecycle")
    def lifecycle(self, commitment: Any) -> str:
        """What became of the words."""
        return str(commitment.lifecycle).replace("_", " ")

    @admin.display(description="schedule")
    def schedule(self, commitment: Any) -> str:
        """Against the deadline, today."""
        return str(commitment.schedule).replace("_", " ")

    @admin.display(description="assessments")
    def judgements(self, commitment: Commitment) -> str:
        """Its assessments; a button above writes the next."""
        rows = format_html_join(
            "",
            '<a href="{}">{}</a>: {} ({})<br>',
            (
                (
                    reverse("admin:tracker_assessment_change", args=[each.pk]),
                    each.effective_on,
                    each.get_verdict_display(),
                    each.get_state_display(),
                )
                for each in commitment.assessments.all()
            ),
        )
        return rows or "–"

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Add what may be begun from it: its next assessment, a question to the lab."""
        obj = kwargs.get("obj")
        context["tools"] = tools(request, obj) if obj else []
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Clause)
class ClauseAdmin(PartAdmin):
    """To be found by a commitment."""

    search_fields = ("number", "title", "pledge__title", "pledge__slug")
    list_display = ("__str__", "pledge")
    list_select_related = ("pledge",)
    ordering = ("pledge__title", "position", "id")


@admin.register(Criterion)
class CriterionAdmin(PartAdmin):
    """To be found by a bearing."""

    search_fields = ("question", "commitment__title", "commitment__slug")
    list_display = ("__str__", "commitment", "edition")
    list_select_related = ("commitment",)
    ordering = ("commitment__title", "edition", "position")
