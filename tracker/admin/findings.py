"""The rows of an assessment: an answer to each criterion, and the dissents of second readers."""

from typing import Any

from django import forms
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest

from tracker.admin.assessing import Screen, number, screen_of
from tracker.admin.parts import PartInline
from tracker.assessments.models import Dissent, Finding
from tracker.commitments.models import Criterion
from tracker.evidence.models import Bearing
from tracker.records.dates import parse_when, words
from tracker.records.models import State

ANSWERS = ("value", "note", "met_on", "evidence")
ANSWERING = (
    "Met counts 1, partly met ½, not met 0. Unverifiable: it is due, and nobody can tell; it "
    "counts as anything from 0 to 1. Pending (not yet due) and not applicable are left out."
)
LAST = 10**9  # after every criterion


class FindingForm(forms.ModelForm):
    """One answer. Its question is fixed, and only what bears on that can be cited."""

    def __init__(self, *args: Any, screen: Screen | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked: Criterion | None = None
        if screen is None:
            return
        pk: Any = self.instance.criterion_id
        if "criterion" in self.fields:
            pk = self["criterion"].value()
        self.asked = screen.all_criteria.get(number(str(pk)))
        if "criterion" not in self.fields:  # shown, not edited
            return
        criterion: Any = self.fields["criterion"]
        criterion.widget = forms.HiddenInput()
        criterion.queryset = Criterion.objects.filter(commitment=screen.commitment)
        self.fields["value"].label = "Answer"
        self.fields["value"].help_text = ANSWERING
        citable = screen.citable(self.asked)
        evidence: Any = self.fields["evidence"]
        evidence.queryset = Bearing.objects.filter(pk__in=[each.pk for each in citable])
        evidence.choices = [(each.pk, cited(each)) for each in citable]
        evidence.help_text = (
            "Tick what this answer rests on."
            if citable
            else "Nothing on record bears on this question yet: add an outcome, with a bearing on "
            "this commitment."
        )

    @property
    def place(self) -> int:
        """Rows stand in the criteria's order."""
        return self.asked.position if self.asked else LAST

    def has_changed(self) -> bool:
        """A row that stood ready counts once it is answered, also where it came filled in."""
        if self.instance.pk:
            return super().has_changed()
        return any(self[name].value() for name in ANSWERS)


def cited(bearing: Bearing) -> str:
    """A bearing in a line, for a box to tick."""
    outcome = bearing.outcome
    about = "" if bearing.criterion else ", on the commitment as a whole"
    draft = " – a draft: publish it first" if outcome.state == State.DRAFT else ""
    day = " to ".join(words(parse_when(piece)) for piece in outcome.occurred_on.split("/"))
    return f"{bearing.get_direction_display()}: {outcome.title} ({day}){about}{draft}"


class FindingInline(PartInline):
    """An answer to each criterion: those without one stand ready, and no more are added."""

    model = Finding
    form = FindingForm
    template = "admin/tracker/assessment/findings.html"
    fieldsets = ((None, {"fields": ("criterion", "value", "evidence", "note", "met_on")}),)

    def formset_kwargs(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """The screen that all rows share, and how those without an answer begin."""
        screen = screen_of(request, obj)
        if screen is None:
            return {}
        return {
            "initial": [screen.first_answer(each) for each in self._open(screen, obj)],
            "form_kwargs": {"screen": screen},
        }

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """A row for each criterion that has no finding yet."""
        screen = screen_of(request, obj)
        return len(self._open(screen, obj)) if screen else 0

    def _open(self, screen: Screen, assessment: Any) -> list[Criterion]:
        found: set[int] = set()
        if assessment is not None and assessment.pk is not None:
            found = set(assessment.findings.values_list("criterion", flat=True))
        return [each for each in screen.criteria if each.pk not in found]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the criterion that names each row."""
        evidence = Bearing.objects.select_related("outcome", "commitment", "indicator")
        rows = super().get_queryset(request).select_related("criterion")
        return rows.prefetch_related(Prefetch("evidence", evidence))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A handful of outcomes to tick."""
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple({"class": "ticks"}))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class DissentInline(PartInline):
    """Second readers who judge otherwise; each records it on a page of its own, in their name."""

    model = Dissent
    fieldsets = ((None, {"fields": (("held_by", "verdict"), "reading")}),)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here: nobody writes under another's name."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here."""
        return False
