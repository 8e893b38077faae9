"""Assessments, written by one person and approved by another, and the right of reply."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from tracker.admin.base import PartInline, RecordAdmin
from tracker.admin.fields import titled
from tracker.admin.forms import RecordForm
from tracker.admin.steps import PUBLISHING, RETRACTING, Step, may_publish
from tracker.assessments.judging import criteria_of, findings_of
from tracker.assessments.models import Assessment, Dissent, Finding, Reply
from tracker.assessments.wording import verdict_words
from tracker.commitments.models import Criterion
from tracker.curation.judging import approve, send_back, submit
from tracker.evidence.models import Bearing
from tracker.records.dates import today
from tracker.records.models import State

SUBMITTING = Step(
    name="submit",
    label="Submit for review",
    explains="A second person will read it. Until it is approved or sent back nobody can edit it; "
    "you are named as its author, and cannot approve it yourself.",
    done="is submitted; another Reviewer can approve it",
    begins=State.DRAFT,
    may=lambda user, record: user.has_perm("tracker.change_assessment"),
    run=lambda record, actor, reason: submit(record, by=actor),
    saves_first=True,
)
SENDING_BACK = Step(
    name="send-back",
    label="Send back",
    explains="It becomes a draft again and can be edited. Readers have not seen it.",
    done="is a draft again",
    begins=State.IN_REVIEW,
    may=lambda user, record: may_publish(user, record) or record.author == user,
    run=lambda record, actor, reason: send_back(record, by=actor),
)
APPROVING = Step(
    name="approve",
    label="Approve and publish",
    explains="You have read it, the evidence it cites and the criteria, and would sign it. Readers "
    "will see it at once with its verdict; it can never be edited, only superseded.",
    done="is published; readers see it now",
    begins=State.IN_REVIEW,
    may=may_publish,
    run=lambda record, actor, reason: approve(record, by=actor),
    by_another=True,
)


class SlugFromCommitment(RecordForm):
    """An assessment or a reply is named after its commitment and its day, unless told otherwise."""

    day = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if slug := self.fields.get("slug"):
            slug.required = False
            slug.help_text = "Leave it empty: the commitment's and the day. It never changes."

    def clean(self) -> dict[str, Any]:
        """Fill in the slug."""
        cleaned = super().clean()
        commitment, day = cleaned.get("commitment"), cleaned.get(self.day)
        if "slug" in self.fields and not cleaned.get("slug") and commitment and day:
            # a year under 1000 has four digits too
            cleaned["slug"] = f"{commitment.slug[:109].rstrip('-')}-{day.isoformat()}"
        return cleaned


class AssessmentForm(SlugFromCommitment):
    """Named after the day from which it holds."""

    day = "effective_on"


class ReplyForm(SlugFromCommitment):
    """Named after the day of the question."""

    day = "asked_on"


class FindingForm(forms.ModelForm):
    """One answer; criteria and evidence are those of the commitment."""

    def __init__(
        self,
        *args: Any,
        criteria: Sequence[Criterion] = (),
        bearings: Sequence[Bearing] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if "criterion" not in self.fields:  # shown, not edited
            return
        criterion: Any = self.fields["criterion"]
        criterion.queryset = Criterion.objects.filter(pk__in=[each.pk for each in criteria])
        criterion.choices = [("", "---------"), *((each.pk, str(each)) for each in criteria)]
        evidence: Any = self.fields["evidence"]
        evidence.queryset = Bearing.objects.filter(pk__in=[each.pk for each in bearings])
        evidence.choices = [(each.pk, _cited(each)) for each in bearings]


def _cited(bearing: Bearing) -> str:
    outcome, about = bearing.outcome, ""
    if bearing.criterion:
        about = f", on criterion {bearing.criterion.position}"
    return f"{bearing.get_direction_display()}: {outcome.title} ({outcome.occurred_on}){about}"


class DeskStyle:
    """A file of its own: the pages allow no style within them."""

    css = {"all": ("desk.css",)}


class FindingInline(PartInline):
    """A finding for each criterion; those without one stand ready."""

    model = Finding
    form = FindingForm
    Media = DeskStyle
    verbose_name_plural = "findings (one for each criterion)"
    fieldsets = ((None, {"fields": ("criterion", "value", "note", "met_on", "evidence")}),)

    def formset_kwargs(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """The commitment's criteria and bearings, looked up once for all rows."""
        if obj is None or obj.pk is None:
            return {}
        bearings = Bearing.objects.filter(commitment=obj.commitment_id)
        return {
            "initial": [{"criterion": each.pk} for each in self._open(obj)],
            "form_kwargs": {
                "criteria": criteria_of(obj),
                "bearings": list(bearings.select_related("outcome", "criterion")),
            },
        }

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """A row for each criterion that has no finding yet."""
        return len(self._open(obj)) if obj else 0

    def _open(self, assessment: Assessment) -> list[Criterion]:
        found = {finding.criterion_id for finding in assessment.findings.all()}
        return [each for each in criteria_of(assessment) if each.pk not in found]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the criterion that names each row."""
        rows = super().get_queryset(request).select_related("criterion")
        return rows.prefetch_related("evidence")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A handful of outcomes to tick."""
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple({"class": "ticks"}))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class DissentInline(PartInline):
    """A second reader who judges otherwise."""

    model = Dissent
    fieldsets = ((None, {"fields": (("held_by", "verdict"), "reading")}),)


