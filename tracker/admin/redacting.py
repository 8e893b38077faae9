"""The Steward's page: which entries of the log become unreadable, shown whole before they do."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from tracker.admin.forms import ReasonField
from tracker.changes.models import Change
from tracker.changes.wording import body_of, changed_fields
from tracker.curation.editing import Actor, Refused
from tracker.curation.emptying import words_of
from tracker.curation.redacting import (
    MOST,
    entries,
    label_of,
    redact,
    refusals,
    retracted_among,
)
from tracker.curation.roles import REDACT
from tracker.curation.searching import SPAN, Found, entries_holding
from tracker.reading.pages.told import LARGEST, tell
from tracker.records.fields import refuse_unprintable
from tracker.records.plain import Plain

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

TEXT_LENGTH = 500  # characters looked for
SHOWN = 300  # characters of a private text


class NumbersField(forms.CharField):
    """Numbers of entries, as “12, 15 18”; several fields of one name together."""

    widget = AdminTextInputWidget

    def to_python(self, value: Any) -> Any:
        """The numbers, each once, in order."""
        numbers: set[int] = set()
        for text in re.split(r"[\s,;]+", value or ""):
            if not text:
                continue
            if not re.fullmatch(r"[0-9]{1,19}", text) or not 0 < int(text) <= LARGEST:
                raise ValidationError(
                    f"“{text[:20]}” is no number of an entry: write for example 12, 15."
                )
            numbers.add(int(text))
        if len(numbers) > MOST:
            raise ValidationError(f"At most {MOST} entries are redacted at once.")
        return sorted(numbers)

    def prepare_value(self, value: Any) -> Any:
        """As a person writes them."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value


