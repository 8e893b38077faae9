"""Atom (RFC 4287) and RSS 2.0, with the links of RFC 5005 and WebSub."""

from datetime import datetime
from typing import Any
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, Stylesheet
from django.utils.xmlutils import SimplerXMLGenerator

from tracker.changes.log import timestamp
from tracker.feeds.browsing import introduction, onward, row
from tracker.feeds.documents import DESCRIPTION, LANGUAGE, Document
from tracker.feeds.entries import Entry, absolute
from tracker.feeds.text import inert, line

ATOM = "http://www.w3.org/2005/Atom"
HISTORY = "http://purl.org/syndication/history/1.0"

#: Links of a document: (relation, address).
Links = list[tuple[str, str]]


def atom_of(document: Document, browser: bool = False) -> str:
    """The document as Atom; with what a `browser` shows of it, if one asks."""
    return _written(Atom, document, "feed-atom", browser)


def rss_of(document: Document, browser: bool = False) -> str:
    """The document as RSS 2.0; with what a `browser` shows of it, if one asks."""
    return _written(Rss, document, "feed-rss", browser)


def links_of(document: Document, name: str) -> Links:
    """The links of a document in the format of this URL name.

    The archive after an archive is always the next by number, so that no archive ever changes; the
    newest one's leads on to the current document.
    """
    links: Links = [("self", document.address(name, document.archive))]
    if document.hub:
        links.append(("hub", document.hub))
    if document.before:
        links.append(("prev-archive", document.address(name, document.before)))
    if document.archive:
        links.append(("next-archive", document.address(name, document.archive + 1)))
        links.append(("current", document.address(name)))
    return links


def _written(form: "type[Atom | Rss]", document: Document, name: str, browser: bool) -> str:
    sheets = [Stylesheet(static("feed.css"), mimetype="text/css")]
    if not browser:
        sheets.insert(0, Stylesheet(reverse("feed-stylesheet"), mimetype="text/xsl"))
    feed = form(
        title=inert(document.title),
        link=document.home,
        description=DESCRIPTION,
        language=LANGUAGE,
        author_name=inert(line(settings.SITE_NAME)),
        feed_guid=document.id,
        updated=document.updated,
        archive=document.archive,
        links=links_of(document, name),
        stylesheets=sheets,
        introduction=introduction(document, name) if browser else "",
        onward=onward(document, name) if browser else "",
    )
    for entry in document.entries:
        shown = row(entry) if browser else ""
        feed.add_item(inert(entry.title), entry.url, entry.html, entry=entry, shown=shown)
    return str(feed.writeString("utf-8"))


class Atom(Atom1Feed):
    """Django's, with content, updated to the microsecond, and the links of the document."""

    def write(self, outfile: Any, encoding: str) -> None:
        handler = SimplerXMLGenerator(outfile, encoding, short_empty_elements=True)
        handler.startDocument()
        _stylesheets(handler, self.feed)
        handler.startElement("feed", AttributesImpl(self.root_attributes()))
        _shown(handler, self.feed["introduction"])
        self.add_root_elements(handler)
        self.write_items(handler)
        _shown(handler, self.feed["onward"])
        handler.endElement("feed")

    def root_attributes(self) -> dict[str, str]:
        return super().root_attributes() | _history(self.feed)

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        feed = self.feed
        handler.addQuickElement("title", feed["title"])
        handler.addQuickElement("subtitle", feed["description"])
        handler.addQuickElement("id", feed["id"])
        handler.addQuickElement("updated", timestamp(feed["updated"]))
        handler.startElement("author", AttributesImpl({}))
        handler.addQuickElement("name", feed["author_name"])
        handler.addQuickElement("uri", absolute("/"))
        handler.endElement("author")
        handler.addQuickElement(
            "link", None, {"rel": "alternate", "type": "text/html", "href": feed["link"]}
        )
        for relation, address in feed["links"]:
            handler.addQuickElement("link", None, {"rel": relation, "href": address})
        if feed["archive"]:
            handler.addQuickElement("fh:archive")

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        entry: Entry = item["entry"]
        handler.addQuickElement("title", inert(entry.title))
        handler.addQuickElement("id", entry.id)
        handler.addQuickElement("published", timestamp(entry.at))
        handler.addQuickElement("updated", timestamp(entry.at))
        handler.addQuickElement(
            "link", None, {"rel": "alternate", "type": "text/html", "href": entry.url}
        )
        if entry.about:
            handler.addQuickElement(
                "link", None, {"rel": "related", "type": "text/html", "href": entry.about}
            )
        for each in entry.categories:
            handler.addQuickElement(
                "category", None, {"term": each.value, "scheme": each.scheme, "label": each.label}
            )
        handler.addQuickElement("summary", inert(entry.summary))
        handler.addQuickElement("content", entry.html, {"type": "html"})
        _shown(handler, item["shown"])


class Rss(Rss201rev2Feed):
    """Django's, with the same links. Its dates have whole seconds: the order is the sequence's."""

    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | _history(self.feed)

    def latest_post_date(self) -> datetime:
        updated: datetime = self.feed["updated"]
        return updated

    def add_stylesheets(self, handler: SimplerXMLGenerator) -> None:
        _stylesheets(handler, self.feed)

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        _shown(handler, self.feed["introduction"])
        super().add_root_elements(handler)
        for relation, address in self.feed["links"]:
            handler.addQuickElement("atom:link", None, {"rel": relation, "href": address})
        if self.feed["archive"]:
            handler.addQuickElement("fh:archive")

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        entry: Entry = item["entry"]
        plain = item | {
            "pubdate": entry.at,
            "unique_id": entry.id,
            "unique_id_is_permalink": False,
        }
        super().add_item_elements(handler, plain)
        for each in entry.categories:
            handler.addQuickElement("category", each.value, {"domain": each.scheme})
        _shown(handler, item["shown"])

    def endChannelElement(self, handler: SimplerXMLGenerator) -> None:
        _shown(handler, self.feed["onward"])
        super().endChannelElement(handler)


def _history(feed: dict[str, Any]) -> dict[str, str]:
    return {"xmlns:fh": HISTORY} if feed["archive"] else {}


def _shown(handler: SimplerXMLGenerator, markup: str) -> None:
    """Markup as it is: the one method of the generator that escapes nothing."""
    handler.ignorableWhitespace(markup)


def _stylesheets(handler: SimplerXMLGenerator, feed: dict[str, Any]) -> None:
    for each in feed["stylesheets"]:
        handler.processingInstruction("xml-stylesheet", f'type="{each.mimetype}" href="{each.url}"')
