"""The rules that feed validators check, each broken one a sentence.

Atom: RFC 4287. RSS: the RSS 2.0 specification and the RSS Advisory Board's profile. JSON Feed 1.1.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from tests.feeds.entering import ATOM, parsed
from tests.web.markup import Markup
from tracker.records.fields import UNPRINTABLE

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
RFC822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
TAG = re.compile(r"tag:[a-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:[\w/?=&%.:-]+", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")

#: Elements in content; readers' filters and validators know each of them.
ELEMENTS = {"p", "a", "b", "span", "del", "ins", "cite", "blockquote"}
TITLE = 250  # characters
CONTENT = 21_000  # bytes


def problems(url: str, content_type: str, text: bytes) -> list[str]:
    """Everything wrong with a feed, which was read from the full address `url`."""
    form = urlsplit(url).path.rpartition(".")[2]
    check = {"atom": _atom, "rss": _rss, "json": _json}[form]
    found = [
        f"U+{ord(each):04X} stands in it" for each in UNPRINTABLE.findall(text.decode("utf-8"))
    ]
    return found + list(check(url, content_type, text))


def _atom(url: str, content_type: str, text: bytes) -> Iterator[str]:
    if content_type != "application/atom+xml; charset=utf-8":
        yield f"content type {content_type}"
    feed = parsed(text)
    if feed.tag != f"{ATOM}feed":
        yield f"root {feed.tag}"
    if not LANGUAGE.fullmatch(feed.get("{http://www.w3.org/XML/1998/namespace}lang", "")):
        yield "no language"
    yield from _once(feed, "title", "id", "updated", "author")
    yield from _links(feed, url)
    yield from _no_markup(_text(feed, "title"), _text(feed, "subtitle"))
    entries = feed.findall(f"{ATOM}entry")
    for entry in entries:
        yield from _once(entry, "title", "id", "updated", "published", "content", "summary")
        yield from _links(entry, "")
        yield from _prose(_text(entry, "title"), _text(entry, "content"))
        yield from _no_markup(_text(entry, "title"), _text(entry, "summary"))
        for each in entry.findall(f"{ATOM}category"):
            if not each.get("term") or not TAG.fullmatch(each.get("scheme", "")):
                yield f"category {each.attrib}"
    for each in feed.iter():
        if each.tag in (f"{ATOM}updated", f"{ATOM}published"):
            yield from _bad(RFC3339, each.text)
        if each.tag == f"{ATOM}id":
            yield from _bad(TAG, each.text)
    yield from _repeated(_text(entry, "id") for entry in entries)
    times = [_text(entry, "updated") for entry in entries]
    if times != sorted(set(times), reverse=True):
        yield "updated does not strictly increase"
    if times and _text(feed, "updated") != times[0]:
        yield "the feed was not updated with its newest entry"


def _links(element: Element, own: str) -> Iterator[str]:
    links = element.findall(f"{ATOM}link")
    relations = Counter(each.get("rel") for each in links)
    if relations["alternate"] != 1:
        yield f"{relations['alternate']} alternate links"
    if own and [each.get("href") for each in links if each.get("rel") == "self"] != [own]:
        yield f"its own link is not {own}"
    for each in links:
        yield from _address(each.get("href", ""))


def _rss(url: str, content_type: str, text: bytes) -> Iterator[str]:
    if content_type != "application/rss+xml; charset=utf-8":
        yield f"content type {content_type}"
    root = parsed(text)
    if (root.tag, root.get("version")) != ("rss", "2.0") or [each.tag for each in root] != [
        "channel"
    ]:
        yield "not rss 2.0 with one channel"
    channel = root[0]
    for name in ("title", "link", "description", "language", "lastBuildDate"):
        if len(channel.findall(name)) != 1 or not channel.findtext(name):
            yield f"{name} is not there once"
    own = [each.get("href") for each in channel.findall(f"{ATOM}link") if each.get("rel") == "self"]
    if own != [url]:
        yield f"its own link is not {url}"
    yield from _bad(RFC822, channel.findtext("lastBuildDate"))
    yield from _no_markup(channel.findtext("title", ""), channel.findtext("description", ""))
    items = channel.findall("item")
    for item in items:
        for name in ("title", "link", "description", "pubDate", "guid"):
            if len(item.findall(name)) != 1 or not item.findtext(name):
                yield f"{name} of an item is not there once"
        guid = item.find("guid")
        if guid is None or guid.get("isPermaLink") != "false" or not TAG.fullmatch(guid.text or ""):
            yield "a guid that is no tag"
        yield from _bad(RFC822, item.findtext("pubDate"))
        yield from _address(item.findtext("link", ""))
        yield from _prose(item.findtext("title", ""), item.findtext("description", ""))
        yield from _no_markup(item.findtext("title", ""))
    yield from _repeated(item.findtext("guid", "") for item in items)
    times = [parsedate_to_datetime(item.findtext("pubDate", "")) for item in items]
    if times != sorted(times, reverse=True):
        yield "items out of order"


def _json(url: str, content_type: str, text: bytes) -> Iterator[str]:
    if content_type != "application/feed+json; charset=utf-8":
        yield f"content type {content_type}"
    feed = json.loads(text)
    if feed["version"] != "https://jsonfeed.org/version/1.1" or not feed["title"]:
        yield "version or title"
    if feed["feed_url"] != url:
        yield f"its own address is not {url}"
    if "author" in feed or not all(each.get("name") for each in feed["authors"]):
        yield "authors"
    yield from _bad(LANGUAGE, feed["language"])
    for name in ("home_page_url", "feed_url", "next_url"):
        if name in feed:
            yield from _address(feed[name])
    known = {"id", "url", "title", "summary", "content_html", "tags"}
    known |= {"date_published", "date_modified", "_on_record"}
    for item in feed["items"]:
        if item.keys() != known:
            yield f"fields {sorted(item.keys() ^ known)}"
        yield from _address(item["url"])
        yield from _bad(TAG, item["id"])
        yield from _bad(RFC3339, item["date_published"])
        yield from _bad(RFC3339, item["date_modified"])
        yield from _prose(item["title"], item["content_html"])
        if not all(isinstance(each, str) and each for each in item["tags"]):
            yield "a tag that is no text"
    yield from _repeated(item["id"] for item in feed["items"])


def _once(element: Element, *names: str) -> Iterator[str]:
    for name in names:
        found = element.findall(f"{ATOM}{name}")
        if len(found) != 1 or not "".join(found[0].itertext()).strip():
            yield f"{name} of {element.tag} is there {len(found)} times, or empty"


def _text(element: Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}", "")


def _prose(title: str, content: str) -> Iterator[str]:
    if not 0 < len(title.replace("\u200b", "")) <= TITLE or "\n" in title:
        yield f"a title of {len(title)} characters"
    if not 0 < len(content.encode()) <= CONTENT:
        yield f"content of {len(content.encode())} bytes"
    markup = Markup(f"<!doctype html><h1></h1>{content}")
    yield from (f"content: {each}" for each in markup.problems)
    if unknown := set(re.findall(r"</?([\w-]+)", content)) - ELEMENTS:
        yield f"elements that readers take out: {sorted(unknown)}"
    for address in re.findall(r'(?:href|src)="([^"]*)"', content):
        yield from _address(address)
    if re.search(r"<(script|style|iframe|object|embed|meta|form)\b|<[^>]* on\w+=", content, re.I):
        yield "content that no reader may run"


def _no_markup(*texts: str) -> Iterator[str]:
    """Plain text must not look like HTML: some readers would take it for that."""
    for text in texts:
        if re.search(r"</?\w+[^>]*>|&#?\w+;", text):
            yield f"undeclared HTML: {text[:60]!r}"


def _address(address: str) -> Iterator[str]:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or not address.isascii():
        yield f"no full address: {address!r}"


def _bad(pattern: re.Pattern[str], text: str | None) -> Iterator[str]:
    if not pattern.fullmatch(text or ""):
        yield f"malformed: {text!r}"


def _repeated(identifiers: Iterator[str]) -> Iterator[str]:
    yield from (f"{each} twice" for each, count in Counter(identifiers).items() if count > 1)
