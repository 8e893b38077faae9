"""The steps that a record takes: buttons on its form, each with a page that asks once more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from tracker.admin.forms import ReasonField, SeenField, sentence_of
from tracker.admin.merging import Newer, look_ahead, newer_than, sealed_plain
from tracker.curation.editing import Actor, Refused, Stale, lock, publish, retract
from tracker.curation.judging import has_part_in
from tracker.curation.resting import Resting, resting_on
from tracker.curation.roles import PUBLISH
from tracker.records.models import Record, State

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


Fields = Sequence[tuple[str, Any, Any]]


@dataclass(frozen=True)
class Step:
    """One way from state to state. `may` asks for the right, `run` is `curation`'s own function."""

    name: str  # in the address
    label: str  # on the button
    explains: str  # what will happen, before it does
    done: str  # what has happened, after the record's name
    begins: State
    may: Callable[[Any, Any], bool]
    run: Callable[[Any, Actor, str], object]
    reason: str = ""  # "", "optional" or "required"
    saves_first: bool = False  # the form it starts from can be edited
    by_another: bool = False  # not offered to whoever had a part in it, whom `curation` refuses


def may_publish(user: Any, record: Any) -> bool:
    """Reviewers and Stewards."""
    return bool(user.has_perm(PUBLISH))


PUBLISHING = Step(
    name="publish",
    label="Publish",
    explains="Readers will see it at once, and the public log will say that you published it.",
    done="is published; readers see it now",
    begins=State.DRAFT,
    may=may_publish,
    run=lambda record, actor, reason: publish(record, by=actor, reason=reason),
    reason="optional",
    saves_first=True,
)
RETRACTING = Step(
    name="retract",
    label="Retract",
    explains="Readers will no longer see it on the public pages. What it said stays in the public "
    "log, with your reason. A retracted record cannot be edited or published again.",
    done="is retracted; its history stays in the log",
    begins=State.PUBLISHED,
    may=may_publish,
    run=lambda record, actor, reason: retract(record, by=actor, reason=reason),
    reason="required",
)


