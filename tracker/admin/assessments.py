"""Assessments, written by one person and approved by another, and the right of reply."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.html import format_html, format_html_join

from tracker.admin.assessing import (
    Screen,
    free_slug,
    next_address,
    put_complaints_aside,
    reckon_saved,
    reckon_typed,
    reply_dates,
    screen_of,
    tools,
)
from tracker.admin.base import RecordAdmin
from tracker.admin.dissenting import dissent_address, dissent_page, may_dissent
from tracker.admin.fields import titled
from tracker.admin.findings import DissentInline, FindingInline
from tracker.admin.forms import RecordForm
from tracker.admin.steps import PUBLISHING, RETRACTING, Step, may_publish
from tracker.assessments.judging import findings_of
from tracker.assessments.models import Assessment, Dissent, Reply, ReplyStatus
from tracker.assessments.wording import said
from tracker.curation.judging import approve, send_back, submit
from tracker.records.dates import today
from tracker.records.models import State

WEIGH = "_weigh"  # the button that works it out
ROWS = "findings-TOTAL_FORMS"  # posted by the screen, and not by the form before it

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
            # a year under 1000 has four digits too; room for a number where the name is taken
            wanted = f"{commitment.slug[:105].rstrip('-')}-{day.isoformat()}"
            cleaned["slug"] = free_slug(self._meta.model, wanted)
        return cleaned


class AssessmentForm(SlugFromCommitment):
    """Named after the day from which it holds. Its class is made for one request."""

    day = "effective_on"
    screen: ClassVar[Screen | None] = None
    weighing: ClassVar[bool] = False  # it is only to be worked out, never saved

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.screen is not None and "commitment" in self.fields:
            self.fields["commitment"].widget = forms.HiddenInput()

    def is_valid(self) -> bool:
        """Never, while it is only worked out: then nothing is saved."""
        return super().is_valid() and not self.weighing


class ReplyForm(SlugFromCommitment):
    """Named after the day of the question."""

    day = "asked_on"

    def clean(self) -> dict[str, Any]:
        """Say at its field what a reply lacks; the database would say it of the whole."""
        cleaned = super().clean()
        if cleaned.get("status") == ReplyStatus.REPLIED:
            if not cleaned.get("words") and "words" not in self.errors:
                self.add_error("words", "What did the lab reply? Give its own words.")
            if not cleaned.get("received_on") and "received_on" not in self.errors:
                self.add_error("received_on", "On which day did the reply come?")
        elif cleaned.get("status"):
            for name in ("words", "received_on", "denies"):
                if cleaned.get(name):
                    self.add_error(name, "Only a reply has this: set the status to “replied”.")
        return cleaned


class Assessing:
    """Files of its own: the pages allow no script and no style within them."""

    css = {"all": ("assessing.css",)}
    js = ("assessing.js",)


@admin.register(Assessment)
class AssessmentAdmin(RecordAdmin):
    """Judgements. Published ones are never edited: the next one supersedes them."""

    form = AssessmentForm
    Media = Assessing
    change_form_template = "admin/tracker/assessment/change_form.html"
    steps = (SUBMITTING, APPROVING, SENDING_BACK, RETRACTING)
    published_can_change = False
    add_once = ("slug", "commitment")
    list_display = (
        titled("commitment"),
        "effective_on",
        "said",
        "confidence",
        "stands",
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

    # --- one screen ------------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The commitment first: its criteria and its evidence come with it."""
        if obj is None and screen_of(request, obj) is None:
            return ((None, {"fields": ("commitment",)}),)
        return super().get_fieldsets(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Findings need criteria, and those come with the commitment."""
        if obj is None:
            return (FindingInline,) if screen_of(request, obj) else ()
        return (FindingInline, DissentInline) if obj.dissents.exists() else (FindingInline,)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form's class knows the screen, and whether it is only to be worked out."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.screen, form.weighing = screen_of(request, obj), WEIGH in request.POST
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From today, on the newest criteria, starting from the last assessment."""
        screen = screen_of(request, None)
        first: dict[str, Any] = {"effective_on": today()}
        if screen is not None:
            first |= {"edition": screen.edition, **screen.first_words()}
        return first | super().get_changeform_initial_data(request)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """Once a commitment is chosen, on to the screen that judges it."""
        if object_id is None and request.method == "POST" and ROWS not in request.POST:
            screen = screen_of(request, None)
            if screen is not None and self.has_add_permission(request):
                return HttpResponseRedirect(next_address(screen.commitment, None))
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Add the commitment, its evidence, and what the answers amount to so far."""
        obj = kwargs.get("obj")
        context["screen"] = screen = screen_of(request, obj)
        context["tools"] = []
        if obj is not None:
            context["tools"] = tools(request, obj.commitment)
            if may_dissent(request.user, obj):
                context["tools"].append(("Record a dissent", dissent_address(obj)))
            context["dissents"] = obj.dissents.all() if obj.state == State.DRAFT else ()
        if screen is not None and (obj is None or obj.state in (State.DRAFT, State.IN_REVIEW)):
            context["weighs"] = True
            if request.method == "POST":
                form, findings = context["adminform"].form, context["inline_admin_formsets"][0]
                context["reckoning"] = reckon_typed(screen, form, findings.formset)
                if form.weighing:
                    put_complaints_aside(context)
            elif obj is not None:
                context["reckoning"] = reckon_saved(obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> Any:
        """And the page of a dissent."""
        view = self.admin_site.admin_view(self.dissent_view)
        own = path("<path:object_id>/dissent/", view, name="tracker_assessment_dissent")
        return [own, *super().get_urls()]

    def dissent_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Where a second reader writes that they judge otherwise."""
        return dissent_page(self, request, object_id)

    # --- how it is shown -------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With whether somebody dissents."""
        dissents = Dissent.objects.filter(assessment=OuterRef("pk"))
        rows: Any = super().get_queryset(request)
        annotated: QuerySet[Any] = rows.annotate(dissented=Exists(dissents))
        return annotated

    @admin.display(description="state", ordering="state")
    def stands(self, assessment: Any) -> str:
        """Its state, and whether its author has a dissent to read."""
        state = str(assessment.get_state_display())
        waits = assessment.state == State.DRAFT and assessment.dissented
        return f"{state}, with a dissent" if waits else state

    @admin.display(description="verdict", ordering="verdict")
    def said(self, assessment: Assessment) -> str:
        """The verdict as readers are told it."""
        words = said(assessment, assessment.commitment)
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
    before_first_save = (
        "Write to the lab first, then record here what was asked. Once published, "
        "the question stands beside the verdict, and the lab's answer after it."
    )
    fieldsets = (
        (None, {"fields": ("commitment", "asked_of", "asked_on", "due_on", "slug")}),
        (
            "The answer",
            {
                "fields": ("status", "words", "received_on", "source", "denies"),
                "description": "The lab's own words, whole and as they came; or, once the day it "
                "was due has passed in silence, “no reply”. Readers see either beside the verdict. "
                "Tick “denies” only where the lab says that the verdict is wrong: from then on "
                "every page calls it contested, and the next assessment must name the other "
                "reading.",
            },
        ),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Asked today, due in two weeks, unless told otherwise."""
        return reply_dates() | super().get_changeform_initial_data(request)
