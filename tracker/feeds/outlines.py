"""Every feed as OPML 2.0, for readers that import a list."""

from datetime import datetime
from email.utils import format_datetime
from io import StringIO
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.utils.xmlutils import SimplerXMLGenerator

from tracker.answers.following import Following
from tracker.commitments.enums import Category
from tracker.feeds.documents import BEGAN
from tracker.feeds.entries import absolute
from tracker.feeds.text import line
from tracker.reading.following import everything_to_follow


def outlines(at: datetime | None) -> str:
    """The list, as of the log's last entry."""
    text = StringIO()
    handler = SimplerXMLGenerator(text, "utf-8", short_empty_elements=True)
    handler.startDocument()
    handler.startElement("opml", AttributesImpl({"version": "2.0"}))
    handler.startElement("head", AttributesImpl({}))
    handler.addQuickElement("title", line(f"{settings.SITE_NAME}: every feed"))
    handler.addQuickElement("dateModified", format_datetime(at or BEGAN))
    handler.addQuickElement("docs", "http://opml.org/spec2.opml")
    handler.endElement("head")
    handler.startElement("body", AttributesImpl({}))
    _feed(handler, "Every change", Following())
    categories = [(value, label.capitalize()) for value, label in Category.choices]
    groups = {**everything_to_follow(), "category": categories}
    for noun, heading in (
        ("lab", "Labs"),
        ("pledge", "Pledges"),
        ("category", "Categories"),
        ("commitment", "Commitments"),
    ):
        if groups[noun]:
            handler.startElement("outline", AttributesImpl({"text": heading}))
            for slug, name in groups[noun]:
                _feed(handler, name, Following(name, {noun: slug}))
            handler.endElement("outline")
    handler.endElement("body")
    handler.endElement("opml")
    return text.getvalue()


def _feed(handler: SimplerXMLGenerator, text: str, following: Following) -> None:
    attributes = {
        "type": "rss",  # what OPML calls any feed
        "text": line(text),
        "title": line(following.title),
        "xmlUrl": absolute(following.feeds[0].url),
        "htmlUrl": absolute(following.page),
    }
    handler.addQuickElement("outline", None, attributes)
