"""oEmbed 1.0 (oembed.com): a site gives the address of a commitment, and is told how to frame it.

Type `rich`, formats json and xml. The statuses are those of the standard's section 2.3.4: 404 where
there is nothing to embed, 501 for a format that is not spoken.
"""

import math
import re
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import Resolver404, resolve, reverse
from django.utils.html import format_html

from tracker.answers.pages import public_list
from tracker.reading.filtering import BadParameter, only
from tracker.reading.pages.lookup import Missing
from tracker.reading.pages.sharing import standing_of
from tracker.records.dates import today
from tracker.web.sharing.faces import Face, face_of, tidy
from tracker.web.sharing.images import HEIGHT, WIDTH
from tracker.web.sharing.serving import for_every_site

FORMATS = ("json", "xml")
#: Of the card, in pixels, where the site that asks allows it.
CARD_WIDTH = 480
HOUR = 3600  # seconds that a site may keep the answer: the card in the frame is always of today


@for_every_site
@public_list
def oembed(request: HttpRequest) -> HttpResponse:
    """How to embed the commitment whose address is given."""
    query = request.GET
    only(query, "url", "format", "maxwidth", "maxheight")
    limits = _pixels(query, "maxwidth"), _pixels(query, "maxheight")
    slug = _slug(query)
    wanted = query.get("format", "json")
    if wanted not in FORMATS:
        return HttpResponse(
            f"format: Choose one of: {', '.join(FORMATS)}.\n",
            status=501,
            content_type="text/plain; charset=utf-8",
            headers={"Cache-Control": "no-store"},
        )
    return _answer(slug, wanted, limits)


def _answer(slug: str, wanted: str, limits: tuple[int | None, int | None]) -> HttpResponse:
    fields = _fields(slug, *limits)
    if wanted == "json":
        return JsonResponse(fields, json_dumps_params={"ensure_ascii": False})
    root = ElementTree.Element("oembed")
    for name, value in fields.items():
        ElementTree.SubElement(root, name).text = str(value)
    text = ElementTree.tostring(root, encoding="unicode")
    declared = f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n{text}\n'
    return HttpResponse(declared, content_type="text/xml; charset=utf-8")


def discovery(path: str) -> str:
    """The query that asks for the page at this path."""
    return urlencode({"url": settings.SITE_URL + path})


def _slug(query: QueryDict) -> str:
    """Of the commitment whose page is asked for. Raises BadParameter and Missing."""
    url = query.get("url", "")
    if not url:
        raise BadParameter("url", "is missing: give the address of a commitment's page.")
    path = url.partition("#")[0].removeprefix(settings.SITE_URL)
    if path == url or not path.startswith("/"):
        raise Missing("commitment")
    try:
        found = resolve(path if path.endswith("/") else f"{path}/")
    except Resolver404:
        raise Missing("commitment") from None
    if found.url_name != "commitment":
        raise Missing("commitment")
    return str(found.kwargs["slug"])


def _pixels(query: QueryDict, name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        raise BadParameter(name, f"must be a number of pixels from 1, such as {name}=480.")
    return int(text)


def _fields(slug: str, widest: int | None, highest: int | None) -> dict[str, Any]:
    standing = standing_of(slug, today())
    face = face_of(standing)
    width = min(CARD_WIDTH, widest or CARD_WIDTH)
    height = height_of(face, width)
    height = min(height, highest or height)
    where = settings.SITE_URL + reverse("embed", args=[slug])
    title = f"{face.lab}: {face.title}"
    html = format_html(
        '<iframe src="{}" width="{}" height="{}" title="{}" loading="lazy" '
        'style="border:0;max-width:100%"></iframe>',
        # whoever asks may keep this for years: no verdict in it, which will have moved
        *(where, width, height, f"{title} – {face.site}"),
    )
    fields = {
        "type": "rich",
        "version": "1.0",
        "title": title,
        "provider_name": tidy(settings.SITE_NAME),
        "provider_url": f"{settings.SITE_URL}/",
        "cache_age": HOUR,
        "html": str(html),
        "width": width,
        "height": height,
    }
    if (widest or WIDTH) >= WIDTH and (highest or HEIGHT) >= HEIGHT:
        picture = settings.SITE_URL + reverse("commitment-card", args=[slug])
        fields |= {
            "thumbnail_url": picture,
            "thumbnail_width": WIDTH,
            "thumbnail_height": HEIGHT,
        }
    return fields


def height_of(face: Face, width: int) -> int:
    """Pixels that the card takes at this width, reckoned generously: a frame cannot ask."""
    room = max(120, width - 40)

    def lines(text: str, letter: float) -> int:
        return math.ceil(len(text) * letter / room)

    names = lines(face.lab + face.lifecycle, 7) * 21 + lines(face.title, 8.4) * 24
    chip = lines(face.words, 8) * 23 + 8
    foot = lines(f"{face.judged} How it stands now: {face.site} CC BY 4.0", 6.9) * 21
    return names + chip + (32 if face.percent else 0) + foot + 58
