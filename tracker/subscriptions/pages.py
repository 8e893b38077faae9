"""`/subscribe/`: asking to follow, and asking for a link. Nobody learns here whom we know."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict

from tracker.answers.pages import page
from tracker.answers.private import private
from tracker.changes.kinds import Kind
from tracker.commitments.enums import Category
from tracker.labs.models import Lab
from tracker.letters.addresses import LENGTH, AddressOfMail
from tracker.letters.networks import network_of
from tracker.reading.filtering import only
from tracker.reading.published import published
from tracker.subscriptions import opting
from tracker.subscriptions.models import Cadence
from tracker.subscriptions.scopes import COLUMNS, FLOORS, Scope, in_words, names_of, read_scope

TRAP = "homepage"  # a field that no reader sees, and that programs fill in
ENOUGH = "Your network has asked for enough letters for now. Please try again in an hour."


class PlainForm(forms.Form):
    """Says itself what is wrong, rather than leaving it to the browser."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


class AddressForm(PlainForm):
    """An address of e-mail."""

    email = AddressOfMail(
        label="Your e-mail address",
        max_length=LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "maxlength": LENGTH}),
    )


class RhythmForm(PlainForm):
    """How often, and what at least."""

    cadence = forms.ChoiceField(
        label="How often", choices=Cadence.choices, initial=Cadence.DAILY, widget=forms.RadioSelect
    )
    significance = forms.ChoiceField(
        label="What", choices=list(FLOORS.items()), widget=forms.RadioSelect
    )


class FollowForm(RhythmForm, AddressForm):
    """The whole of it."""

    field_order = ("email", "cadence", "significance")


@private
def subscribe(request: HttpRequest) -> HttpResponse:
    """The form, and what it would follow in words; a POST has one letter sent."""
    if request.method == "POST":
        return _asked(request)
    scope, floor = read_scope(request.GET)
    return _form(request, scope, FollowForm(initial={"significance": floor}))


def _asked(request: HttpRequest) -> HttpResponse:
    only(request.GET)
    scope, _ = read_scope(scope_in(request.POST))
    form = FollowForm(request.POST)
    if not form.is_valid():
        return _form(request, scope, form, status=400)
    if not opting.may_ask(network_of(request)):
        return _enough(_form(request, scope, form, status=429, refusal=ENOUGH))
    if not request.POST.get(TRAP):
        given = form.cleaned_data
        opting.ask(given["email"], scope, given["cadence"], given["significance"])
    # the same page for everybody: it must not tell whether we know the address
    return page(request, "subscribe/asked.html", days=opting.DAYS[opting.CONFIRM])


@private
def new_link(request: HttpRequest) -> HttpResponse:
    """Ask for a letter with the link to what an address follows."""
    only(request.GET)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return page(request, "subscribe/link.html", form=form, trap=TRAP)
    if not form.is_valid():
        return page(request, "subscribe/link.html", status=400, form=form, trap=TRAP)
    if not opting.may_ask(network_of(request)):
        return _enough(
            page(request, "subscribe/link.html", status=429, form=form, trap=TRAP, refusal=ENOUGH)
        )
    if not request.POST.get(TRAP):
        opting.ask_for_link(form.cleaned_data["email"])
    return page(request, "subscribe/link_asked.html")


def scope_in(posted: QueryDict) -> QueryDict:
    """The scope that a form carries, as a query to be checked like one."""
    query = QueryDict(mutable=True)
    for name in COLUMNS:
        for value in posted.getlist(name):
            query.appendlist(name, value)
    return query


def _form(
    request: HttpRequest, scope: Scope, form: FollowForm, status: int = 200, refusal: str = ""
) -> HttpResponse:
    return page(
        request,
        "subscribe/form.html",
        status=status,
        scope=scope,
        words=in_words(scope, names_of([scope])),
        form=form,
        refusal=refusal,
        trap=TRAP,
        narrowing=_narrowing(scope),
    )


def _narrowing(scope: Scope) -> list[dict[str, Any]]:
    """The filters that a reader may choose right here; records are chosen on their own pages."""
    labs = published(Lab).order_by("name", "slug").values_list("slug", "name")
    offered: tuple[tuple[str, str, Any], ...] = (
        ("lab", "Lab", labs),
        ("category", "Category", Category.choices),
        ("kind", "Kind", Kind.choices),
    )
    return [
        {
            "name": name,
            "label": label,
            "value": getattr(scope, name),
            "options": [("", "all"), *options],
        }
        for name, label, options in offered
    ]


def _enough(answer: HttpResponse) -> HttpResponse:
    answer["Retry-After"] = str(int(opting.WINDOW.total_seconds()))
    return answer