@admin.register(Assessment)
class AssessmentAdmin(RecordAdmin):
    """Judgements. Published ones are never edited: the next one supersedes them."""

    form = AssessmentForm
    steps = (SUBMITTING, APPROVING, SENDING_BACK, RETRACTING)
    published_can_change = False
    before_first_save = "Save it once: then a row stands ready for each criterion."
    add_once = ("slug", "commitment")
    list_display = (
        titled("commitment"),
        "effective_on",
        "said",
        "confidence",
        "state",
        "author",
    )
    list_filter = (
        "state",
        "verdict",
        "confidence",
        "provisional",
        "origin",
        ("commitment__lab", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("commitment", "author")
    search_fields = ("slug", "commitment__title", "commitment__slug", "rationale")
    autocomplete_fields = ("commitment", "contest_source", "supersedes")
    computed = (
        "said",
        "share",
        "ceiling",
        "timeliness",
        "days_late",
        "arithmetic",
        "origin",
        "batch",
        "author",
        "submitted_at",
        "reviewer",
        "published_at",
        "content_hash",
    )
    fieldsets = (
        (
            None,
            {
                "fields": ("commitment", "edition", "effective_on", "slug", "supersedes"),
            },
        ),
        (
            "The judgement in words",
            {
                "fields": ("rationale", "confidence", "reply_waiver"),
                "description": "The verdict follows from the findings; the evidence sets the "
                "highest confidence, and you may go lower.",
            },
        ),
        (
            "Contested",
            {
                "fields": (
                    "contest_verdict",
                    "contest_held_by",
                    "contest_source",
                    "contest_reading",
                ),
                "description": "Where a fair reader could read otherwise, or the lab denies it.",
            },
        ),
    )

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Findings need criteria, and those come with the commitment."""
        return (FindingInline, DissentInline) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """It holds from today unless told otherwise."""
        return {"effective_on": today()} | super().get_changeform_initial_data(request)

    @admin.display(description="verdict", ordering="verdict")
    def said(self, assessment: Assessment) -> str:
        """The verdict as readers are told it."""
        words = verdict_words(
            assessment.verdict,
            provisional=assessment.provisional,
            confidence=assessment.confidence,
            force=assessment.commitment.force,
            basis=assessment.commitment.basis,
        )
        return f"{words} (contested)" if assessment.contested else words

    @admin.display(description="share kept")
    def share(self, assessment: Assessment) -> str:
        """From the least to the most, over what is known and what is not."""
        percent = assessment.working.get("percent")
        if not percent:
            return "–"
        low, high = percent
        return f"{low} %" if low == high else f"{low} % to {high} %"

    @admin.display(description="arithmetic")
    def arithmetic(self, assessment: Assessment) -> str:
        """Each criterion's line of the score, and the sums."""
        working = assessment.working
        if not working.get("lines"):
            return "–"
        rows = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            (
                (
                    finding.criterion,
                    line["value"].replace("_", " "),
                    line["weight"],
                    line["low"] or "not counted",
                    line["high"] or "not counted",
                )
                for finding, line in zip(findings_of(assessment), working["lines"], strict=False)
            ),
        )
        return format_html(
            "<table><thead><tr><th>criterion</th><th>finding</th><th>weight</th><th>at least</th>"
            "<th>at most</th></tr></thead><tbody>{}</tbody><tfoot><tr><th>sum</th><td></td>"
            "<td>{}</td><td>{}</td><td>{}</td></tr></tfoot></table>",
            rows,
            working["counted_weight"],
            working["low_sum"],
            working["high_sum"],
        )


@admin.register(Reply)
class ReplyAdmin(RecordAdmin):
    """What a lab was asked, and what it answered."""

    form = ReplyForm
    steps = (PUBLISHING, RETRACTING)
    add_once = ("slug", "commitment")
    list_display = (titled("commitment"), "asked_of", "asked_on", "due_on", "status", "state")
    list_filter = ("state", "status", ("commitment__lab", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("commitment",)
    search_fields = ("slug", "asked_of", "commitment__title", "commitment__slug")
    autocomplete_fields = ("commitment", "source")
    fieldsets = (
        (None, {"fields": ("commitment", "asked_of", "asked_on", "due_on", "slug")}),
        (
            "The answer",
            {
                "fields": ("status", "words", "received_on", "source"),
                "description": "The lab's own words, whole and as they came.",
            },
        ),
    )
