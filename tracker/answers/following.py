"""How a page is followed: its feeds, named for readers and for the head of the page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django_filters import FilterSet

#: (URL name, label, media type) of each format of a feed.
FORMATS = (
    ("feed-atom", "Atom", "application/atom+xml"),
    ("feed-rss", "RSS", "application/rss+xml"),
    ("feed-json", "JSON Feed", "application/feed+json"),
)


@dataclass(frozen=True)
class Feed:
    """One feed in one format."""

    label: str
    type: str
    url: str


@dataclass(frozen=True)
class Following:
    """A slice of the changes: `about` in words, "" for all of them, and its filters by name.

    `said` is what a page that offers it calls it, where that is not what it is about.
    """

    about: str = ""
    chosen: dict[str, str] = field(default_factory=dict)
    said: str = ""

    @property
    def title(self) -> str:
        """“On Record: changes to Example Lab”."""
        said = f"changes: {self.about}" if self.about else "every change"
        return f"{settings.SITE_NAME}: {said}"

    @property
    def query(self) -> str:
        """The filters as the end of an address, in order: “?lab=example-lab”, or ""."""
        return f"?{urlencode(sorted(self.chosen.items()))}" if self.chosen else ""

    @property
    def page(self) -> str:
        """The page of the same changes."""
        return reverse("changes") + self.query

    @property
    def feeds(self) -> Sequence[Feed]:
        """The feed in each format."""
        return [Feed(label, type_, reverse(name) + self.query) for name, label, type_ in FORMATS]

    @property
    def calendar(self) -> str:
        """The calendar of deadlines of the same slice; "" where a calendar cannot be cut so."""
        if self.chosen.keys() <= {"lab", "commitment", "category"}:
            return reverse("deadlines") + self.query
        return ""


def following(bound: FilterSet) -> Following:
    """The slice that a bound ChangeFilter has chosen."""
    chosen = {name: value for name, value in bound.form.cleaned_data.items() if value}
    about = ", ".join(_words(name, value) for name, value in chosen.items())
    slugs = {name: str(getattr(value, "slug", value)) for name, value in chosen.items()}
    return Following(about, slugs, said="these changes")


def _words(name: str, value: Any) -> str:
    return f"“{value}”" if isinstance(value, Model) else f"{name} “{value.replace('_', ' ')}”"
