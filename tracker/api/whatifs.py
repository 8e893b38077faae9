"""The what-ifs: the same numbers as on their pages, for machines."""

from datetime import date

from django.http import HttpRequest, HttpResponse

from tracker.api import falling as falling_shape
from tracker.api import sensitivity as sensitivity_shape
from tracker.api.serving import json_answer, served
from tracker.reading.filtering import AS_OF, day_asked, only
from tracker.reading.pages.falling import falling as fall
from tracker.reading.pages.lookup import one, with_sources
from tracker.reading.pages.sensitivity import Asked, asked, panel
from tracker.reading.published import published
from tracker.records.dates import today
from tracker.sources.models import Source


def _setting_asked(request: HttpRequest) -> Asked:
    return asked(request.GET)


@served(_setting_asked)
def sensitivity(request: HttpRequest, wanted: Asked) -> HttpResponse:
    """What depends on the method: the numbers of `/methodology/sensitivity/`."""
    found = panel(today(), wanted.setting, wanted.against)
    return json_answer(sensitivity_shape.shape(found, wanted.against))


def _source_asked(request: HttpRequest, slug: str) -> tuple[Source, date]:
    only(request.GET, AS_OF)
    day = day_asked(request.GET)
    return one(with_sources(published(Source), ""), slug), day


@served(_source_asked)
def falling(request: HttpRequest, wanted: tuple[Source, date]) -> HttpResponse:
    """What would follow if a source fell: the numbers of its page."""
    return json_answer(falling_shape.shape(fall(*wanted), wanted[1]))
