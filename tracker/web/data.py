"""Data and downloads."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import page, public
from tracker.answers.sharing import LICENCE, Sharing
from tracker.reading.pages.holdings import holdings
from tracker.web.downloads import dataset, downloads
from tracker.web.jsonld import script
from tracker.web.matrix import COLUMNS


@public
def data(request: HttpRequest) -> HttpResponse:
    """Every download, what it holds and how it is used."""
    held = holdings()
    answer = page(
        request,
        "data.html",
        held=held,
        downloads=downloads(held),
        columns=COLUMNS.items(),
        licence=LICENCE,
        site=settings.SITE_URL,
        sharing=Sharing(data=(script(dataset(held)),)),
    )
    if not held.has_checkpoint:  # the first comes without an entry of the log
        answer["Cache-Control"] = "no-cache"
    return answer
