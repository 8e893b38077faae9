"""For tests of the record file: a record with everything in it, an empty one, and what counts."""

from datetime import date
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_criterion,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_reply,
    make_source,
    make_user,
    published,
)
from tests.curation.redactions import STEWARD, correct
from tests.reading.one_by_one import lab_standings
from tests.unguarded import unguarded
from tracker.assessments.models import Assessment
from tracker.changes.models import Change, LogHead
from tracker.commitments.models import Commitment
from tracker.curation.editing import Actor, begin, finish, retract
from tracker.curation.indexing import append
from tracker.curation.judging import approve, publish_imported, submit
from tracker.curation.redacting import redact
from tracker.interchange.record_files.importing import Report, bring_in
from tracker.interchange.record_files.writing import chunks
from tracker.labs.models import Lab
from tracker.reading.published import commitments
from tracker.reading.standing import standings
from tracker.records.dates import today

DAYS = (date(2023, 6, 30), date(2024, 3, 3), date(2024, 3, 4), date(2024, 5, 20))

#: A character of every plane of Unicode, and what has a meaning of its own in some place or other.
PLANES = "".join(chr(plane * 0x10000 + 0x5678) for plane in range(17) if plane != 0xF)
UNUSUAL = (
    f'“Curly” "straight" \\n \\u0000 </script> 100 % {PLANES} 🎯👩‍🔬 שלום مرحبا é é '
    "\u2028between\u2029paragraphs\ttab\nline — end"
)


def exported() -> bytes:
    """The record file."""
    return b"".join(chunks())


def brought_in(folder: Path, data: bytes, **options: Any) -> Report:
    """Import these bytes."""
    file = folder / "record.json"
    file.write_bytes(data)
    return bring_in(file, **options)


def empty() -> None:
    """The same database without the record and its log, within the test's transaction."""
    using = connection.alias
    models = list(apps.get_app_config("tracker").get_models(include_auto_created=True))
    with transaction.atomic():
        with unguarded(using):
            for model in models:
                model._base_manager.all()._raw_delete(using)
            LogHead.objects.create(pk=1)
            connection.check_constraints()
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)


def scores() -> dict[str, Any]:
    """Every stored score, and every standing on several days."""
    columns = ("low", "high", "coverage", "verdict", "provisional", "confidence", "working")
    found: dict[str, Any] = {
        row[0]: row[1:] for row in Assessment.objects.values_list("slug", *columns)
    }
    for day in (*DAYS, today()):
        for row in standings(commitments(day)):
            found[f"{day} {row.commitment.slug}"] = (
                *(row.verdict, row.provisional, row.confidence, row.contested, row.percent),
                *(row.lifecycle, row.schedule, row.assessment and row.assessment.slug),
            )
        for lab in lab_standings(Lab.objects.filter(state="published"), day):
            found[f"{day} {lab.lab.slug}"] = lab.score
    return found


def take_back(record: Any) -> None:
    """Retract a published record."""
    retract(record, by=EDITOR, reason="It was a mistake.")


def judged_by_two(commitment: Any, **fields: Any) -> Assessment:
    """A judgement that one person wrote and another approved."""
    draft = make_assessment(commitment=commitment, values=["met"], draft=True, **fields)
    submit(draft, by=Actor.of(make_user("Curators", name="ada-example")))
    approve(draft, by=Actor.of(make_user("Reviewers", name="bob-example")))
    return Assessment.objects.get(pk=draft.pk)


def everything() -> None:
    """A small made-up record in which all has happened that a record file must carry."""
    lab, other = make_lab(slug="example-lab", summary=UNUSUAL), make_lab(slug="sample-lab")
    _tags_and_people(lab, other)
    _sources(lab)
    _promises(lab, other)
    _judgements(lab)
    _taken_back(lab)


def _tags_and_people(lab: Lab, other: Lab) -> None:
    with transaction.atomic():
        edit = begin(lab, by=EDITOR, reason="Its groups.")
        for kind, name in (("region", "Zürich"), ("region", "Århus"), ("cohort", "a 🎯 cohort")):
            lab.tags.create(kind=kind, name=name)
        finish(edit, lab)
    make_person(slug="ada", name="Ada Example", lab=lab, role="auditor", summary=UNUSUAL)
    make_person(slug="rahel", name="רחל דוגמה", lab=other)


