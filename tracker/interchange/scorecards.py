"""A study's scorecard on its way into the record: all of it or nothing, in one transaction.

A commitment and a judgement for each lab and clause, and for each lab one outcome, "the study
measured it", which every finding of that lab cites.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from tracker.assessments.models import Assessment
from tracker.commitments.enums import Basis, Category
from tracker.commitments.models import Commitment, Pledge
from tracker.curation.creating import create_all
from tracker.curation.editing import Actor, Refused
from tracker.curation.roles import PUBLISH
from tracker.curation.writing import Batch
from tracker.evidence.models import Outcome
from tracker.interchange.scorecards_looked import Looked, LookedClause, number_words
from tracker.interchange.sheets import Question, Sheet, SheetError
from tracker.interchange.sheets_cells import ONE
from tracker.labs.models import Lab
from tracker.records.dates import today
from tracker.records.models import Record, State
from tracker.records.plain import Plain, PlainError, complete
from tracker.scoring import Confidence, Judged, PooledShare, pooled_share
from tracker.sources.models import Source

ACTOR = "import_scorecard"
TOGETHER = 100  # records between two looks at the progress

#: What the command calls each part of a Study that it asks for.
OPTIONS: Mapping[str, str] = {
    name: f"--{name.replace('_', '-')}"
    for name in ("pledge", "title", "as_of", "source", "create_labs")
}

Work = list[tuple[type[Record], list[Plain]]]


@dataclass(frozen=True)
class Study:
    """What the sheet itself does not say. `source` is a slug, or "" to make a source.

    `called` says what these are called where they were asked for, in the words of a refusal.
    """

    pledge: str
    title: str
    as_of: date
    source: str = ""
    promised: bool = False
    create_labs: bool = False
    publish: bool = False
    called: Mapping[str, str] = field(default_factory=lambda: OPTIONS)


@dataclass(frozen=True)
class _Column:
    """A lab of the sheet: its slug and name in the record, and where its cells stand."""

    slug: str
    name: str
    place: int


def look(sheet: Sheet, study: Study) -> Looked:
    """Check all that `bring_in` checks, and write nothing. Raises SheetError."""
    work = _work(sheet, study)
    new = {plain["name"] for model, plains in work if model is Lab for plain in plains}
    columns = _columns(sheet, study, [])
    clauses = [
        LookedClause(
            number=number,
            name=clause,
            group=sheet.groups.get(clause, ""),
            criteria=len(questions),
            weight=sum((question.weight for question in questions), Decimal()),
            shares=[_share([questions], column) for column in columns],
        )
        for number, (clause, questions) in enumerate(sheet.clauses.items(), start=1)
    ]
    return Looked(
        counts={model: len(plains) for model, plains in work},
        labs=[(column.name, column.name in new) for column in columns],
        clauses=clauses,
        totals=[_share(sheet.clauses.values(), column) for column in columns],
        weighted=sheet.weighted,
    )


def _share(clauses: Iterable[Sequence[Question]], column: _Column) -> PooledShare:
    """A lab's share of the clauses' criteria."""
    return pooled_share(
        [Judged(each.values[column.place], Fraction(each.weight)) for each in questions]
        for questions in clauses
    )


def bring_in(
    sheet: Sheet, study: Study, progress: Callable[[int, int], None] | None = None
) -> dict[type[Record], list[Record]]:
    """Write the sheet as drafts, or publish it as imported judgements; what was made, by noun.

    Raises SheetError, and then nothing has been written.
    """
    reason = f"Imported from the scorecard “{study.title}”."
    batch = Batch(Actor(ACTOR, rights=frozenset({PUBLISH})), f"scorecard {study.pledge}", reason)
    try:
        with transaction.atomic():
            work = _work(sheet, study)
            total, done = sum(len(plains) for _, plains in work), 0
            for model, plains in work:
                for start in range(0, len(plains), TOGETHER):
                    some = plains[start : start + TOGETHER]
                    create_all(model, some, batch, publish=study.publish)
                    done += len(some)
                    if progress:
                        progress(done, total)
            batch.close()
    except Refused as refused:
        raise SheetError([f"{sheet.file}: {problem}" for problem in refused.problems]) from None
    except IntegrityError:  # the slugs were free when they were looked up
        raise SheetError([f"{sheet.file}: somebody else used its slugs meanwhile."]) from None
    return {model: _made(model, batch) for model, _ in work}


def _made(model: type[Record], batch: Batch) -> list[Record]:
    return list(model._default_manager.filter(pk__in=batch.written.of(model)).order_by("pk"))


def _work(sheet: Sheet, study: Study) -> Work:
    """Every record that the sheet makes, those referred to first. Raises SheetError."""
    problems = list(_option_problems(study))
    columns = _columns(sheet, study, problems)
    problems += _taken(study)
    if problems:
        raise SheetError(problems)
    known = set(Lab.objects.values_list("slug", flat=True))
    new_labs = [
        {"slug": column.slug, "name": column.name, "kind": "ai_lab"}
        for column in columns
        if column.slug not in known
    ]
    measured = [
        (column, number, clause, questions)
        for column in columns
        for number, (clause, questions) in enumerate(sheet.clauses.items(), start=1)
    ]
    work: list[tuple[type[Record], list[Plain]]] = [
        (Lab, new_labs),
        (Source, [] if study.source else [_source(study)]),
        (Pledge, [_pledge(sheet, study, columns)]),
        (Commitment, [_commitment(study, *each) for each in measured]),
        (Outcome, [_outcome(sheet, study, column) for column in columns]),
        (Assessment, [_assessment(study, *each) for each in measured]),
    ]
    return [(model, [_whole(sheet, model, plain) for plain in plains]) for model, plains in work]


def _whole(sheet: Sheet, model: type[Record], plain: Plain) -> Plain:
    try:
        return complete(model, plain)[0]
    except PlainError as error:
        where = f"{sheet.file}, {model.noun()} {plain['slug']!r}"
        raise SheetError([f"{where}: {problem}" for problem in error.problems]) from None


def _option_problems(study: Study) -> Iterator[str]:
    called = study.called
    for name, column, text in (("pledge", "slug", study.pledge), ("title", "title", study.title)):
        try:
            complete(Pledge, {"slug": "x", "title": "x", "kind": "scorecard"} | {column: text})
        except PlainError as error:
            yield from (f"{called[name]}: {problem.message}" for problem in error.problems)
    if study.as_of > today():
        still = f"{study.as_of} is still to come; a judgement takes effect today or earlier."
        yield f"{called['as_of']}: {still}"
    if study.source:
        source = Source.objects.filter(slug=study.source).first()
        if source is None:
            yield f"{called['source']}: there is no source {study.source!r}."
        elif source.state == State.RETRACTED or (study.publish and source.state == State.DRAFT):
            yield f"{called['source']}: the source {study.source!r} is not published."
    elif Source.objects.filter(slug=study.pledge).exists():
        yield (
            f"{called['source']}: there is already a source {study.pledge!r}; name it with "
            f"{called['source']}, or another with {called['pledge']}."
        )


def _columns(sheet: Sheet, study: Study, problems: list[str]) -> list[_Column]:
    """The lab of each column. What cannot be told is added to `problems`."""
    labs = list(Lab.objects.all())
    by_slug, by_name = {lab.slug: lab for lab in labs}, {lab.name: lab for lab in labs}
    columns: list[_Column] = []
    headed: set[str] = set()
    for place, heading in enumerate(sheet.labs):
        where = f"{sheet.file}, {sheet.places[place]}"
        lab = by_slug.get(heading) or by_name.get(heading)
        slug = lab.slug if lab else slugify(heading)[:120].strip("-")
        if lab is None and not study.create_labs:
            would = f"{study.called['create_labs']} would make it"
            problems.append(f"{where}: there is no lab {heading!r}; {would}.")
        elif lab is None and slug in by_slug:
            problems.append(f"{where}: {heading!r} is not {by_slug[slug].name!r}, but its slug is.")
        elif lab is None and not slug:
            problems.append(f"{where}: {heading!r} gives no slug; make the lab in the admin first.")
        elif lab and (lab.state == State.RETRACTED or (study.publish and lab.state == State.DRAFT)):
            problems.append(f"{where}: the lab {heading!r} is not published.")
        elif slug in headed:
            problems.append(f"{where}: {heading!r} is the lab {slug!r} under another name.")
        elif len(slug) + len(study.pledge) > 110:  # a clause's number must still fit in
            long = f"with {study.called['pledge']} it makes a slug that is too long"
            problems.append(f"{where}: {long}.")
        columns.append(_Column(slug, lab.name if lab else heading, place))
        headed.add(slug)
    return columns


def _taken(study: Study) -> Iterator[str]:
    """An import never writes over what is there, drafts included."""
    if Pledge.objects.filter(slug=study.pledge).exists():
        yield (
            f"{study.called['pledge']}: there is already a pledge {study.pledge!r}, and an import "
            "changes none. "
            "Was this sheet imported before? Correct the record in the admin, or choose another."
        )
        return
    for model in (Commitment, Outcome, Assessment):
        found = model._default_manager.filter(slug__startswith=f"{study.pledge}-")
        if slug := found.values_list("slug", flat=True).first():
            yield (
                f"{study.called['pledge']}: the {model.noun()} {slug!r} has a slug that this "
                "study's could meet; choose another."
            )


def _source(study: Study) -> Plain:
    return {
        "slug": study.pledge,
        "title": study.title,
        "medium": "study",
        "tier": "tertiary",
        "note": "Known to this record through its table of results.",
    }


def _pledge(sheet: Sheet, study: Study, columns: Sequence[_Column]) -> Plain:
    asked = sum(len(questions) for questions in sheet.clauses.values())
    return {
        "slug": study.pledge,
        "title": study.title,
        "kind": "scorecard",
        "issued_on": study.as_of.isoformat(),
        "source": study.source or study.pledge,
        "summary": f"Labs: {len(columns)}. Criteria: {asked}, in {len(sheet.clauses)} clauses. "
        f"The values {'and weights ' if sheet.weighted else ''}are the study’s own.",
        "clauses": [
            {"number": str(number), "title": clause, "group": sheet.groups.get(clause, "")}
            for number, clause in enumerate(sheet.clauses, start=1)
        ],
        "parties": [
            {"lab": column.slug, "role": "signed" if study.promised else "addressed"}
            for column in columns
        ],
    }


def _slug(study: Study, column: _Column, number: int) -> str:
    return f"{study.pledge}-{column.slug}-{number}"


def _commitment(
    study: Study, column: _Column, number: int, clause: str, questions: Sequence[Question]
) -> Plain:
    if study.promised:
        reported = "The study has it that the lab promised this."
        obligation = f"To do what the study asks under “{clause}”."
    else:
        reported = "Not promised: the study measures it."
        obligation = f"Nothing: nobody promised it. The study asks these questions on “{clause}”."
    return {
        "slug": _slug(study, column, number),
        "lab": column.slug,
        "pledge": study.pledge,
        "clause": str(number),
        "title": f"{clause}: {column.name}",  # alone it would be every lab's in the log
        "reported_words": reported,
        "reported_by": study.source or study.pledge,
        "force": "promise" if study.promised else "aim",  # the softest; nobody promised it
        "basis": Basis.PROMISED.value if study.promised else Basis.MEASURED.value,
        "category": _category(clause),
        "obligation": obligation,
        "made_on": study.as_of.isoformat(),
        "deadline": {"kind": "undated"},
        "criteria": [
            _criterion(position, question) for position, question in enumerate(questions, start=1)
        ],
    }


def _criterion(position: int, question: Question) -> Plain:
    return {
        "position": position,
        "question": question.text,
        "evidence_needed": "What the study accepts as evidence.",
        "weight": number_words(question.weight),
        "weight_reason": "" if question.weight == ONE else "The study’s own weight.",
    }


def _category(clause: str) -> str:
    """The category that the clause's name contains, else governance, the broadest."""
    named = (str(category) for category in Category.values if category in clause.lower())
    return next(named, Category.GOVERNANCE.value)


