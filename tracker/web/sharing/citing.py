"""How a judgement is cited: in a sentence, as BibTeX and as CSL-JSON.

A citation is pinned to what does not change: the judgement's permanent page, the day it was
published, and the entry of the log that published it, with its hash. It quotes nobody: the title is
the record's own.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tracker.changes.models import Change
from tracker.reading.pages.sharing import entry_of, standing_under
from tracker.reading.standing import Standing
from tracker.records.dates import today
from tracker.web.sharing.faces import face_of, said, tidy
from tracker.web.sharing.serving import shared

CSL = "application/vnd.citationstyles.csl+json"
BIBTEX = "application/x-bibtex; charset=utf-8"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

#: What TeX takes for its own. Braces are named, not escaped: BibTeX counts those that stand in a
#: value, also behind a backslash.
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{char: rf"\{char}" for char in "%&#$_"},
}
_TO_TEX = str.maketrans(_TEX)


@dataclass(frozen=True)
class Citation:
    """One judgement, or one commitment that nobody has judged yet, ready to be cited.

    `entry` and `hash` are of the log; None and "" for a draft that is previewed.
    """

    id: str
    site: str
    title: str  # lab and promise, as the record calls it
    verdict: str  # with “so far”, confidence, contested and the range
    judged: str
    url: str
    published: date
    accessed: date
    entry: int | None
    hash: str
    is_judgement: bool

    @property
    def proof(self) -> str:
        """Where the record itself says so, for whoever checks."""
        return f"Log entry {self.entry}, SHA-256 {self.hash}" if self.entry else ""

    @property
    def plain(self) -> str:
        """One line."""
        proof = f" ({self.proof})." if self.proof else " ."
        return (
            f"{self.site} ({self.published.year}). {self.title}. {self.judged}: {self.verdict}. "
            f"Published {said(self.published)}. {self.url}{proof} Accessed {said(self.accessed)}."
        )

    @property
    def bibtex(self) -> str:
        """An entry that BibTeX and biblatex take: the site is its author, a name kept whole."""
        fields = {
            "author": f"{{{tex(self.site)}}}",
            "title": f"{{{tex(self.title)}: {tex(self.verdict)}}}",
            "year": f"{self.published.year:04d}",
            "month": _MONTHS[self.published.month - 1],
            "day": f"{self.published.day}",
            "url": self.url,
            "urldate": self.accessed.isoformat(),
            "note": tex(". ".join(each for each in (self.judged, self.proof) if each)),
        }
        lines = [
            f"  {name} = {value if name == 'month' else f'{{{value}}}'}"
            for name, value in fields.items()
        ]
        return "@misc{" + ",\n".join([self.id, *lines]) + "\n}"

    @property
    def csl(self) -> str:
        """A list of one item of CSL-JSON, as reference managers import it."""
        item: dict[str, Any] = {
            "id": self.id,
            "type": "webpage",
            "title": f"{self.title}: {self.verdict}",
            "author": [{"literal": self.site}],
            "container-title": self.site,
            "issued": _csl_date(self.published),
            "accessed": _csl_date(self.accessed),
            "URL": self.url,
            "language": "en-GB",
            "note": ". ".join(each for each in (self.judged, self.proof) if each),
        }
        lines = [f"  {_json(name)}: {_json(value)}" for name, value in item.items()]
        return "[{\n" + ",\n".join(lines) + "\n}]"


def citation_of(standing: Standing) -> Citation:
    """How to cite a commitment under the judgement of `standing`: one query, for the entry."""
    assessment = standing.assessment
    cited = assessment or standing.commitment
    entry = entry_of(cited)
    published = _published(standing, entry)
    face = face_of(standing)
    return Citation(
        id=cited.slug,
        site=face.site,
        title=f"{face.lab}: {face.title}",
        verdict=", ".join(each for each in (face.words, face.range) if each),
        judged=face.judged,
        url=settings.SITE_URL + cited.get_absolute_url(),
        published=published,
        accessed=max(today(), published),  # of two calendars: nobody reads it before it is there
        entry=entry.sequence if entry else None,
        hash=entry.hash if entry else "",
        is_judgement=assessment is not None,
    )


def _published(standing: Standing, entry: Change | None) -> date:
    moment = standing.assessment.published_at if standing.assessment else None
    moment = moment or (entry.at if entry else None)
    return moment.astimezone(UTC).date() if moment else today()


def _csl_date(day: date) -> dict[str, list[list[int]]]:
    return {"date-parts": [[day.year, day.month, day.day]]}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def tex(text: str) -> str:
    """The text as TeX prints it, on one line, in UTF-8."""
    return tidy(text).translate(_TO_TEX)


@shared()
def bibtex(request: HttpRequest, slug: str) -> HttpResponse:
    """The citation of a judgement as a file for TeX."""
    return _file(f"{_cited(slug).bibtex}\n", BIBTEX, f"{slug}.bib")


@shared()
def csl(request: HttpRequest, slug: str) -> HttpResponse:
    """The citation of a judgement as a file for reference managers."""
    return _file(f"{_cited(slug).csl}\n", CSL, f"{slug}.json")


def _cited(slug: str) -> Citation:
    return citation_of(standing_under(slug, today()))


def _file(text: str, content_type: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'  # a slug: nothing in it needs quoting
    return HttpResponse(
        text, content_type=content_type, headers={"Content-Disposition": disposition}
    )
