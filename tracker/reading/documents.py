"""What can be found of each noun: of published records only, and never what is private.

A document is made of the record's own words. Of what the record concerns it holds the slugs, which
never change, and of one other record the words: a commitment's are those of its quotation. So a
change of one record can make another's document anew: `drawing_on` and `judging` say which.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db.models import QuerySet

from tracker.assessments.models import Assessment
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import Discrepancy, Indicator, Outcome
from tracker.labs.models import Lab, Person
from tracker.reading.folding import MOST, folded
from tracker.reading.models import SearchDocument
from tracker.reading.published import published
from tracker.records.fetching import fetch_lists
from tracker.records.models import Record, State
from tracker.records.prepared import Prepared
from tracker.sources.models import Quotation, Source

COLUMNS = ("title", "text", "title_words", "text_words", "more_words")


@dataclass(frozen=True)
class Written:
    """Title, the lines of the text, and what is found but not shown."""

    title: str
    lines: Iterable[str]
    more: Iterable[str] = field(default=())


def _lab(lab: Lab) -> Written:
    return Written(lab.name, [lab.summary], [lab.get_kind_display()])


def _person(person: Person) -> Written:
    return Written(person.name, [person.role, person.summary], [_slug(person.lab)])


def _source(source: Source) -> Written:
    made_by = ", ".join(filter(None, (source.authors, source.publisher)))
    return Written(source.title, [made_by], [source.medium, _slug(source.lab)])


def _quotation(quotation: Quotation) -> Written:
    about = (quotation.source, quotation.speaker, quotation.speaker_lab)
    return Written("", [quotation.exact], [quotation.speaker_note, *map(_slug, about)])


def _pledge(pledge: Pledge) -> Written:
    clauses = (
        f"{clause.number}. {clause.title}" + (f": {clause.text}" if clause.text else "")
        for clause in pledge.clauses.all()
    )
    groups = {clause.group for clause in pledge.clauses.all()}
    more = [pledge.get_kind_display(), *sorted(groups)]
    return Written(pledge.title, [pledge.issued_by, pledge.summary, *clauses], more)


def _commitment(commitment: Commitment) -> Written:
    words = commitment.words
    # Said or reported words are shown with who prints them, and not in an excerpt.
    said = words.exact if words and words.state == State.PUBLISHED else ""
    about = (commitment.lab, commitment.pledge, commitment.announced_by)
    more = [commitment.reported_words, said, commitment.get_category_display()]
    return Written(commitment.title, [commitment.obligation], [*more, *map(_slug, about)])


def _indicator(indicator: Indicator) -> Written:
    return Written(indicator.title, [indicator.question, indicator.confirms, indicator.refutes])


def _outcome(outcome: Outcome) -> Written:
    about = sorted(each.slug for each in (*outcome.labs.all(), *outcome.people.all()))
    looked = [outcome.search_where, outcome.search_query]
    return Written(outcome.title, [outcome.statement], [*looked, *about])


def _discrepancy(discrepancy: Discrepancy) -> Written:
    # What a source says stands beside its name, and not in an excerpt.
    says = [account.says for account in discrepancy.accounts.all()]
    return Written(discrepancy.title, [discrepancy.question, discrepancy.resolution], says)


def _assessment(assessment: Assessment) -> Written:
    commitment = assessment.commitment
    return Written("", [assessment.rationale], [commitment.slug, commitment.lab.slug])


def _slug(record: Record | None) -> str:
    return record.slug if record else ""


#: Each noun that can be found: its document, and what is fetched for it with the records.
_MADE: dict[type[Record], tuple[Callable[[Any], Written], tuple[str, ...], tuple[str, ...]]] = {
    Lab: (_lab, (), ()),
    Person: (_person, ("lab",), ()),
    Commitment: (_commitment, ("lab", "pledge", "words", "announced_by"), ()),
    Pledge: (_pledge, (), ("clauses",)),
    Outcome: (_outcome, (), ("labs", "people")),
    Assessment: (_assessment, ("commitment", "commitment__lab"), ()),
    Discrepancy: (_discrepancy, (), ("accounts",)),
    Quotation: (_quotation, ("source", "speaker", "speaker_lab"), ()),
    Source: (_source, ("lab",), ()),
    Indicator: (_indicator, (), ()),
}
MODELS: dict[str, type[Record]] = {model.noun(): model for model in _MADE}

#: Private, and can be megabytes long.
_NEVER = {Source: ("archived_text",), Quotation: ("source__archived_text",)}


def documents(noun: str, slugs: Collection[str]) -> Iterator[SearchDocument]:
    """The documents, not saved, of those of these records that are published."""
    make, _, fetched = _MADE[MODELS[noun]]
    records = _told(MODELS[noun]).rows(sorted(slugs))
    for name in fetched:
        fetch_lists(records, name)
    for record in records:
        yield _document(record, make(record))


@cache
def _told(model: type[Record]) -> Prepared:
    """The published, by slug, with what is fetched for them."""
    _, joined, _ = _MADE[model]
    rows: QuerySet[Any] = published(model).defer(*_NEVER.get(model, ()))
    if model is Assessment:  # with its commitment, its page is gone
        rows = rows.filter(commitment__state=State.PUBLISHED)
    if joined:
        rows = rows.select_related(*joined)
    return Prepared(lambda: rows.order_by("slug"), "slug")


def _document(record: Record, written: Written) -> SearchDocument:
    lines = [each for line in written.lines for each in line.split("\n") if each.strip()]
    text = "\n".join(lines)[:MOST]
    return SearchDocument(
        noun=record.noun(),
        slug=record.slug,
        title=written.title,
        text=text,
        title_words=folded(written.title),
        text_words=folded(text),
        more_words=folded(record.slug, *written.more),
    )


def drawing_on(quotations: Collection[str]) -> list[str]:
    """The slugs of the published commitments whose words these quotations are."""
    return _DRAWING.rows(quotations)


def judging(commitments: Collection[str]) -> list[str]:
    """The slugs of the published judgements of these commitments."""
    return _JUDGING.rows(commitments)


_DRAWING = Prepared(
    lambda: published(Commitment).order_by().values_list("slug", flat=True), "words__slug"
)
_JUDGING = Prepared(
    lambda: published(Assessment).order_by().values_list("slug", flat=True), "commitment__slug"
)
