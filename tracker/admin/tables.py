"""Tables in and out of the lists: django-import-export's pages, with `curation` as the writer.

The library gives the addresses, the two steps and the export of a filtered list. What a file holds
is read by `interchange`; what a row may change is for `curation` to say, in one transaction.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.signing import BadSignature
from django.db import DataError, IntegrityError, OperationalError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from import_export.admin import ExportMixin, ImportMixin
from import_export.forms import ExportForm, ImportForm

from tracker.admin.forms import ReasonField, logged, refused_by_database, sentence_of
from tracker.admin.tables_formats import FORMATS, TableResource, TableResult
from tracker.admin.tables_waiting import WAITS, WaitingFile, seal, unseal
from tracker.curation.editing import Actor, Refused
from tracker.curation.flat import TABULAR
from tracker.curation.roles import PUBLISH
from tracker.curation.tabling import CHANGED, NEW, UNCHANGED
from tracker.interchange.tables import FILE_SIZE, ROWS, TableError
from tracker.interchange.tables_columns import headings, is_workbook
from tracker.records.fields import UNPRINTABLE_IN_LINE
from tracker.records.models import Record

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

GONE = (
    "Nothing was imported: this preview is no longer good. It was answered already, or is older "
    f"than {WAITS // 60} minutes. Upload the table again."
)


# --- Forms ---------------------------------------------------------------------------------------


class UploadForm(ImportForm):
    """A table and, from those who may change what is public, the reason for it."""

    import_file = forms.FileField(
        label="Table",
        help_text=f"CSV (UTF-8) or XLSX, at most {FILE_SIZE // 1_000_000} MB and {ROWS:,} rows. "
        "Of a workbook the first sheet is read.",
    )
    reason = ReasonField(
        required=False,
        label="Reason for the changes",
        help_text="Needed where a row changes a published record; readers see it in the log.",
    )

    def __init__(self, *args: Any, may_publish: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["resource"], self.fields["format"]
        if not may_publish:
            del self.fields["reason"]

    @property
    def media(self) -> forms.Media:
        """None: the file itself says what it is."""
        return forms.Media()

    def clean_import_file(self) -> Any:
        """Refuse what is too large to be looked at."""
        file = self.cleaned_data["import_file"]
        if file.size > FILE_SIZE:
            raise ValidationError(
                f"{file.name} is larger than {FILE_SIZE // 1_000_000} MB, the most that is read."
            )
        file.seek(0)
        self.cleaned_data["format"] = str(int(is_workbook(file.read(4))))
        return file


class FormatForm(ExportForm):
    """Which kind of file."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [each for each in self.fields["format"].choices if each[0]]
        self.fields["format"] = forms.ChoiceField(
            label="Format", choices=choices, initial="0", widget=forms.RadioSelect
        )


class YesForm(forms.Form):
    """The sealed note of what was previewed."""

    sealed = forms.CharField(widget=forms.HiddenInput)


# --- The pages -----------------------------------------------------------------------------------


