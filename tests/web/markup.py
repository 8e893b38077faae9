"""A page's markup: is it well formed, and what does it say?"""

import re
from html.parser import HTMLParser
from typing import Any

VOID = {"br", "circle", "hr", "img", "input", "line", "link", "meta", "path", "rect"}
#: What a paragraph cannot hold: a browser would end it there, and the tree would be another.
BLOCK = {
    *("p", "div", "ul", "ol", "dl", "section", "article", "aside", "header", "footer", "nav"),
    *("h1", "h2", "h3", "h4", "figure", "blockquote", "table", "pre", "form", "details"),
}
#: What stands apart to the eye, and so in the text.
APART = {"td", "th", "li", "dt", "dd", "option", "summary", "figcaption", "caption", "svg"}


class Markup(HTMLParser):
    """Reads a page and collects what is wrong with it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.targets: list[str] = []
        self.said: list[str] = []
        self.feed(html)
        self.close()
        self._finish(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        where = f"<{tag}> at line {self.getpos()[0]}"
        if len(values) != len(attrs):
            self.problems.append(f"{where} has an attribute twice")
        if tag in BLOCK or tag in APART:
            self.said.append(" ")
        if tag in BLOCK and "p" in self.open:
            self.problems.append(f"{where} stands inside a paragraph")
        if tag == "a" and "a" in self.open:
            self.problems.append(f"{where} stands inside a link")
        for name in values:
            if name == "style" or name.startswith("on"):
                self.problems.append(f"{where} has an inline {name}")
        data = tag == "script" and values.get("type") == "application/ld+json"
        if tag in ("script", "style") and not data:
            self.problems.append(f"{where} is inline")
        self._note(tag, values)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> at line {self.getpos()[0]} closes {self.open[-3:]}")
            if tag not in self.open:
                return
            while self.open[-1] != tag:
                self.open.pop()
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "script" not in self.open:  # data, which nobody is shown
            self.said.append(data)

    @property
    def text(self) -> str:
        """Everything the page says, white space folded."""
        return re.sub(r"\s+", " ", "".join(self.said)).strip()

    def _note(self, tag: str, values: dict[str, str | None]) -> None:
        if identity := values.get("id"):
            self.ids.append(identity)
        if tag == "a":
            self.links.append(values.get("href") or "")
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        for name in ("aria-labelledby", "for"):
            if target := values.get(name):
                self.targets.append(target)

    def _finish(self, html: str) -> None:
        if not html.startswith("<!doctype html>"):
            self.problems.append("no doctype")
        if self.open:
            self.problems.append(f"never closed: {self.open}")
        if len(self.ids) != len(set(self.ids)):
            twice = {each for each in self.ids if self.ids.count(each) > 1}
            self.problems.append(f"used twice as an id: {sorted(twice)}")
        if missing := set(self.targets) - set(self.ids):
            self.problems.append(f"named but not there: {sorted(missing)}")
        if self.headings.count(1) != 1:
            self.problems.append(f"{self.headings.count(1)} first headings")
        for before, after in zip(self.headings, self.headings[1:], strict=False):
            if after > before + 1:
                self.problems.append(f"h{after} follows h{before}")
        if "" in self.links:
            self.problems.append("a link leads nowhere")


def read(client: Any, url: str, status: int = 200) -> Markup:
    """The page at this address, found to be well formed."""
    answer = client.get(url)
    assert answer.status_code == status, (url, answer.status_code)
    page = Markup(answer.content.decode())
    assert page.problems == [], url
    return page
