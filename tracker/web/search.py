"""Search over everything, by word and by noun."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict

from tracker.answers.pages import page, public_list
from tracker.reading import search as read
from tracker.reading.attribution import Attribution
from tracker.reading.documents import MODELS
from tracker.reading.filtering import SEARCH_LENGTH, BadParameter, only
from tracker.reading.fulltext import COUNTED
from tracker.reading.pages.search import Hit, search_page
from tracker.records.dates import today
from tracker.records.fields import refuse_unprintable_in_line
from tracker.sources.models import Quotation
from tracker.web.paging import number_of, place_of
from tracker.web.words import ATTRIBUTIONS, CHECKS

#: The nouns that can be found, in the plural.
NOUNS = {noun: str(model._meta.verbose_name_plural) for noun, model in MODELS.items()}


@dataclass(frozen=True)
class Choice:
    """One noun to narrow by, with how many were found."""

    label: str
    count: str
    url: str
    chosen: bool


@dataclass(frozen=True)
class Row:
    """One document that was found; for a quotation, how surely the words are their speaker's."""

    hit: Hit
    attribution: str = ""
    attribution_words: str = ""
    check_words: str = ""


@public_list
def search(request: HttpRequest) -> HttpResponse:
    """Search everything that is published."""
    only(request.GET, "q", "noun", "page")
    text, noun = _asked(request.GET), request.GET.get("noun", "")
    if noun and noun not in read.NOUNS:
        raise BadParameter("noun", f"Choose one of: {', '.join(read.NOUNS)}.")
    number = number_of(request.GET)
    terms = read.terms_of(text)
    if not terms.terms:
        return page(request, "search.html", q=text, nothing=bool(text.strip()))
    found = search_page(terms, noun, number, today())
    listed = found.findings.listed
    place = place_of(listed, request.GET, read.PAGE)
    return page(
        request,
        "search.html",
        q=text,
        noun=noun,
        result=found,
        choices=_choices(text, noun, found.findings.counts),
        beyond=found.findings.more or found.findings.total > listed,
        most=listed,
        page=replace(place, rows=[_row(hit, found.attributions) for hit in found.hits]),
    )


def _asked(query: QueryDict) -> str:
    text = query.get("q", "")
    if len(text) > SEARCH_LENGTH:
        raise BadParameter("q", f"may have {SEARCH_LENGTH} characters, not {len(text)}.")
    try:
        refuse_unprintable_in_line(text)
    except ValidationError as error:
        raise BadParameter("q", " ".join(error.messages)) from None
    return text


def _row(hit: Hit, attributions: dict[int, Attribution]) -> Row:
    if not isinstance(hit.record, Quotation):
        return Row(hit)
    attribution = attributions[hit.record.pk]
    return Row(hit, attribution, ATTRIBUTIONS[attribution], CHECKS[hit.record.check_status])


def _choices(text: str, noun: str, counts: dict[str, int]) -> list[Choice]:
    """Everything, then each noun of which something was found, and the chosen one."""
    everything = sum(min(count, COUNTED) for count in counts.values())
    more = any(count > COUNTED for count in counts.values())
    named = [("", "Everything", f"{everything:,}{'+' if more else ''}")]
    named += [
        (each, NOUNS[each].capitalize(), _counted(counts.get(each, 0)))
        for each in read.NOUNS
        if counts.get(each) or each == noun
    ]
    return [
        Choice(label, count, _address(text, value), value == noun) for value, label, count in named
    ]


def _counted(count: int) -> str:
    return f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"


def _address(text: str, noun: str) -> str:
    return "?" + urlencode({"q": text, "noun": noun} if noun else {"q": text})
