"""The method, with every value read from the object that computes."""

from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import page, public
from tracker.commitments.schedule import DUE_SOON_DAYS
from tracker.scoring import V1, percent
from tracker.web.words import CEILINGS, TIERS


@public
def methodology(request: HttpRequest) -> HttpResponse:
    """How findings become scores and verdicts, and what the record cannot know."""
    return page(
        request,
        "methodology.html",
        method=V1,
        worths=[(value.replace("_", " "), worth) for value, worth in V1.worths],
        kept_percent=percent(V1.kept_at),
        broken_percent=percent(V1.broken_at),
        tiers=TIERS.items(),
        ceilings=CEILINGS.items(),
        due_soon_days=DUE_SOON_DAYS,
    )
