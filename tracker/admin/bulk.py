"""Several drafts of one list together: a page that says what will happen, then all or nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from tracker.admin.fields import is_id
from tracker.admin.forms import sentence_of
from tracker.admin.steps import Step, StepForm
from tracker.curation.editing import Actor, Refused
from tracker.curation.together import NotTogether, publish_together, submit_together
from tracker.records.models import Record
from tracker.records.plain import Problem

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

NO_RECORDS = "That selection names no record of this list; nothing was done. Choose again."
MOST = 200  # records at once: one transaction, which nobody should wait for long

#: Steps that several records can take together, by name.
TOGETHER: dict[str, Callable[..., None]] = {
    "publish": publish_together,
    "submit": submit_together,
}


class TogetherForm(StepForm):
    """A reason for all, where the step takes one; each record brings its own version."""

    def __init__(self, step: Step, *args: Any, **kwargs: Any) -> None:
        super().__init__(step, *args, **kwargs)
        del self.fields["seen_version"], self.fields["seen_words"]


class TogetherOfTheRecord(Base):
    """Actions for the steps of a noun that can be taken together."""

    steps: ClassVar[tuple[Step, ...]]

    def get_actions(self, request: HttpRequest) -> Any:
        """Those that this person may take."""
        if IS_POPUP_VAR in request.GET:
            return {}
        return {
            f"{step.name}_together": (
                _action(step),
                f"{step.name}_together",
                f"{step.label}: the selected drafts, together…",
            )
            for step in self.steps
            if step.name in TOGETHER and step.may(request.user, None)
        }

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Django looks up whatever was posted as an id; a forged one must not be a 500."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(is_id(each) for each in chosen):
            self.message_user(request, NO_RECORDS, messages.ERROR)
            return None
        return super().response_action(request, queryset, *args, **kwargs)

    def together_view(
        self, request: HttpRequest, queryset: QuerySet[Any], step: Step
    ) -> HttpResponse | None:
        """Ask; or do it, and go back to the list with one message."""
        if not step.may(request.user, None):
            raise PermissionDenied
        records = list(queryset.order_by("pk")[: MOST + 1])
        if len(records) > MOST:
            self.message_user(request, f"At most {MOST} at once.", messages.ERROR)
            return None
        confirmed = "confirmed" in request.POST
        form = TogetherForm(step, request.POST if confirmed else None)
        refused: dict[int, list[Problem]] = {}
        if confirmed and form.is_valid():
            refused = self._take_together(request, records, step, form)
            if not refused and not form.errors:
                return None
        return self._ask_together(request, records, step, form, refused)

    def _take_together(
        self, request: HttpRequest, records: list[Record], step: Step, form: forms.Form
    ) -> dict[int, list[Problem]]:
        seen = [(each, _version(request, each)) for each in records]
        reason = form.cleaned_data.get("reason", "")
        try:
            TOGETHER[step.name](seen, by=Actor.of(request.user), reason=reason)
        except NotTogether as error:
            return error.refused
        except Refused as error:  # of the log, for all of them
            form.add_error(None, str(error))
            return {}
        except IntegrityError as error:
            form.add_error(None, sentence_of(error, self.model))
            return {}
        for record in records:
            self.log_change(request, record, step.label)
        each = " " if len(records) == 1 else ": each "
        said = f"{self._counted(records)}{each}{step.done}."
        self.message_user(request, said, messages.SUCCESS)
        return {}

    def _counted(self, records: list[Record]) -> str:
        noun = self.opts.verbose_name if len(records) == 1 else self.opts.verbose_name_plural
        return f"{len(records)} {noun}"

    def _ask_together(
        self,
        request: HttpRequest,
        records: list[Record],
        step: Step,
        form: forms.Form,
        refused: dict[int, list[Problem]],
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{step.label}: {self._counted(records)}",
            "subtitle": None,
            "opts": self.opts,
            "step": step,
            "form": form,
            "media": self.media,
            "refused": refused,
            "rows": [
                {
                    "record": each,
                    "problems": refused.get(each.pk, []),
                    "begins": step.begins,
                    "remark": self.remark(each),  # type: ignore[attr-defined]  # StepsOfTheRecord
                }
                for each in records
            ],
            "action": request.POST.get("action", ""),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/tracker/together.html", context)


def _action(step: Step) -> Callable[..., HttpResponse | None]:
    def act(
        model_admin: TogetherOfTheRecord, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        return model_admin.together_view(request, queryset, step)

    return act


def _version(request: HttpRequest, record: Record) -> int:
    """The version that the page listed; -1, which is none, where the form does not say."""
    text = request.POST.get(f"version-{record.pk}", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1
