"""What the admin of every noun shares: a save that goes through `curation`, whole or not at all."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import BadRequest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from tracker.admin.bulk import TogetherOfTheRecord
from tracker.admin.desk import ListsOfTheDesk
from tracker.admin.fields import FieldsOfTheRecord
from tracker.admin.forms import (
    COLLISION,
    RecordForm,
    logged,
    refused_by_database,
    row_message,
    sentence_of,
    worded,
)
from tracker.admin.history import HistoryOfTheRecord
from tracker.admin.merging import shown_by
from tracker.admin.preview import PreviewOfTheRecord
from tracker.admin.stale import MergesOfTheRecord
from tracker.admin.steps import StepsOfTheRecord
from tracker.admin.tables import TablesOfTheRecord
from tracker.changes.log import give_back_connection
from tracker.curation.editing import Actor, Refused, Stale, begin, discard, finish
from tracker.curation.roles import PUBLISH
from tracker.records.fields import UNPRINTABLE_IN_LINE
from tracker.records.models import State
from tracker.records.plain import Problem, part_model

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

SEARCH_LENGTH = 200  # characters; each word is a condition, and a database takes only so many
CHANGED_SINCE = (
    "Somebody else changed this since you were asked whether to delete it, so it was not deleted. "
    "Look at it as it is now."
)
STANDING = {
    State.DRAFT: "Draft: readers do not see it.",
    State.IN_REVIEW: "In review: it changes only after it is sent back. Readers do not see it.",
    State.PUBLISHED: "Published: every change is public at once, and says why.",
    State.RETRACTED: "Retracted: it stays as it was, and only its history is public.",
}

CORRECTED_BY_OTHERS = (
    "Published: here to be read. A reviewer corrects it, in public and with a reason; tell one "
    "what is wrong."
)


def only_of_the_list(admin_class: Any, lookup: str, request: HttpRequest) -> bool:
    """True for the parameters of the list's own filters.

    Django lets any staff member filter by any column, `archived_text__regex` included, which would
    read what is private and run a stranger's pattern in the server.
    """
    allowed: set[str] = set()
    for item in admin_class.get_list_filter(request):
        if isinstance(item, type) and issubclass(item, admin.SimpleListFilter):
            allowed.add(str(item.parameter_name))
        else:
            path = item[0] if isinstance(item, tuple | list) else item
            allowed |= {f"{path}{end}" for end in ("__exact", "__id__exact", "__isnull")}
    return lookup in allowed


def unprintable(request: HttpRequest) -> bool:
    """True where the address holds a control character, which PostgreSQL answers with an error."""
    return any(
        UNPRINTABLE_IN_LINE.search(text)
        for name, values in request.GET.lists()
        for text in (name, *values)
    )


class StrictLists(Base):
    """Change lists that ask only what they offer, and survive every address."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """By its id where the address names no field; Django takes an empty name for one."""
        return super().get_object(request, object_id, from_field or None)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what `list_filter` names."""
        return only_of_the_list(self, lookup, request)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Django's own answer to parameters it cannot use: the list, with a note."""
        if unprintable(request):
            return HttpResponseRedirect(f"{request.path}?e=1")
        return super().changelist_view(request, extra_context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search, for the list and for references completed while typing."""
        term = UNPRINTABLE_IN_LINE.sub(" ", search_term[:SEARCH_LENGTH])
        return super().get_search_results(request, queryset, term)


class RecordAdmin(
    StepsOfTheRecord,
    HistoryOfTheRecord,
    PreviewOfTheRecord,
    TogetherOfTheRecord,
    MergesOfTheRecord,
    TablesOfTheRecord,
    FieldsOfTheRecord,
    ListsOfTheDesk,
    StrictLists,
):
    """One noun. A save is one transaction: `begin`, record and parts, `finish` with the Change.

    Where `curation` refuses, all is rolled back and the same words are shown again with the reason.
    """

    form = RecordForm
    show_facets = admin.ShowFacets.ALWAYS
    add_once: ClassVar[tuple[str, ...]] = ("slug",)  # read-only afterwards
    computed: ClassVar[tuple[str, ...]] = ()  # read-only, shown once the record exists
    deferred: ClassVar[tuple[str, ...]] = ()  # columns too heavy for a list
    published_can_change: ClassVar[bool] = True
    before_first_save: ClassVar[str] = ""  # a hint on the form of a new record

    @property
    def media(self) -> Media:
        """With the desk's own style, and the question before an edited form is left."""
        return super().media + Media(css={"all": ("desk.css",)}, js=("desk.js",))

    # --- what is shown ---------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The records, without their heavy columns, which a form loads when it shows them."""
        return super().get_queryset(request).defer(*self.deferred)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The reason first where one is needed, where the record stands last."""
        fieldsets = list(self.fieldsets or ())
        if obj is None:
            return fieldsets
        if obj.state == State.PUBLISHED and self.has_change_permission(request, obj):
            fieldsets.insert(0, ("Why it changes", {"fields": ("reason",)}))
        computed = ("state", "version", *self.computed)
        return [*fieldsets, ("Where it stands", {"fields": computed})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is computed; and what never changes, once it is there."""
        fixed = self.add_once if obj else ()
        return (
            *super().get_readonly_fields(request, obj),
            *fixed,
            "state",
            "version",
            *self.computed,
        )

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The slug follows the title until the record is first saved."""
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def view_on_site(self, obj: Any) -> str | None:
        """The public page, where there is one."""
        return obj.get_absolute_url() if obj.state == State.PUBLISHED else None

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Add the record's standing and the steps it can take."""
        obj = kwargs.get("obj")
        context["standing"] = STANDING[State(obj.state)] if obj else self.before_first_save
        published = obj is not None and obj.state == State.PUBLISHED
        if published and self.published_can_change and not request.user.has_perm(PUBLISH):
            context["standing"] = CORRECTED_BY_OTHERS
        context["steps"] = self.steps_offered(request, obj)
        context["preview_url"] = self.preview_url(obj)
        context["merging"] = getattr(request, "merging", None)
        form = context["adminform"].form
        if not form.is_bound and "seen_words" in form.fields:
            formsets = [each.formset for each in context["inline_admin_formsets"]]
            form.initial["seen_words"] = shown_by(form, formsets).sealed()
        return super().render_change_form(request, context, *args, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address fills in, if it can be written at all."""
        return {} if unprintable(request) else super().get_changeform_initial_data(request)

    # --- who may ---------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Drafts: Curators. What is published: Reviewers. In review, retracted: nobody."""
        if not super().has_change_permission(request, obj):
            return False
        if obj is None or obj.state == State.DRAFT:
            return True
        return (
            self.published_can_change
            and obj.state == State.PUBLISHED
            and request.user.has_perm(PUBLISH)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a draft, which was never public, is deleted; the rest is retracted."""
        if obj is not None and obj.state != State.DRAFT:
            return False
        return super().has_delete_permission(request, obj)

    # --- saving ----------------------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """Save, or show the form as it was typed with what was wrong; never a part of it."""
        arguments = (request, object_id, form_url, extra_context)
        if answer := self.too_late(request, object_id):
            return answer
        self.bring_forward(request, object_id)
        try:
            return super().changeform_view(*arguments)
        except Refused as error:
            refused = error
        except (IntegrityError, DataError) as error:
            refused = Refused(sentence_of(error, self.model))
        except (OperationalError, InterfaceError) as error:
            # somebody held it too long, or the database went away
            refused = Refused(refused_by_database(error))
            give_back_connection()  # which may be broken; without another, this is the last word
        except OverflowError:  # SQLite's driver, for a number beyond 64 bits
            refused = Refused(COLLISION)
        # All is rolled back. Once more with the same words: this time the form knows what is wrong
        # with them, so it is not valid and nothing is saved.
        _refusals(request)[:] = [worded(each, refused) for each in refused.problems]
        self.bring_forward(request, object_id)  # it may have become stale just now
        try:
            return super().changeform_view(*arguments)
        except (DataError, OverflowError):
            raise BadRequest("A value is out of range.") from None

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form's class, made for this request alone, so that it can carry the refusals."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        inlines: Any = self.get_inlines(request, obj)
        named = {name for inline in inlines for name in inline.names()}
        form.refused = [each for each in _refusals(request) if not named & {*each.path[:1]}]
        return form

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        """Refusals that concern these parts, and what else the inline gives its rows."""
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        kwargs["refused"] = [
            row_message(each) for each in _refusals(request) if {*each.path[:1]} & inline.names()
        ]
        kwargs.update(inline.formset_kwargs(request, obj))
        return kwargs

    def get_inline_formsets(
        self, request: HttpRequest, formsets: Any, inline_instances: Any, obj: Any = None
    ) -> Any:
        """Every typed row is shown again, also one whose row is gone."""
        for formset in formsets:
            if formset.is_bound:
                formset.keep_typed_rows()
        return super().get_inline_formsets(request, formsets, inline_instances, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Lock the record at the version that was seen, then write it."""
        form.edit = begin(
            obj,
            by=Actor.of(request.user),
            reason=form.cleaned_data.get("reason", ""),
            version=form.cleaned_data["seen_version"] if change else None,
        )
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write lists and parts; with all of it in place, check it and append the Change."""
        super().save_related(request, form, formsets, change)
        form.changes = finish(form.edit, form.instance)
        if form.edit.published:
            self.message_user(request, logged(form.changes), messages.INFO)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Its parts go with a record; they are never deleted on their own."""
        tree, counts, forbidden, protected = super().get_deleted_objects(objs, request)
        parts = {part_model(self.model, part)._meta.verbose_name for part in self.model.parts}
        return tree, counts, forbidden - parts, protected

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete a draft as it was when its page asked; what changed since then stays."""
        if request.POST.get("seen_version") != str(obj.version):
            raise Refused(CHANGED_SINCE)
        try:
            discard(obj, version=obj.version)
        except Stale:
            raise Refused(CHANGED_SINCE) from None

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """As Django's, with the record's own refusal said aloud."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return HttpResponseRedirect("../change/")


def _refusals(request: HttpRequest) -> list[Problem]:
    """The problems that this request has run into so far."""
    problems: list[Problem] = request.__dict__.setdefault("refusals", [])
    return problems