class Ticks(forms.SelectMultiple):
    """Tick boxes that the page itself draws."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        """All that were ticked, as one text."""
        return " ".join(data.getlist(name))


class ChoosingForm(forms.Form):
    """Words to look for, and the entries that are to be redacted."""

    text = forms.CharField(
        label="Words that must go",
        required=False,
        max_length=TEXT_LENGTH,
        widget=AdminTextInputWidget,
        validators=[refuse_unprintable],
        help_text="Every entry that holds them is listed. They are kept nowhere.",
    )
    numbers = NumbersField(
        label="Entries, by number", required=False, help_text="Example: 12, 15", max_length=4_000
    )
    ticked = NumbersField(required=False, widget=Ticks)
    before = forms.IntegerField(
        required=False, widget=forms.HiddenInput, min_value=1, max_value=LARGEST
    )

    def chosen(self) -> list[int]:
        """Those by number and those ticked."""
        found = self.cleaned_data
        return sorted({*(found.get("numbers") or ()), *(found.get("ticked") or ())})


class ConfirmingForm(ChoosingForm):
    """The same, and the public reason."""

    reason = ReasonField(
        label="Public reason",
        help_text="Readers see it for ever, so it must not repeat what goes. "
        "Example: It printed a private telephone number.",
    )


class RedactsTheLog(Base):
    """Choose, look at what goes, confirm. Nothing happens but by the last POST."""

    def get_urls(self) -> Any:
        """One address for all three; what is looked for never stands in an address."""
        view = self.admin_site.admin_view(self.redact_view)
        return [path("redact/", view, name="tracker_change_redact"), *super().get_urls()]

    def redact_view(self, request: HttpRequest) -> HttpResponse:
        """Stewards alone."""
        if not request.user.has_perm(REDACT):
            raise PermissionDenied
        if "_redact" in request.POST:
            return self._do(request)
        if "_look" in request.POST:
            return self._look(request)
        return self._choose(request)

    def _choose(self, request: HttpRequest, complaint: str = "") -> HttpResponse:
        """What to look for, and what was found."""
        posted = request.method == "POST"
        initial = {"numbers": request.GET.get("entry", "")}
        form = ChoosingForm(request.POST if posted else None, initial=initial)
        found, chosen, text = Found([]), list[int](), ""
        if posted and form.is_valid():
            text, chosen = form.cleaned_data["text"], form.chosen()
            before = form.cleaned_data["before"] if "_further" in request.POST else None
            found = entries_holding(text, before)
            if complaint:
                form.add_error(None, complaint)
        refused = refusals(found.changes, text)
        rows = [
            {
                "told": tell(change),
                "refused": refused.get(change.sequence),
                "ticked": change.sequence in chosen or "_all" in request.POST,
            }
            for change in found.changes
        ]
        listed = {change.sequence for change in found.changes}
        context = {
            "form": form,
            "rows": rows,
            "kept": [number for number in chosen if number not in listed],
            "searched": bool(text),
            "further": found.further,
            "span": SPAN,
        }
        return self._page(request, "redact_choose.html", "Redact: choose the entries", context)

    def _look(self, request: HttpRequest) -> HttpResponse:
        """Everything that will become unreadable."""
        form = ChoosingForm(request.POST)
        if not form.is_valid():
            return self._choose(request)
        if not form.chosen():
            return self._choose(request, "Tick an entry, or give its number.")
        return self._confirm(request, form, ConfirmingForm(initial=form.cleaned_data))

    def _do(self, request: HttpRequest) -> HttpResponse:
        """Redact, or say why not."""
        form = ConfirmingForm(request.POST)
        if not form.is_valid():
            if {"text", "numbers", "ticked", "before"} & form.errors.keys():
                return self._choose(request)
            return self._confirm(request, form, form)
        try:
            redaction = redact(
                form.chosen(),
                by=Actor.of(request.user),
                reason=form.cleaned_data["reason"],
                text=form.cleaned_data["text"],
                emptying=request.POST.getlist("emptying"),
            )
        except Refused as refused:
            for problem in refused.problems:
                form.add_error("reason" if problem.path == ("reason",) else None, problem.message)
            return self._confirm(request, form, form)
        self.log_change(request, redaction, "Redacted entries of the log.")
        number = len(form.chosen())
        said = f"{number} {'entry is' if number == 1 else 'entries are'} redacted."
        address = redaction.get_absolute_url()
        self.message_user(
            request,
            format_html('{} <a href="{}">See what readers see of it</a>.', said, address),
            messages.SUCCESS,
        )
        return HttpResponseRedirect(reverse("admin:tracker_change_changelist"))

    def _confirm(self, request: HttpRequest, chosen: ChoosingForm, form: Any) -> HttpResponse:
        """The page that lists what goes. Its hidden fields are what it lists."""
        numbers, text = chosen.chosen(), chosen.cleaned_data.get("text") or ""
        changes = entries(numbers)
        refused = refusals(changes, text)
        missing = set(numbers) - {change.sequence for change in changes}
        others = [
            change.sequence
            for change in entries_holding(text).changes
            if change.sequence not in numbers
        ]
        retracted = retracted_among(changes)
        context = {
            "form": form,
            "text": text,
            "numbers": numbers,
            "rows": [
                {
                    "told": tell(change),
                    "fields": _all_fields(change),
                    "refused": refused.get(change.sequence),
                }
                for change in changes
            ],
            "missing": sorted(missing),
            "others": sorted(others),
            "able": not refused and not missing,
            "retracted": [
                {"label": label_of(record), "name": str(record), "words": words_of(record)}
                for record in retracted
            ],
            "shown": SHOWN,
        }
        return self._page(request, "redact.html", "Redact: look at what goes", context)

    def _page(
        self, request: HttpRequest, template: str, title: str, context: dict[str, Any]
    ) -> TemplateResponse:
        request.current_app = self.admin_site.name
        shared = {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": None,
            "opts": self.opts,
            "media": self.media,
        }
        return TemplateResponse(request, f"admin/tracker/change/{template}", shared | context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """With the way to its redaction, for those who may."""
        context = {"may_redact": request.user.has_perm(REDACT), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """With the way to redaction, for those who may."""
        context = {"may_redact": request.user.has_perm(REDACT), **(extra_context or {})}
        return super().changelist_view(request, context)


def _all_fields(change: Change) -> list[tuple[str, Any, Any]]:
    """Every field that holds something in the entry's body, before and after, alike or not."""
    body = body_of(change)
    before, after = _flat(body.get("before")), _flat(body.get("after"))
    return [(name, before.get(name), after.get(name)) for name in sorted({*before, *after})]


def _flat(plain: Plain | None) -> dict[str, Any]:
    rows = changed_fields({}, plain or {})
    return {name: value for name, _, value in rows if value not in ("", [], {})}
