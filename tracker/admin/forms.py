"""The forms of records and their parts, and where a refusal of `curation` is shown in them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import DatabaseError
from django.db.models import CheckConstraint
from django.utils.html import format_html

from tracker.answers.outage import SENDING
from tracker.changes.models import Change
from tracker.curation.editing import Edit, Refused, Stale, refuse_stale
from tracker.records.fields import PROSE_LENGTH, refuse_unprintable
from tracker.records.models import Record, State
from tracker.records.plain import Problem, part_model
from tracker.records.trouble import trouble

REASON_ASKED = "Say in public why the published record changes."
COLLISION = (
    "The database refused this: something saved at the same moment collides with it, or a value "
    "is out of range. Nothing was saved; look again and save once more."
)
NO_VERSION = "This form does not say which version of the record it shows; open the record again."


class ReasonField(forms.CharField):
    """A public reason; it goes into the log as it is typed."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", AdminTextareaWidget(attrs={"rows": 3}))
        super().__init__(
            validators=[refuse_unprintable, MaxLengthValidator(PROSE_LENGTH)], **kwargs
        )


class SeenField(forms.CharField):
    """What the form showed, sealed by `merging`; no change of the record."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Never."""
        return False


class RecordForm(forms.ModelForm):
    """A record, the version that its editor saw and, once it is public, the reason for a change.

    `refused` are the problems that `curation` found in the very words this form is bound to.
    """

    refused: ClassVar[Sequence[Problem]] = ()

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen_words = SeenField(required=False)
    reason = ReasonField(
        label="Reason for the change",
        error_messages={"required": REASON_ASKED},
        help_text="Readers see it in the log. Example: The date was misread; the audit says 2027.",
    )

    edit: Edit
    changes: Sequence[Change] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None or self.instance.state != State.PUBLISHED:
            del self.fields["reason"]
        if self.instance.pk is None:
            del self.fields["seen_version"], self.fields["seen_words"]
        else:
            self.fields["seen_version"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        """Refuse a form that shows an older version, and show what `curation` refused."""
        cleaned = super().clean() or self.cleaned_data
        if self.refused:
            for problem in self.refused:
                self.show(problem)
        elif self.instance.pk is not None:
            self._refuse_stale()
        return cleaned

    def show(self, problem: Problem) -> None:
        """Put a problem at its field, or else at the top."""
        name = self._field_of(problem)
        self.add_error(name, problem.message if name else str(problem))

    def _field_of(self, problem: Problem) -> str | None:
        path = [str(step) for step in problem.path]
        candidates = ["_".join(path), *path[:1]]
        return next((name for name in candidates if name in self.fields), None)

    def _refuse_stale(self) -> None:
        """Before the parts are looked at: a part that is gone would hide the true reason."""
        self.errors.pop("seen_version", None)  # a hidden field has nowhere to show an error
        seen = self.cleaned_data.get("seen_version")
        if seen is None:
            self.add_error(None, NO_VERSION)
            return
        try:
            refuse_stale(self.instance, seen)
        except Stale as stale:
            self.add_error(None, stale_message(stale))


def sentence_of(error: DatabaseError, model: type[Record]) -> str:
    """What the database refused, in the words of the constraint where it names one."""
    parts = [part_model(model, part) for part in model.parts]
    for each in (model, *parts):
        for constraint in each._meta.constraints:
            if constraint.name in str(error) and isinstance(constraint, CheckConstraint):
                return str(constraint.get_violation_error_message())
    return COLLISION


def refused_by_database(error: Exception) -> str:
    """Why nothing was saved, and whether that is certain."""
    kind = trouble(error)
    return SENDING[kind] if kind else COLLISION


def stale_message(stale: Stale) -> str:
    """The sentence, and a way to see the record as it stands without losing the words typed."""
    return format_html(
        '{} Your words are still here below. <a href="" target="_blank" rel="noopener">'
        "See the record as it is now</a> in another tab.",
        str(stale),
    )


def worded(problem: Problem, refused: Refused) -> Problem:
    """The problem; where it is a stale save, in words that say where to look."""
    return Problem((), stale_message(refused)) if isinstance(refused, Stale) else problem


def row_message(problem: Problem) -> str:
    """A problem among parts, with its row and column."""
    _, *rest = problem.path
    place = next((step + 1 for step in rest if isinstance(step, int)), None)
    column = next((step for step in reversed(rest) if isinstance(step, str)), "")
    where = " ".join(str(each) for each in ("Row" if place else "", place or "", column) if each)
    return f"{where}: {problem.message}" if where else problem.message


def logged(changes: Sequence[Any]) -> str:
    """What the log has of a correction, with a link."""
    if not changes:
        return "Nothing that readers see has changed, so the log has no new entry."
    return format_html(
        'Readers see it now: <a href="{}">entry {} of the log</a>.',
        changes[-1].get_absolute_url(),
        changes[-1].sequence,
    )


class PartFormSet(forms.BaseInlineFormSet):
    """The parts of one record; `refused` are the problems that `curation` found among them."""

    def __init__(self, *args: Any, refused: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused = refused

    def clean(self) -> None:
        """Show what was refused above the rows."""
        super().clean()
        if self.refused:
            raise ValidationError(list(self.refused))

    def keep_typed_rows(self) -> None:
        """Show each bound form beside its own row.

        The admin pairs forms with the rows of the database by place; where somebody else has
        deleted a row, the last form and its words would not be shown at all.
        """
        self._queryset = [
            form.instance if form.instance.pk else None for form in self.initial_forms
        ]
