"""What readers suggest, to be triaged. Their words are theirs: nobody edits them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from tracker.curation.editing import Actor
from tracker.curation.roles import NOUNS
from tracker.submissions.models import Submission, Triage
from tracker.submissions.suggesting import Stale, triage


class TriageForm(forms.ModelForm):
    """The decision, and what the sender is told; refused where another has decided meanwhile."""

    seen = forms.IntegerField(widget=forms.HiddenInput)  # the version

    class Meta:
        model = Submission
        fields = ("triage", "outcome")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        """What is decided is told, so it needs words; and nobody is overruled unseen."""
        data = super().clean() or {}
        decided = data.get("triage") in (Triage.USED, Triage.DECLINED)
        if decided and not data.get("outcome"):
            self.add_error("outcome", "Say to the sender what came of it, and why.")
        now = Submission.objects.get(pk=self.instance.pk)
        if data.get("seen") != now.version:
            self.add_error(None, _stale(now))
        return data


def _stale(now: Submission) -> str:
    said = now.outcome or "no words for the sender yet"
    return (
        "Somebody else triaged this submission while you were looking at it. Nothing of yours was "
        f"saved; it stands below. It now reads “{now.get_triage_display()}”: {said}"
    )


@admin.register(Submission)
class SubmissionAdmin(admin.ModelAdmin):
    """Read, decide, answer."""

    form = TriageForm
    list_display = ("created_at", "kind", "about", "begins", "triage")
    list_display_links = ("created_at", "begins")
    list_filter = ("triage", "kind")
    search_fields = ("words", "slug", "link")
    readonly_fields = (
        "created_at", "kind", "about", "words_as_sent", "link_as_sent", "name", "email",
        "triaged_by", "triaged_at",
    )  # fmt: skip
    fieldsets = (
        (
            "What the reader sent",
            {"fields": ("created_at", "kind", "about", "words_as_sent", "link_as_sent")},
        ),
        (
            "Who sent it",
            {
                "fields": ("name", "email"),
                "description": "For answering only: never published, and theirs to take back.",
            },
        ),
        ("What becomes of it", {"fields": ("triage", "outcome", "triaged_by", "triaged_at")}),
        (None, {"fields": ("seen",)}),
    )

    @admin.display(description="about")
    def about(self, submission: Submission) -> str:
        """The record, linked to its form at the desk."""
        models = {model.noun(): model for model in NOUNS}
        model = models.get(submission.noun)
        record = model and model._default_manager.filter(slug=submission.slug).first()
        if not record:
            return f"{submission.noun} {submission.slug}".strip() or "the record as a whole"
        url = reverse(f"admin:tracker_{record._meta.model_name}_change", args=[record.pk])
        return format_html('<a href="{}">{}</a>', url, record)

    @admin.display(description="begins")
    def begins(self, submission: Submission) -> str:
        """Its first words."""
        return f"{submission.words[:80]}…" if len(submission.words) > 80 else submission.words

    @admin.display(description="words")
    def words_as_sent(self, submission: Submission) -> str:
        """All of them, with their line breaks."""
        return submission.words

    @admin.display(description="link")
    def link_as_sent(self, submission: Submission) -> str:
        """As text: a stranger's link is copied after a look, not clicked by habit."""
        return submission.link

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Readers send them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They are declined, with a word to the sender; the sender may take them back."""
        return False

    def save_model(self, request: HttpRequest, obj: Submission, form: Any, change: bool) -> None:
        """Through the room that also tells the sender."""
        try:
            triage(
                obj,
                version=form.cleaned_data["seen"],
                by=Actor.of(request.user).name,
                to=form.cleaned_data["triage"],
                outcome=form.cleaned_data["outcome"],
            )
        except Stale as error:  # in the moment since the form was checked
            messages.error(request, str(error))