class StepForm(forms.Form):
    """The version that was looked at and, where the step takes one, a public reason."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    seen_words = SeenField(required=False)
    reason = ReasonField(required=False, help_text="Readers see it in the log.")

    newer: Newer | None = None  # after a refusal of what is stale

    def __init__(self, step: Step, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not step.reason:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = step.reason == "required"
            optional = "" if step.reason == "required" else " (may be empty)"
            self.fields["reason"].label = f"Public reason{optional}"


class StepsOfTheRecord(Base):
    """The buttons, their addresses and the page that asks."""

    steps: ClassVar[tuple[Step, ...]] = (PUBLISHING, RETRACTING)

    def steps_offered(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        """What this person may do with this record now, for the row of buttons."""
        state = obj.state if obj else State.DRAFT
        offered = []
        for step in self.steps:
            if step.begins != state or not step.may(request.user, obj):
                continue
            if step.by_another and has_part_in(obj, request.user):
                continue
            saves = step.saves_first and (
                self.has_change_permission(request, obj)
                if obj
                else self.has_add_permission(request)
            )
            if saves or obj:
                url = None if saves else self._address(obj, step)
                offered.append({"name": f"_{step.name}", "label": step.label, "url": url})
        return offered

    def remark(self, obj: Any) -> str:
        """What whoever publishes this draft should know of it, in a sentence; "" for nothing."""
        return ""

    def get_urls(self) -> Any:
        """One address a step."""
        noun = self.model._meta.model_name
        own = [
            path(
                f"<path:object_id>/{step.name}/",
                self.admin_site.admin_view(self.step_view),
                {"step": step},
                name=f"tracker_{noun}_{step.name}",
            )
            for step in self.steps
        ]
        return own + super().get_urls()

    def step_view(
        self, request: HttpRequest, object_id: str, step: Step, fields: Fields = ()
    ) -> HttpResponse:
        """GET asks, POST does it; the rules are `curation`'s, which may refuse.

        `fields` are (field, value now, value then) of what will change.
        """
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]  # not in the stubs
        if not self.has_view_permission(request, obj) or not step.may(request.user, obj):
            raise PermissionDenied
        data = request.POST.copy()
        look_ahead(data)
        seen = {"seen_version": obj.version, "seen_words": sealed_plain(obj)}
        form = StepForm(step, data or None, initial=seen)
        if request.method == "POST":
            if form.is_valid() and self._take(request, obj, step, form):
                return HttpResponseRedirect(self._address(obj))
        elif obj.state != step.begins:
            self.message_user(
                request,
                f"It is {obj.get_state_display()}: there is nothing to {step.label.lower()}.",
                messages.WARNING,
            )
            return HttpResponseRedirect(self._address(obj))
        return self._ask(request, obj, step, form, fields)

    def _take(self, request: HttpRequest, obj: Record, step: Step, form: StepForm) -> bool:
        """Take the step in one transaction; on a refusal say why in the form."""
        try:
            with transaction.atomic():
                locked = lock(obj, version=form.cleaned_data["seen_version"])
                step.run(locked, Actor.of(request.user), form.cleaned_data.get("reason", ""))
                self.log_change(request, locked, step.label)
        except Refused as refused:
            for problem in refused.problems:
                form.add_error("reason" if problem.path == ("reason",) else None, str(problem))
            if isinstance(refused, Stale):
                form.newer = newer_than(form.cleaned_data["seen_words"], obj)
            return False
        except IntegrityError as error:
            form.add_error(None, sentence_of(error, self.model))
            return False
        obj.refresh_from_db()
        self.message_user(request, self._said(obj, step), messages.SUCCESS)
        return True

    def _said(self, obj: Any, step: Step) -> str:
        said = format_html("The {} “{}” {}.", self.opts.verbose_name, obj, step.done)
        address = self.get_view_on_site_url(obj)
        if address is None:
            return said
        return format_html('{} <a href="{}">See its public page</a>.', said, address)

    def _ask(
        self, request: HttpRequest, obj: Any, step: Step, form: StepForm, fields: Fields
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{step.label}: {self.opts.verbose_name}",
            "subtitle": None,
            "opts": self.opts,
            "original": obj,
            "step": step,
            "form": form,
            "fields": fields,
            "remark": self.remark(obj) if step.begins == State.DRAFT else "",
            "resting": _linked(resting_on(obj)) if step is RETRACTING else None,
            "media": self.media,
            "back": self._address(obj),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/tracker/step.html", context)

    def _address(self, obj: Any, step: Step | None = None) -> str:
        noun = f"admin:tracker_{self.model._meta.model_name}"
        return reverse(f"{noun}_{step.name if step else 'change'}", args=[quote(obj.pk)])

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to the step whose button was pressed."""
        return self._onwards(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """On to the step whose button was pressed."""
        return self._onwards(request, obj) or super().response_change(request, obj)

    def _onwards(self, request: HttpRequest, obj: Any) -> HttpResponse | None:
        for step in self.steps:
            if step.saves_first and f"_{step.name}" in request.POST:
                self.message_user(request, "Your draft is saved.", messages.SUCCESS)
                return HttpResponseRedirect(self._address(obj, step))
        return None


def _linked(resting: Resting) -> dict[str, Any]:
    """What rests on a record as lists of (noun, name, address)."""

    def rows(records: Sequence[Record]) -> list[tuple[str, str, str]]:
        return [
            (
                str(each._meta.verbose_name),
                str(each),
                reverse(f"admin:tracker_{each._meta.model_name}_change", args=[each.pk]),
            )
            for each in records
        ]

    return {
        "holding": rows(resting.holding),
        "assessments": rows(resting.assessments),
        "outcomes": rows(resting.outcomes),
        "more": resting.more,
    }
