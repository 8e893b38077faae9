"""What a page gives to other sites beside its title and description."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.utils.safestring import SafeString

#: Of everything that the record gives away: Creative Commons Attribution 4.0 International.
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True)
class Sharing:
    """A page's picture, its structured data, and whether other sites can frame a card of it.

    `description` is what it says in a sentence or two ("": what the page's template says);
    `picture` is a path of this site ("": the picture of the whole site), `alt` what it shows in
    words, `data` ready `<script type="application/ld+json">` elements, `framed` the query that asks
    the oEmbed endpoint for the page ("": there is no card).
    """

    description: str = ""
    picture: str = ""
    alt: str = ""
    data: Sequence[SafeString] = ()
    framed: str = ""
    kind: str = "website"  # the type of the page in the words of Open Graph

    def of_another_day(self) -> "Sharing":
        """What a page gives that shows the world as of an earlier day: no picture or data of it."""
        return Sharing(self.description)

    @cached_property
    def site(self) -> str:
        """The public address of the site, before its paths."""
        return settings.SITE_URL
