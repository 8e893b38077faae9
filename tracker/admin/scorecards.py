"""A study's scorecard sheet on its way into drafts: asked for, looked at, and then made."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.widgets import AdminDateWidget, AdminRadioSelect, AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode

from tracker.admin.fields import WIDE_CHOICE, OneOfMany
from tracker.admin.forms import refused_by_database
from tracker.commitments.enums import Basis
from tracker.commitments.models import Pledge
from tracker.interchange.scorecards import Study, bring_in, look
from tracker.interchange.scorecards_looked import Looked
from tracker.interchange.sheets import Sheet, SheetError, TooLarge, decode, parse
from tracker.labs.models import Lab
from tracker.records.models import Record, State
from tracker.sources.models import Source

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

# A request is answered within seconds; what takes longer is the command's.
BYTES = 1_000_000  # of a sheet: a form may be 2.5 MB in all
CELLS = 10_000  # rows times labs
JUDGEMENTS = 1_000  # clauses times labs
COMMAND = "The command “manage.py import_scorecard” takes more."
SHOWN = 50  # problems of one sheet
NEEDED = tuple(f"tracker.add_{noun}" for noun in ("pledge", "commitment", "outcome", "assessment"))
PASTED = "The sheet"  # what its problems call a text that came from no file
CHANGE, IMPORT = "_change", "_import"  # the buttons below the preview

LABELS: Mapping[str, str] = {
    "title": "The study’s title",
    "pledge": "Slug",
    "as_of": "As of",
    "source": "The study’s source",
    "create_labs": "Make the labs that are not on record",
}
CALLED = {name: f"“{label}”" for name, label in LABELS.items()}  # within a sentence
FIELDSETS = (
    ("The study", {"fields": ("title", "pledge", "as_of", "source", "basis")}),
    ("Its table", {"fields": ("sheet", "file", "create_labs", "named")}),
)
PREPOPULATED = [
    {
        "id": "#id_pledge",
        "name": "pledge",
        "dependency_ids": ["#id_title"],
        "dependency_list": ["title"],
        "maxLength": Pledge._meta.get_field("slug").max_length,
        "allowUnicode": False,
    }
]


class ScorecardForm(forms.Form):
    """What `import_scorecard` asks for, and the sheet itself, pasted or from a file.

    A browser forgets a file; its text is put where it could have been pasted, so that it survives a
    refusal and is what the preview hands on. `looked` is what a valid form would make.
    """

    title = forms.CharField()
    pledge = forms.CharField()
    as_of = forms.DateField(
        label=LABELS["as_of"],
        widget=AdminDateWidget,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Write the day as 2027-07-05."},
        help_text="The day on which the study’s values held, like 2027-07-05. The judgements take "
        "effect from it.",
    )
    source = forms.ModelChoiceField(
        Source.objects.exclude(state=State.RETRACTED),
        label=LABELS["source"],
        required=False,
        help_text="Leave it empty, and a tertiary source is made with the study’s title and slug.",
    )
    basis = forms.ChoiceField(
        label="What it measures",
        choices=(
            (Basis.MEASURED.value, "what the study asks, whether or not anyone promised it"),
            (Basis.PROMISED.value, "what the labs have promised"),
        ),
        initial=Basis.MEASURED.value,
        widget=AdminRadioSelect(attrs={"class": "radiolist"}),
        help_text="Readers see percentages. Only what was promised is ever called kept or broken, "
        "and only that counts in a lab’s own score.",
    )
    sheet = forms.CharField(
        label="The cells",
        required=False,
        strip=False,  # a blank last cell is a value
        widget=AdminTextareaWidget(attrs={"rows": 14, "spellcheck": "false", "wrap": "off"}),
        help_text="Copy them in your spreadsheet, header and all, and paste them here; or write "
        f"CSV. At most {CELLS:,} cells and {JUDGEMENTS:,} judgements (clauses times labs). "
        f"{COMMAND}",
    )
    file = forms.FileField(
        label="Or a file",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        help_text=f"CSV in UTF-8, at most {BYTES:,} bytes.",
    )
    create_labs = forms.BooleanField(
        label=LABELS["create_labs"],
        required=False,
        help_text="As drafts, each under the name that the sheet gives it.",
    )
    named = forms.CharField(required=False, widget=forms.HiddenInput)

    parsed: Sheet
    study: Study
    looked: Looked

    def __init__(self, desk: Base, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, column in (("title", "title"), ("pledge", "slug")):
            model_field: Any = Pledge._meta.get_field(column)
            field = model_field.formfield()
            field.label = LABELS[name]
            field.widget.attrs.pop("maxlength", None)  # it would cut without a word
            self.fields[name] = field
        self.fields["title"].widget.attrs["class"] = "vLargeTextField"
        self.fields["title"].help_text = "Example: Example Study of Labs, 2027"
        self.fields[
            "pledge"
        ].help_text = (
            "The pledge’s address, and the beginning of every commitment’s. It never changes."
        )
        source: Any = self.fields["source"]
        source.widget = OneOfMany(
            Pledge._meta.get_field("source"), desk.admin_site, attrs=WIDE_CHOICE
        )
        source.widget.choices = source.choices
        if not user.has_perm("tracker.add_source"):
            source.required, source.help_text = True, ""
        if not user.has_perm("tracker.add_lab"):
            del self.fields["create_labs"]

    def clean(self) -> dict[str, Any]:
        """Read the sheet and look at what would come of it; every problem at its field."""
        cleaned = super().clean() or self.cleaned_data
        try:
            text = self._text(cleaned)
            if text is not None:
                self.parsed = _parsed(cleaned.get("named") or PASTED, text)
        except SheetError as error:
            self.refuse(error)
        if not self.errors:
            source = cleaned.get("source")
            self.study = Study(
                pledge=cleaned["pledge"],
                title=cleaned["title"],
                as_of=cleaned["as_of"],
                source=source.slug if source else "",
                promised=cleaned["basis"] == Basis.PROMISED,
                create_labs=cleaned.get("create_labs", False),
                called=CALLED,
            )
            try:
                self.looked = look(self.parsed, self.study)
            except SheetError as error:
                self.refuse(error)
        return cleaned

    def refuse(self, error: SheetError) -> None:
        """Say what is wrong where it can be put right: at its field, or else at the cells."""
        fields = {f"{label}: ": name for name, label in CALLED.items()}
        rest = []
        for line in error.lines:
            label = next((label for label in fields if line.startswith(label)), None)
            if label:
                self.add_error(fields[label], line.removeprefix(label))
            else:
                rest.append(line)
        if len(rest) > SHOWN:
            rest[SHOWN:] = [f"… and {len(rest) - SHOWN:,} more of the kind."]
        for line in rest:
            self.add_error("sheet", line)

    def _text(self, cleaned: dict[str, Any]) -> str | None:
        """The sheet, from wherever it came; None where that has been refused already."""
        file, pasted = cleaned.get("file"), cleaned.get("sheet", "")
        if "file" in self.errors or "sheet" in self.errors:
            return None
        if file and pasted.strip() and not cleaned.get("named"):
            self.add_error("file", "Paste the cells or choose a file, not both.")
            return None
        if not file and not pasted.strip():
            self.add_error("sheet", "Paste the cells, or choose a file.")
            return None
        if file and file.size > BYTES:
            self.add_error("file", f"{file.name} is larger than {BYTES:,} bytes. {COMMAND}")
            return None
        text = decode(file.name, file.read()) if file else pasted
        if len(text.encode()) > BYTES:
            self.add_error("sheet", f"It is larger than {BYTES:,} bytes. {COMMAND}")
            return None
        text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff\n ")
        self._keep("sheet", text)
        if file:
            cleaned["named"] = file.name
            self._keep("named", file.name)
        return text

    def _keep(self, name: str, text: str) -> None:
        """Show it when the form is shown again."""
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        data[name] = text
        self.data = data


def _parsed(name: str, text: str) -> Sheet:
    try:
        sheet = parse(name, text, CELLS)
        if len(sheet.labs) * len(sheet.clauses) > JUDGEMENTS:
            raise TooLarge(f"{name}: more than {JUDGEMENTS:,} judgements (clauses times labs).")
    except TooLarge as error:
        raise SheetError([f"{error} {COMMAND}"]) from None
    return sheet


class ScorecardsOfThePledge(Base):
    """A button above the list of pledges, and the page behind it."""

    change_list_template = "admin/tracker/pledge/change_list.html"

    def get_urls(self) -> Any:
        """And the page of an import."""
        view = self.admin_site.admin_view(self.scorecard_view)
        own = path("import-scorecard/", view, name="tracker_pledge_import_scorecard")
        return [own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """With the button, for those who may make all that an import makes."""
        offered = request.user.has_perms(NEEDED) and IS_POPUP_VAR not in request.GET
        context = {"imports_scorecards": offered, **(extra_context or {})}
        return super().changelist_view(request, context)

    def scorecard_view(self, request: HttpRequest) -> HttpResponse:
        """Ask; show what would come of it; make it. Only the last button writes."""
        if not request.user.has_perms(NEEDED):
            raise PermissionDenied
        posted = request.method == "POST"
        data = (request.POST, request.FILES) if posted else ()
        form = ScorecardForm(self, request.user, *data)
        if posted and form.is_valid() and CHANGE not in request.POST:
            if IMPORT not in request.POST:
                return _show(self, request, form)
            if answer := _make(self, request, form):
                return answer
        return _ask(self, request, form)


def _ask(desk: Base, request: HttpRequest, form: ScorecardForm) -> TemplateResponse:
    fieldsets = [
        (name, {"fields": [each for each in options["fields"] if each in form.fields]})
        for name, options in FIELDSETS
    ]
    fields = AdminForm(form, fieldsets, {}, model_admin=desk)  # type: ignore[arg-type]  # a plain form serves
    prepopulated = [] if form["pledge"].value() else PREPOPULATED
    return _page(
        desk,
        request,
        "admin/tracker/pledge/import_scorecard.html",
        "Import a scorecard",
        form,
        fields=fields,
        wrong=[each for each in form if each.errors],
        prepopulated_fields_json=json.dumps(prepopulated),
    )


def _show(desk: Base, request: HttpRequest, form: ScorecardForm) -> TemplateResponse:
    return _page(
        desk,
        request,
        "admin/tracker/pledge/preview_scorecard.html",
        "What this scorecard would make",
        form,
        looked=form.looked,
        study=form.study,
        source=form.cleaned_data["source"],
        counts=[_counted(model, n) for model, n in form.looked.counts.items() if n],
        width=len(form.looked.labs) + (3 if form.looked.weighted else 2),
        hidden=[each.as_hidden() for each in form if each.name != "file"],
    )


def _make(desk: Base, request: HttpRequest, form: ScorecardForm) -> HttpResponse | None:
    """All of it in one transaction, and back to the pledge; or say in the form why not."""
    try:
        with transaction.atomic():
            made = bring_in(form.parsed, form.study)
            LogEntry.objects.log_actions(
                request.user.pk,  # type: ignore[arg-type]  # signed in, or not here
                [record for records in made.values() for record in records],
                ADDITION,
                f"Imported from the scorecard “{form.study.title}”.",
            )
    except SheetError as error:
        form.refuse(error)
        return None
    except OperationalError as error:  # a lock that somebody held too long
        form.add_error(None, refused_by_database(error))
        return None
    desk.message_user(request, _said(made, form.study), messages.SUCCESS)
    (pledge,) = made[Pledge]
    return HttpResponseRedirect(reverse("admin:tracker_pledge_change", args=[pledge.pk]))


def _page(
    desk: Base, request: HttpRequest, template: str, title: str, form: ScorecardForm, **more: Any
) -> TemplateResponse:
    context = {
        **desk.admin_site.each_context(request),
        "title": title,
        "subtitle": None,
        "opts": desk.opts,
        "form": form,
        "media": desk.media + form.media,
        "back": reverse("admin:tracker_pledge_changelist"),
        **more,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, template, context)


def _counted(model: type[Record], count: int) -> str:
    meta = model._meta
    return f"{count} {meta.verbose_name if count == 1 else meta.verbose_name_plural}"


def _said(made: Mapping[type[Record], Sequence[Record]], study: Study) -> str:
    """What was made, each noun a link to its drafts, and how readers come to see it."""
    links = []
    for model, records in made.items():
        if model is Pledge:
            links.append(
                (reverse("admin:tracker_pledge_change", args=[records[0].pk]), "the pledge")
            )
        elif records:
            query = {"state__exact": State.DRAFT.value}
            if model is not Lab:
                query["q"] = study.pledge
            address = reverse(f"admin:tracker_{model._meta.model_name}_changelist")
            links.append((f"{address}?{urlencode(query)}", _counted(model, len(records))))
    return format_html(
        "Made as drafts: {}. Readers see none of it until it is published, in this order; "
        "assessments are submitted by one person and approved by another.",
        format_html_join(", ", '<a href="{}">{}</a>', links),
    )