class TablesOfTheRecord(ImportMixin, ExportMixin, Base):
    """Adds `import/` and `export/` to the lists of the nouns that are tables."""

    ie_base_change_list_template = None
    import_template_name = "admin/tracker/import.html"
    export_template_name = "admin/tracker/export.html"
    import_form_class = UploadForm
    confirm_form_class = YesForm
    export_form_class = FormatForm
    import_formats = export_formats = FORMATS
    tmp_storage_class = WaitingFile

    def init_change_list_template(self) -> None:
        """Django's own list: the buttons are in `change_list_object_tools.html`."""

    def get_urls(self) -> Any:
        """Only where there is a table."""
        urls = super().get_urls()
        if self.model in TABULAR:
            return urls
        name = f"tracker_{self.model._meta.model_name}"
        own = {f"{name}_{page}" for page in ("import", "process_import", "export")}
        return [each for each in urls if each.name not in own]

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Those who may add and change this noun; each row is looked at again."""
        may = self.has_add_permission(request) and self.has_change_permission(request)
        return self.model in TABULAR and may

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Those who may look at the list."""
        return self.model in TABULAR and self.has_view_permission(request)

    def get_resource_classes(self, request: HttpRequest) -> list[Any]:
        """The table of this noun."""
        return [type(f"{self.model.__name__}Table", (TableResource,), {"model": self.model})]

    def get_resource_kwargs(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The table needs to know no more than its noun."""
        return {}

    # --- out -------------------------------------------------------------------------------------

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """The list as it is filtered, as a file; an address that asks nonsense gets it whole."""
        if UNPRINTABLE_IN_LINE.search(unquote(request.META.get("QUERY_STRING", ""))):
            return HttpResponseRedirect(request.path)
        try:
            answer: HttpResponse = super().export_action(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(request.path)
        return answer

    def get_export_filename(self, request: HttpRequest, queryset: Any, file_format: Any) -> str:
        """Example: sources-2027-07-05.csv"""
        plural = str(self.opts.verbose_name_plural)
        return f"{plural}-{timezone.now():%Y-%m-%d}.{file_format.get_extension()}"

    def get_valid_export_item_pks(self, request: HttpRequest) -> Iterable[int]:
        """None: what is exported is what the list shows."""
        return []

    def init_request_context_data(self, request: HttpRequest, form: Any) -> Any:
        """Say how many there are."""
        context = super().init_request_context_data(request, form)
        queryset: QuerySet[Any] = self.get_export_queryset(request)
        plural = self.opts.verbose_name_plural
        return context | {
            "title": f"Export {plural}",
            "count": queryset.count(),
            **self._about_table(),
        }

    # --- in --------------------------------------------------------------------------------------

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the page tells of the columns."""
        return self._about_table()

    def _about_table(self) -> dict[str, Any]:
        parts = [self.model._meta.get_field(part).related_model for part in self.model.parts]
        names = [str(part._meta.verbose_name_plural) for part in parts if part is not None]
        return {
            "headings": headings(self.model),
            "parts": names,
            "private": bool(self.model.private),
        }

    def get_import_form_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Whether a reason is asked for."""
        kwargs: dict[str, Any] = super().get_import_form_kwargs(request)
        return kwargs | {"may_publish": request.user.has_perm(PUBLISH)}

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Who imports, and why."""
        reason = kwargs["form"].cleaned_data.get("reason", "")
        return {"by": Actor.of(kwargs["request"].user), "reason": reason}

    def get_confirm_form_initial(self, request: HttpRequest, import_form: Any) -> dict[str, Any]:
        """The note that the yes brings back."""
        if import_form is None:
            return {}
        cleaned = import_form.cleaned_data
        note = {"file": cleaned["import_file"].tmp_storage_name}
        note |= {"reason": cleaned.get("reason", "")}
        return {"sealed": seal(note, noun=self.model.noun(), user=request.user)}

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """What is wrong with the file; any other error is ours."""
        if not isinstance(e, TableError):
            raise e
        form.add_error("import_file", e.lines)

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Ask for a table; then show what it would do, with nothing written."""
        waits, reason = False, request.POST.get("reason", "")
        try:
            answer: Any = super().import_action(request, **kwargs)
            answer.context_data["title"] = f"Import {self.opts.verbose_name_plural}"
            waits = "confirm_form" in answer.context_data
        except TableError as error:
            answer = self._import_again(request, reason, error.lines)
        except (IntegrityError, DataError, OperationalError) as error:
            answer = self._import_again(request, reason, [_collision(error, self.model)])
        finally:
            name = getattr(request.FILES.get("import_file"), "tmp_storage_name", None)
            if name and not waits:
                WaitingFile(name=name).remove()
        return answer  # type: ignore[no-any-return]

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The yes: everything is checked once more, and then written."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = self.create_confirm_form(request)
        try:
            sealed = form.cleaned_data["sealed"] if form.is_valid() else ""
            note = unseal(sealed, noun=self.model.noun(), user=request.user)
            waiting = WaitingFile(name=note["file"])
            dataset = FORMATS[0]().create_dataset(waiting.read())
        except (BadSignature, FileNotFoundError):
            self.message_user(request, GONE, messages.ERROR)
            return HttpResponseRedirect(self._table_page("import"))
        resource = self.get_resource_classes(request)[0]()
        try:
            with transaction.atomic():
                result = resource.import_data(
                    dataset, by=Actor.of(request.user), reason=note["reason"]
                )
                if not result.has_validation_errors():
                    self.generate_log_entries(result, request)
        except Refused as refused:  # by the log
            return self._import_again(request, note["reason"], [str(refused)])
        except (IntegrityError, DataError, OperationalError) as error:
            return self._import_again(request, note["reason"], [_collision(error, self.model)])
        waiting.remove()
        if result.has_validation_errors():
            return self._import_again(request, note["reason"], [], result)
        self._tell_import(request, result)
        return HttpResponseRedirect(self._table_page("changelist"))

    def _create_log_entry(
        self, user_pk: int, rows: list[Any], import_type: str, action_flag: int
    ) -> None:
        """The admin's own log, which every draft has."""
        LogEntry.objects.log_actions(user_pk, rows, action_flag, "Imported from a table.")

    def _tell_import(self, request: HttpRequest, result: TableResult) -> None:
        counts = result.counts
        drafts = "draft" if counts[NEW] == 1 else "drafts"
        said = f"Imported: {counts[NEW]:,} new {drafts}, {counts[CHANGED]:,} changed, "
        said += f"{counts[UNCHANGED]:,} as they were."
        more = format_html(" {}", logged(result.changes)) if result.changes else ""
        self.message_user(request, format_html("{}{}", said, more), messages.SUCCESS)

    def _table_page(self, page: str) -> str:
        return reverse(f"admin:tracker_{self.model._meta.model_name}_{page}")

    def _import_again(
        self,
        request: HttpRequest,
        reason: str,
        lines: list[str],
        result: TableResult | None = None,
    ) -> HttpResponse:
        """The page once more, with what was wrong and the reason that was typed."""
        form = UploadForm(
            FORMATS,
            self.get_resource_classes(request),
            may_publish=request.user.has_perm(PUBLISH),
            initial={"reason": reason},
        )
        context = {
            **self.admin_site.each_context(request),
            **self._about_table(),
            "title": f"Import {self.opts.verbose_name_plural}",
            "form": form,
            "opts": self.opts,
            "lines": lines,
            "result": result,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.import_template_name, context)


def _collision(error: Exception, model: type[Record]) -> str:
    if isinstance(error, IntegrityError):
        return sentence_of(error, model)
    return refused_by_database(error)