def _outcome(sheet: Sheet, study: Study, column: _Column) -> Plain:
    return {
        "slug": f"{study.pledge}-{column.slug}",
        "title": f"{column.name} in {study.title}",
        "statement": f"The study reports what it found of {column.name}, criterion by criterion.",
        "kind": "measurement",
        "occurred_on": study.as_of.isoformat(),
        "labs": [column.slug],
        "sources": [{"source": study.source or study.pledge}],
        "bearings": [
            # neither for nor against: one measurement finds things met and not met
            {"commitment": _slug(study, column, number), "direction": "context"}
            for number in range(1, len(sheet.clauses) + 1)
        ],
    }


def _assessment(
    study: Study, column: _Column, number: int, clause: str, questions: Sequence[Question]
) -> Plain:
    findings: list[dict[str, Any]] = []
    for position, question in enumerate(questions, start=1):
        value = str(question.values[column.place])
        findings.append(
            {
                "criterion": position,
                "value": value,
                "note": f"The study’s own value: {value.replace('_', ' ')}.",
                "evidence": [f"{study.pledge}-{column.slug}"],
            }
        )
    return {
        "slug": _slug(study, column, number),
        "commitment": _slug(study, column, number),
        "effective_on": study.as_of.isoformat(),
        "rationale": f"The values of “{study.title}”, as of {study.as_of}, taken over unchanged.",
        "confidence": Confidence.LOW.value,
        "reply_waiver": "The values are the study’s; this record asked no lab for a reply on them.",
        "findings": findings,
    }
