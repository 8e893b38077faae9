"""`/suggest/`: the form that every record links to, and the private page of one suggestion."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tracker.answers.pages import page
from tracker.answers.private import private
from tracker.curation.roles import NOUNS
from tracker.letters.addresses import LENGTH, AddressOfMail
from tracker.letters.networks import network_of
from tracker.reading.filtering import BadParameter, only
from tracker.reading.published import published
from tracker.records.fields import UNPRINTABLE_IN_LINE
from tracker.records.models import Record
from tracker.submissions import suggesting
from tracker.submissions.models import Submission

SUGGESTABLE: dict[str, type[Record]] = {model.noun(): model for model in NOUNS}
TRAP = "website"  # a field that no reader sees, and that programs fill in


class SuggestionForm(forms.ModelForm):
    """What a reader has to say; name and address only if they wish."""

    link = forms.URLField(
        label="Where can it be read?",
        help_text="The address of the document, if it has one.",
        required=False,
        assume_scheme="https",
    )

    email = AddressOfMail(
        label="Your e-mail address",
        help_text="Only if you wish to hear what becomes of it. It is used for nothing else.",
        max_length=LENGTH,
        required=False,
    )

    class Meta:
        model = Submission
        fields = ("kind", "words", "link", "name", "email")
        widgets = {
            "kind": forms.RadioSelect,
            "words": forms.Textarea(attrs={"rows": 8}),
        }
        labels = {
            "kind": "I have",
            "words": "What should the record say, and how do you know?",
            "name": "Your name",
        }
        help_texts = {
            "words": "Be as exact as you can: who said or did what, when, and where it is shown.",
            "name": "Only if you wish. It is never published.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        kind: Any = self.fields["kind"]
        kind.choices = [(value, label) for value, label in kind.choices if value]
        kind.initial = kind.choices[0][0]


@private
def suggest(request: HttpRequest) -> HttpResponse:
    """The form; a POST keeps the suggestion and shows its private address once."""
    only(request.GET, "about")
    record = about(request.GET.get("about", ""))
    if request.method != "POST":
        return _form(request, SuggestionForm(), record)
    form = SuggestionForm(request.POST)
    if not form.is_valid():
        return _form(request, form, record, status=400)
    if not suggesting.may_suggest(network_of(request)):
        form.add_error(None, "Enough has come from your network for now. Please try in an hour.")
        answer = _form(request, form, record, status=429)
        answer["Retry-After"] = str(int(suggesting.NETWORK_WINDOW.total_seconds()))
        return answer
    wrong = suggesting.untimely(request.POST.get("stamp", ""))
    if request.POST.get(TRAP):
        wrong = "A field that should stay empty was filled in."
    if wrong:
        form.add_error(None, f"{wrong} Please look it over, and send it again.")
        return _form(request, form, record, status=400)
    submission = form.save(commit=False)
    if record is not None:
        submission.noun, submission.slug = record.noun(), record.slug
    kept = suggesting.keep(submission)
    return page(
        request,
        "suggestions/kept.html",
        submission=submission,
        record=record,
        url=reverse("suggestion", args=[kept.token]),
    )


@private
def suggestion(request: HttpRequest, token: str) -> HttpResponse:
    """What has become of one suggestion; its sender may take their name, or all of it, back."""
    only(request.GET)
    submission = suggesting.of_token(token)
    if submission is None:
        return page(request, "suggestions/unknown.html", status=404)
    done = ""
    if request.method == "POST":
        if request.POST.get("do") == "withdraw":
            suggesting.withdraw(submission)
            return page(request, "suggestions/withdrawn.html")
        if request.POST.get("do") == "forget":
            suggesting.forget_sender(submission)
            submission.refresh_from_db()
            done = "Your name and address are forgotten."
    return page(request, "suggestions/detail.html", submission=submission, done=done)


def about(text: str) -> Record | None:
    """The published record that `noun:slug` names; None for the record as a whole.

    Raises BadParameter.
    """
    if not text:
        return None
    noun, _, slug = text.partition(":")
    model = SUGGESTABLE.get(noun)
    if model is None:
        raise BadParameter(
            "about", f"must be one of {', '.join(SUGGESTABLE)}, a colon, and a slug."
        )
    printable = UNPRINTABLE_IN_LINE.search(slug) is None  # PostgreSQL cannot even look for a NUL
    found = published(model).filter(slug=slug).first() if printable else None
    if found is None:
        raise BadParameter("about", f"names no {noun} on record.")
    return found


def _form(
    request: HttpRequest, form: SuggestionForm, record: Record | None, status: int = 200
) -> HttpResponse:
    return page(
        request,
        "suggestions/form.html",
        status=status,
        form=form,
        record=record,
        stamp=suggesting.stamp(),
        trap=TRAP,
    )
