"""What a person sees who opens a feed in a browser: XHTML among its elements, shown by feed.css.

Readers are never sent it. An XSL stylesheet does the same for browsers that do not say that a
person is waiting (Sec-Fetch-Dest); those that do warn of XSLT in red, and are about to drop it.
"""

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tracker.feeds.documents import DESCRIPTION, Document
from tracker.feeds.entries import Entry
from tracker.feeds.text import clean

_XHTML = "http://www.w3.org/1999/xhtml"


def introduction(document: Document, name: str) -> SafeString:
    """What this is, how to subscribe, and where else to look. `name` is the format's URL name."""
    newest = format_html(
        '; <a href="{}">the newest entries of this feed</a>', document.address(name)
    )
    return format_html(
        '<header xmlns="{}" lang="en"><title>{}</title><p><a href="{}">{}</a></p><h1>{}</h1>'
        '<p>{}</p><p class="warn">This is a feed, to be followed with a feed reader. Copy this '
        "address into yours, and what changes comes to you: <b>{}</b></p>"
        '<p>The same as <a href="{}">a page</a>{}. <a href="{}">Every feed of this record</a>, as '
        "a list that feed readers import.</p></header>",
        _XHTML,
        document.title,
        reverse("home"),
        clean(settings.SITE_NAME),
        document.title,
        DESCRIPTION,
        document.address(name, document.archive),
        document.home,
        newest if document.archive else "",
        reverse("feeds"),
    )


def row(entry: Entry) -> SafeString:
    """One entry, leading to its page."""
    why = format_html("<p>{}</p>", entry.summary)
    return format_html(
        '<article xmlns="{}" lang="en"><p class="when">{} UTC</p><p><a href="{}">{}</a></p>{}'
        "</article>",
        _XHTML,
        f"{entry.at:%Y-%m-%d, %H:%M}",
        entry.url,
        entry.title,
        why if entry.summary != entry.title else "",
    )


def onward(document: Document, name: str) -> SafeString:
    """To the entries before these, if any."""
    if not document.before:
        return SafeString("")
    address = document.address(name, document.before)
    return format_html(
        '<nav xmlns="{}" lang="en"><p><a rel="prev" href="{}">Earlier entries</a></p></nav>',
        _XHTML,
        address,
    )
