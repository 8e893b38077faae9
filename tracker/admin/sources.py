"""Sources with their texts and links, and quotations with what their sources print."""

from collections import Counter
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import slugify

from tracker.admin.assessing import free_slug
from tracker.admin.base import RecordAdmin
from tracker.admin.fields import titled
from tracker.admin.forms import RecordForm
from tracker.records.fields import ProseField
from tracker.sources.checking import Check, check_quote, sha256_text, verify_selector
from tracker.sources.extraction import MAX_FILE, MAX_TEXT, printable, text_of
from tracker.sources.models import LinkStatus, Quotation, Source

EDITABLE_BYTES = 1_000_000
"""A longer text is replaced by a file, not edited: a form may be 6 MB in all."""
NAMED = 5  # quotations that a message names
CHECKING = "_check"  # the button that checks the words without saving
CHECKED_FIELDS = ("source", "exact")
WORDS_IN_SLUG = 50  # characters
UNLIKE = (Check.ALTERED, Check.NOT_FOUND)
CHECKED = {
    Check.VERIFIED: "Checked: its source prints these words.",
    Check.ALTERED: "Altered: its source prints other words. Readers will be told so.",
    Check.NOT_FOUND: "Not found: its source does not print these words. Readers will be told so.",
    Check.UNCHECKED: "Unchecked: nothing has compared these words with its source yet. Readers "
    "will be told so.",
}


class OwnLines(AdminTextareaWidget):
    """Browsers send each line end as two characters; positions in a text count one."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was typed, with the line ends that are kept."""
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


