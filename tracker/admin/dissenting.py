"""The page on which a second reader records, in their own name, that they judge otherwise."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from tracker.assessments.models import Assessment
from tracker.assessments.wording import verdict_on
from tracker.commitments.models import Commitment
from tracker.curation.editing import Actor, Refused, lock
from tracker.curation.judging import dissent, take_dissent_back
from tracker.curation.roles import PUBLISH
from tracker.records.models import State
from tracker.scoring import Verdict

if TYPE_CHECKING:
    from tracker.admin.assessments import AssessmentAdmin

RIGHT = "tracker.change_assessment"


class DissentForm(forms.Form):
    """The other verdict and why; who holds it is whoever is signed in."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(label="Your verdict")
    reading = forms.CharField(
        label="Why you read it so",
        widget=AdminTextareaWidget(attrs={"rows": 5}),
        help_text="Readers see it beside the verdict, with your name.",
    )

    def __init__(self, commitment: Commitment, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verdict: Any = self.fields["verdict"]
        verdict.choices = [
            ("", "---------"),
            *((each.value, verdict_on(commitment, each)) for each in Verdict),
        ]


def may_dissent(user: Any, assessment: Assessment) -> bool:
    """A second reader, before publication: of what is in review, a Reviewer."""
    if assessment.state not in (State.DRAFT, State.IN_REVIEW) or user == assessment.author:
        return False
    right = PUBLISH if assessment.state == State.IN_REVIEW else RIGHT
    return bool(user.has_perm(RIGHT) and user.has_perm(right))


def dissent_address(assessment: Assessment) -> str:
    """Of the page."""
    return reverse("admin:tracker_assessment_dissent", args=[quote(assessment.pk)])


def dissent_page(desk: "AssessmentAdmin", request: HttpRequest, object_id: str) -> HttpResponse:
    """GET asks, POST records or takes back; the rules are `curation`'s, which may refuse."""
    assessment = desk.get_object(request, unquote(object_id))
    if assessment is None or not may_dissent(request.user, assessment):
        raise PermissionDenied
    actor = Actor.of(request.user)
    own = assessment.dissents.filter(held_by=actor.name).first()
    initial = {"seen_version": assessment.version}
    if own is not None:
        initial |= {"verdict": own.verdict, "reading": own.reading}
    withdraws = "_take_back" in request.POST
    form = DissentForm(assessment.commitment, request.POST or None, initial=initial)
    if withdraws:
        form.fields["verdict"].required = form.fields["reading"].required = False
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                locked: Any = lock(assessment, version=form.cleaned_data["seen_version"])
                if withdraws:
                    take_dissent_back(locked, by=actor)
                else:
                    verdict, reading = form.cleaned_data["verdict"], form.cleaned_data["reading"]
                    dissent(locked, by=actor, verdict=verdict, reading=reading)
                desk.log_change(request, locked, "Dissent taken back" if withdraws else "Dissent")
        except Refused as refused:
            for problem in refused.problems:
                name = str(problem.path[0]) if problem.path else None
                form.add_error(name if name in form.fields else None, problem.message)
        else:
            said = "Your dissent is taken back." if withdraws else "Your dissent is recorded."
            if assessment.state == State.IN_REVIEW:
                said += " The assessment is a draft again: its author submits it once more."
            desk.message_user(request, said, messages.SUCCESS)
            address = reverse("admin:tracker_assessment_change", args=[quote(assessment.pk)])
            return HttpResponseRedirect(address)
    context = {
        **desk.admin_site.each_context(request),
        "title": "Record a dissent",
        "subtitle": None,
        "opts": desk.opts,
        "original": assessment,
        "form": form,
        "media": desk.media,
        "own": own,
        "holder": actor.name,
        "in_review": assessment.state == State.IN_REVIEW,
        "back": reverse("admin:tracker_assessment_change", args=[quote(assessment.pk)]),
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, "admin/tracker/assessment/dissent.html", context)
