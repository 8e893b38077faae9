"""The feeds: one function an address."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse

from tracker.feeds.asking import Asked, asked
from tracker.feeds.blocks import BLOCK, is_whole
from tracker.feeds.calendars import calendar_of, deadlines_of
from tracker.feeds.documents import Document, document
from tracker.feeds.jsonfeed import json_of
from tracker.feeds.outlines import outlines
from tracker.feeds.serving import Refused, for_a_person, refusal, served
from tracker.feeds.text import clean
from tracker.feeds.xml import atom_of, links_of, rss_of
from tracker.reading.filtering import only
from tracker.reading.following import DeadlineFilter
from tracker.reading.validating import head_of

XML = "application/xml; charset=utf-8"
HEADED = ("self", "hub")  # links that WebSub wants in the headers as well


def _changes(name: str) -> Callable[[HttpRequest], Asked]:
    """How the query of a feed of the changes is read, for the format of this URL name."""

    def read(request: HttpRequest) -> Asked:
        wanted = asked(request.GET)
        head = head_of(request).sequence
        if wanted.archive and not is_whole(wanted.archive, head):
            raise Refused(_no_archive(wanted, name, head))
        return wanted

    return read


def _nothing(request: HttpRequest) -> None:
    only(request.GET)


@served(_changes("feed-atom"))
def atom(request: HttpRequest, wanted: Asked) -> HttpResponse:
    """The changes as Atom."""
    return _xml(request, wanted, "feed-atom", atom_of, "application/atom+xml; charset=utf-8")


@served(_changes("feed-rss"))
def rss(request: HttpRequest, wanted: Asked) -> HttpResponse:
    """The changes as RSS 2.0."""
    return _xml(request, wanted, "feed-rss", rss_of, "application/rss+xml; charset=utf-8")


@served(_changes("feed-json"))
def json_feed(request: HttpRequest, wanted: Asked) -> HttpResponse:
    """The changes as JSON Feed 1.1."""
    return _feed(request, wanted, "feed-json", json_of, "application/feed+json; charset=utf-8")


@served(lambda request: deadlines_of(request.GET))
def deadlines(request: HttpRequest, wanted: DeadlineFilter) -> HttpResponse:
    """What falls due, as a calendar."""
    return HttpResponse(calendar_of(wanted), content_type="text/calendar; charset=utf-8")


@served(_nothing)
def opml(request: HttpRequest, wanted: None) -> HttpResponse:
    """Every feed there is, as a list that feed readers import."""
    return HttpResponse(outlines(head_of(request).at), content_type="text/x-opml; charset=utf-8")


@served(_nothing)
def stylesheet(request: HttpRequest, wanted: None) -> HttpResponse:
    """What makes Atom and RSS readable in a browser, and says how to subscribe."""
    text = render_to_string("feeds/feed.xsl", {"site_name": clean(settings.SITE_NAME)})
    return HttpResponse(text, content_type="text/xsl; charset=utf-8")


def _xml(
    request: HttpRequest,
    wanted: Asked,
    name: str,
    written: Callable[[Document, bool], str],
    content_type: str,
) -> HttpResponse:
    """Browsers show a feed's own media types as bare text: a person is given XML to look at."""
    browser = for_a_person(request)
    shown = XML if browser else content_type
    return _feed(request, wanted, name, lambda found: written(found, browser), shown)


def _feed(
    request: HttpRequest,
    wanted: Asked,
    name: str,
    written: Callable[[Document], str],
    content_type: str,
) -> HttpResponse:
    found = document(wanted, head_of(request).sequence)
    answer = HttpResponse(written(found), content_type=content_type)
    links = links_of(found, name)
    answer["Link"] = ", ".join(
        f'<{address}>; rel="{relation}"' for relation, address in links if relation in HEADED
    )
    return answer


def _no_archive(wanted: Asked, name: str, head: int) -> HttpResponse:
    """After the newest archive comes the current document; after that, nothing."""
    newest = head // BLOCK
    if wanted.archive == newest + 1:
        return HttpResponseRedirect(reverse(name) + wanted.following.query)
    last = f"the newest is archive={newest}" if newest else "there is none yet"
    return refusal(f"archive: There is no archive {wanted.archive}; {last}.", 404)