class SourceForm(RecordForm):
    """A source, with a file whose text becomes the archived text."""

    text_file = forms.FileField(
        required=False,
        label="Or upload it",
        help_text=f"A .txt (UTF-8), .html or .pdf file of at most {MAX_FILE // 1_000_000} MB. Its "
        "text replaces the archived text, its SHA-256 is kept; the file itself is not.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if text := self.fields.get("archived_text"):
            assert isinstance(text, forms.CharField)
            text.strip = False  # every character counts in the positions of quotations

    def clean_archived_text(self) -> str:
        """As pasted, without what nobody can see."""
        text = printable(self.cleaned_data["archived_text"])
        if len(text) > MAX_TEXT:
            raise forms.ValidationError(f"It holds more than {MAX_TEXT:,} characters.")
        return text

    def clean(self) -> dict[str, Any]:
        """Take the text out of the file."""
        cleaned = super().clean()
        if cleaned.get("text_file"):
            try:
                self._read(cleaned)
            except ValueError as error:
                self.add_error("text_file", str(error))
        return cleaned

    def _read(self, cleaned: dict[str, Any]) -> None:
        file = cleaned["text_file"]
        if file.size > MAX_FILE:
            raise ValueError(f"{file.name} is larger than {MAX_FILE // 1_000_000} MB.")
        if "archived_text" in self.changed_data and cleaned.get("archived_text"):
            raise ValueError("Paste the text or upload a file, not both.")
        file.seek(0)  # a form that was refused is read twice
        data = file.read()
        text, digest = text_of(file.name, data), sha256_text(data)
        if "sha256" in self.changed_data and cleaned.get("sha256") not in ("", digest):
            raise ValueError(f"The SHA-256 of {file.name} is {digest}, not the one given.")
        cleaned["sha256"] = digest
        if "archived_text" in self.fields:
            cleaned["archived_text"] = text
            # A browser forgets the file where the form is shown again; its text stays.
            assert isinstance(self.data, QueryDict)
            typed = self.data.copy()
            typed["archived_text"], typed["sha256"] = text, digest
            self.data = typed
        else:
            self.instance.archived_text = text


@admin.register(Source)
class SourceAdmin(RecordAdmin):
    """Documents. Their full text is for the desk alone: on no list, in no search."""

    list_display = ("title", "publisher", "published_on", "tier", titled("read_via"), "state")
    form = SourceForm
    list_filter = ("state", "tier", "link_status", ("lab", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("read_via",)
    search_fields = ("title", "slug", "authors", "publisher", "url")
    autocomplete_fields = ("lab", "read_via", "origins")
    prepopulated_fields = {"slug": ("title",)}
    deferred = ("archived_text", "read_via__archived_text")
    computed = ("counts_as", "text_fingerprint", "link")
    formfield_overrides = {
        **RecordAdmin.formfield_overrides,
        models.TextField: {"widget": OwnLines(attrs={"rows": 16})},
        ProseField: {"widget": OwnLines(attrs={"rows": 3})},
    }
    fieldsets = (
        (None, {"fields": ("title", "slug", "medium", "authors", "publisher")}),
        (
            "How near it stands",
            {
                "fields": ("tier", "lab", "read_via", "origins"),
                "description": "A source known only through another counts for no more than that "
                "one. Sources that repeat one origin count once.",
            },
        ),
        (
            "When",
            {
                "fields": ("published_on", "inferred_on", "inferred_note"),
                "description": "What the source claims and what we infer stay apart.",
            },
        ),
        ("Where", {"fields": ("url", "subject_url")}),
        (
            "The text",
            {
                "fields": ("archived_text", "text_file", "sha256"),
                "description": "Quotations are checked against it. Readers never see it whole.",
            },
        ),
        ("Notes", {"fields": ("note",)}),
    )

    @admin.display(description="Counts as")
    def counts_as(self, source: Source) -> str:
        """The tier after what it is read through has capped it."""
        return str(source.effective_tier.value).replace("_", " ")

    @admin.display(description="The archived text")
    def text_fingerprint(self, source: Source) -> str:
        """Its length and SHA-256; they differ from the file's where the text was extracted."""
        text = source.archived_text
        return f"{len(text):,} characters, SHA-256 {sha256_text(text.encode())}" if text else "–"

    @admin.display(description="The link")
    def link(self, source: Source) -> str:
        """What its address answered when `check_links` asked."""
        if source.link_checked_at is None:
            return "unchecked"
        return f"{source.link_status} on {source.link_checked_at:%Y-%m-%d}. {source.link_note}"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """No file field for who may not save; no text too long for a form to carry."""
        left_out = set()
        if obj and not self.has_change_permission(request, obj):
            left_out.add("text_file")
        if obj and len(obj.archived_text.encode()) > EDITABLE_BYTES:
            left_out.add("archived_text")
        return [
            (name, {**options, "fields": [f for f in options["fields"] if f not in left_out]})
            for name, options in super().get_fieldsets(request, obj)
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """An earlier look at another address says nothing of a new one."""
        if change and "url" in form.changed_data:
            obj.link_status, obj.link_checked_at = LinkStatus.UNCHECKED, None
            obj.link_note = ""
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Say what its new text makes of its quotations, which `curation` has just checked."""
        super().save_related(request, form, formsets, change)
        if change and {"archived_text", "text_file"} & set(form.changed_data):
            self._tell_checks(request, form.instance)

    def _tell_checks(self, request: HttpRequest, source: Source) -> None:
        quotations = list(source.quotations.all())
        if not quotations:
            return
        count = Counter(each.check_status for each in quotations)
        found = ", ".join(f"{count[check]} {check.replace('_', ' ')}" for check in Check)
        bad = [each for each in quotations if each.check_status != Check.VERIFIED]
        links = format_html_join(
            ", ",
            '<a href="{}">{}</a>',
            (
                (reverse("admin:tracker_quotation_change", args=[each.pk]), f"“{each}”")
                for each in bad[:NAMED]
            ),
        )
        more = f" and {len(bad) - NAMED} more" if len(bad) > NAMED else ""
        said = f"Its {len(quotations)} quotations were checked against the text: {found}."
        look = format_html(" Look at {}{}.", links, more) if bad else ""
        level = messages.WARNING if bad else messages.INFO
        self.message_user(request, format_html("{}{}", said, look), level)


class QuotationForm(RecordForm):
    """A quotation, whose words are found anew where they or their source were changed.

    The class is made for one request; `checking` is set where its words are checked, not saved.
    """

    checking: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if slug := self.fields.get("slug"):
            slug.required = False
            slug.help_text = "Leave it empty: the source's and its first words. It never changes."

    def clean(self) -> dict[str, Any]:
        """Drop the place of the words that stood here before; `curation` finds the new ones."""
        cleaned = super().clean()
        self._name(cleaned)
        source = cleaned.get("source")
        if self.instance.pk and source and source.archived_text:
            changed = set(self.changed_data)
            if changed & {*CHECKED_FIELDS}:
                stale = {"start": None, "prefix": "", "suffix": ""}
                cleaned |= {name: value for name, value in stale.items() if name not in changed}
        return cleaned

    def _name(self, cleaned: dict[str, Any]) -> None:
        source, words = cleaned.get("source"), cleaned.get("exact")
        if "slug" in self.fields and not cleaned.get("slug") and source and words:
            first = slugify(words.replace("_", " "))
            if len(first) > WORDS_IN_SLUG:
                first = first[:WORDS_IN_SLUG].rpartition("-")[0] or first[:WORDS_IN_SLUG]
            # room for a number where the name is taken
            named = [source.slug[:60].rstrip("-"), first]
            cleaned["slug"] = free_slug(Quotation, "-".join(filter(None, named)))

    def is_valid(self) -> bool:
        """Never, while the words are only checked: then nothing is saved, or complained about."""
        valid = super().is_valid()
        if not self.checking:
            return valid
        for name in set(self.errors) - {*CHECKED_FIELDS}:
            del self.errors[name]
        if "exact" in self.errors:  # show nothing of the words that were there before
            self.instance.exact = ""
        if "source" in self.errors:
            self.instance.source_id = None
        return False


@admin.register(Quotation)
class QuotationAdmin(RecordAdmin):
    """Words that a source prints."""

    form = QuotationForm
    readonly_fields = ("printed",)
    formfield_overrides = {
        **RecordAdmin.formfield_overrides,
        ProseField: {"widget": OwnLines(attrs={"rows": 3})},
    }
    list_display = ("__str__", "said_by", titled("source"), "check_status", "state")
    list_filter = ("state", "check_status", ("speaker_lab", admin.RelatedOnlyFieldListFilter))
    search_fields = ("exact", "slug", "speaker__name", "speaker_lab__name", "source__title")
    autocomplete_fields = ("source", "speaker", "speaker_lab", "said_in")
    deferred = ("source__archived_text",)
    computed = ("check_status",)
    fieldsets = (
        (
            None,
            {
                "fields": ("source", "exact", "printed", "slug"),
                "description": "The words exactly as printed: an ellipsis only where the source "
                "has one, or where words are left out.",
            },
        ),
        (
            "Where they stand",
            {
                "fields": ("prefix", "suffix", "start"),
                "description": "What is printed around them finds them again among repetitions. "
                "Leave all three empty: saving fills them in from the archived text.",
            },
        ),
        (
            "Who said them",
            {
                "fields": ("speaker", "speaker_lab", "speaker_note", "said_in", "said_on"),
                "description": "As the source has it: that it prints the words is checked, that "
                "they were said is not.",
            },
        ),
        ("Notes", {"fields": ("note",)}),
    )

    @property
    def media(self) -> forms.Media:
        """With a style for the words that differ."""
        return super().media + forms.Media(css={"all": ("desk.css",)})

    @admin.display(description="said by", ordering="speaker__name")
    def said_by(self, quotation: Quotation) -> str:
        """A person, a lab, or whoever the source means."""
        return str(quotation.speaker or quotation.speaker_lab or quotation.speaker_note)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what lists name beside the words."""
        return super().get_queryset(request).select_related("source", "speaker", "speaker_lab")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form's class, told whether the words are only to be checked."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.checking = CHECKING in request.POST
        return form

    @admin.display(description="What the source prints")
    def printed(self, quotation: Quotation) -> str:
        """The words on the form against the archived text, whether they are saved or not."""
        sentence, result = "", None
        if not quotation.source_id or not quotation.exact:
            sentence = "Choose the source and paste the words; “Check the words” looks them up."
        elif not (text := quotation.source.archived_text):
            sentence = "Unchecked: the source has no archived text yet."
        else:
            try:
                result = (
                    check_quote(text, quotation.exact)
                    if quotation.start is None
                    else verify_selector(
                        text,
                        quotation.exact,
                        quotation.prefix,
                        quotation.suffix,
                        quotation.start,
                    )
                )
            except ValueError as error:  # no words, or more text than is checked
                sentence = str(error)
        percent = round(100 * result.similarity) if result else None
        context = {"result": result, "percent": percent, "sentence": sentence}
        return render_to_string("admin/tracker/quotation/_printed.html", context)

    def remark(self, obj: Any) -> str:
        """What its check found, for whoever publishes it."""
        return CHECKED[Check(obj.check_status)]

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Warn of words that the source does not print, whichever button saved them."""
        self._warn(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Warn of words that the source does not print, whichever button saved them."""
        self._warn(request, obj)
        return super().response_change(request, obj)

    def _warn(self, request: HttpRequest, obj: Any) -> None:
        obj.refresh_from_db(fields=["check_status"])
        if obj.check_status not in UNLIKE or {"_publish", "_popup"} & set(request.POST):
            return  # the page that asks says it too; a popup shows nothing
        see = "see below what the source prints"
        if "_addanother" in request.POST:
            address = reverse("admin:tracker_quotation_change", args=[obj.pk])
            see = format_html('<a href="{}">see what the source prints</a>', address)
        said = format_html("Saved, but {}: {}.", obj.get_check_status_display(), see)
        self.message_user(request, said, messages.WARNING)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Back to words that the source does not print, else to the list."""
        return self._back_to_form(request, obj) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Back to words that the source does not print, else to the list."""
        return self._back_to_form(request, obj) or super().response_post_save_change(request, obj)

    def _back_to_form(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect | None:
        if obj.check_status not in UNLIKE:
            return None
        return HttpResponseRedirect(reverse("admin:tracker_quotation_change", args=[obj.pk]))