def _sources(lab: Lab) -> None:
    """Origins in a ring, and one that is known only through another that repeats it."""
    first = make_source(slug="b-first", title="A 🎯 title — «guillemets»", note=UNUSUAL)
    second = make_source(slug="a-second", read_via=first, tier="tertiary", lab=lab)
    with transaction.atomic():
        edit = begin(first, by=EDITOR, reason="It repeats the other.")
        first.origins.add(second)
        finish(edit, first)
    third = make_source(slug="c-third", draft=True)
    third.origins.set([first, second])
    published(third)
    make_quotation(slug="words", source=second, exact=UNUSUAL, prefix="said: ", speaker_lab=lab)
    make_source(slug="never-seen", title="A draft", draft=True)


def _promises(lab: Lab, other: Lab) -> None:
    pledge = make_pledge(slug="pact", clauses=3, addressed=(other, lab), kind="joint_pledge")
    make_pledge(slug="call", kind="open_call", checked_on=date(2024, 1, 2))
    newer = make_commitment(slug="a-newer", lab=lab, made_on="2024-02")
    older = make_commitment(
        slug="b-older",
        lab=lab,
        pledge=pledge,
        clause=pledge.clauses.get(number="2"),
        criteria=0,
        draft=True,
        deadline_kind="window",
        deadline_due_on="2024-01/2024-06",
        deadline_basis="derived",
        successor=newer,
        relation="strengthened",
    )
    for position, weight in ((1, "2.125"), (2, "0.001"), (3, "1")):
        reason = "" if weight == "1" else "It says so twice."
        make_criterion(commitment=older, position=position, weight=weight, weight_reason=reason)
    older.undefined.create(aspect="metric", note=UNUSUAL)
    older.undefined.create(aspect="base", note="Which?")
    source = make_source(slug="news")
    older.lifecycle_events.create(lifecycle="superseded", on="2024-02", source=source)
    published(older)
    make_commitment(slug="unjudged", lab=other, deadline_kind="recurring",
                    deadline_period="P1Y", deadline_due_on="2025-Q2")  # fmt: skip
    make_indicator(slug="where", source=source)


def _judgements(lab: Lab) -> None:
    older, newer = Commitment.objects.get(slug="b-older"), Commitment.objects.get(slug="a-newer")
    seen = make_outcome(slug="seen", bears_on=older, direction="undermines", statement=UNUSUAL)
    values = ["met", "not_met", "unverifiable"]
    # of one day, and published one after the other: the last one holds, whatever its slug
    for slug in ("z-first", "m-second", "a-third"):
        make_assessment(commitment=older, values=values, evidence=(seen,), slug=slug)
        values = values[1:] + values[:1]
    before = judged_by_two(newer, slug="by-two", rationale=UNUSUAL)
    _second_edition(newer)
    again = make_assessment(
        draft=True,
        slug="again",
        commitment=newer,
        values=["partly_met"],
        edition=2,
        supersedes=before,
        effective_on=date(2024, 5, 6),
        contest_verdict="broken",
        contest_held_by="The lab",
        contest_source=make_source(slug="contest"),
        contest_reading=UNUSUAL,
    )
    again.dissents.create(held_by="A second reader", verdict="kept", reading=UNUSUAL)
    with transaction.atomic():
        append([publish_imported(again, by=EDITOR, batch="tests")])
    make_reply(commitment=newer, slug="z-asked", status="no_reply")
    make_reply(commitment=newer, slug="a-asked")
    quotations = tuple(make_quotation(slug=f"wording-{each}", exact=each) for each in "xy")
    make_discrepancy(slug="dispute", quotations=quotations, commitments=(older, newer))
    make_outcome(slug="search", kind="search", search_where="the site", search_query="audit",
                 bears_on=make_indicator(slug="what"), direction="context")  # fmt: skip


def _second_edition(commitment: Any) -> None:
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="A clearer question.")
        make_criterion(commitment=commitment, position=1, edition=2, kind="on_time")
        finish(edit, commitment)


def _taken_back(lab: Lab) -> None:
    """Corrections, retractions of what others still refer to, and a redaction."""
    correct(lab, summary="A made-up lab.")
    gone = make_commitment(slug="gone", lab=lab)
    evidence = make_outcome(slug="gone-too", bears_on=gone, title="Words to be taken out")
    make_assessment(slug="stays", commitment=gone, values=["met"], evidence=(evidence,))
    take_back(evidence)
    take_back(gone)
    take_back(make_source(slug="nobody-needs"))
    entries = Change.objects.filter(subject_type="outcome", subject_slug="gone-too")
    redact(
        list(entries.values_list("sequence", flat=True)),
        by=STEWARD,
        reason="They named a private person.",
    )
