"""A made-up record in which everything occurs that files could stumble over."""

from django.db import transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_reply,
    make_source,
    published,
)
from tests.web.studies import make_study
from tests.web.world import make_world
from tracker.commitments.models import Commitment
from tracker.curation.editing import Actor, retract
from tracker.curation.redacting import redact
from tracker.curation.roles import PUBLISH, REDACT
from tracker.evidence.models import Bearing

STRANGE = "zyzzyva"  # stands in every draft, and nowhere else
PRIVATE = "quagga"  # stands in the archived text of a source alone
FORMULA = '=HYPERLINK("https://example.org","Example")'
STEWARD = Actor("Stan Steward", rights=frozenset({PUBLISH, REDACT}))


def make_messy() -> None:
    """Some of everything; a formula, lines, quotes and commas; retracted and redacted; drafts."""
    make_world(2)
    make_study()
    lab = make_lab(slug="formula-lab", name=FORMULA, summary='Two\nlines, "quoted", ’curly’ – 你好')
    for kind, name in (
        ("cohort", "=Signed/once"),
        ("region", "Example-Land"),
        ("openness", "open"),
    ):
        lab.tags.create(kind=kind, name=name)
    pledge = make_pledge(draft=True, addressed=(lab,), source=make_source())
    clause = pledge.clauses.create(number="3/(b)", title="@clause", position=1)
    pledge = published(pledge)
    aim = make_commitment(
        lab=lab, pledge=pledge, clause=clause, force="aim", criteria=2,
        title="'=begins with an apostrophe and a sign", deadline_kind="by_date",
        deadline_due_on="2024-03", deadline_basis="stated",
    )  # fmt: skip
    seen = make_outcome(
        bears_on=aim, direction="undermines", sources=(make_source(tier="primary_witness"),)
    )
    make_assessment(commitment=aim, values=["not_met", "not_met"], evidence=(seen,))
    half = make_commitment(draft=True, lab=lab, criteria=0, made_on="2024-01-02/2024-01-04")
    half.criteria.create(
        position=1, question="Half?", evidence_needed="+1", weight="0.125", weight_reason="Small."
    )
    half.criteria.create(position=2, question="Whole?", evidence_needed="-", edition=1)
    half = published(half)
    make_assessment(commitment=half, values=["partly_met", "unverifiable"])
    make_reply(commitment=half)
    on_one = make_outcome(draft=True, title="On one question alone")
    Bearing.objects.create(
        outcome=on_one, commitment=half, criterion=half.criteria.first(), direction="context"
    )
    published(on_one)
    make_source(archived_text=f"The {PRIVATE} is private.", title="@source")

    judged_on_lost_evidence(half)
    drafts()


def judged_on_lost_evidence(commitment: Commitment) -> None:
    """A judgement that cites an outcome which was retracted since, whose words are redacted."""
    source = make_source(title="Taken back, too")
    lost = make_outcome(bears_on=commitment, sources=(source,), title="To be taken back")
    make_assessment(commitment=commitment, values=["met", "met"], evidence=(lost,))
    with transaction.atomic():
        changes = retract(lost, by=STEWARD, reason="It did not happen.")
    with transaction.atomic():
        retract(source, by=EDITOR, reason="It was withdrawn.")
    with transaction.atomic():
        redact([changes[0].sequence], by=STEWARD, reason="A name that must not stand here.")


def drafts() -> None:
    """One of each noun, each with the strange word."""
    lab = make_lab(draft=True, slug=f"{STRANGE}-lab", name=f"{STRANGE} Lab")
    source = make_source(draft=True, title=STRANGE, slug=f"{STRANGE}-source")
    make_person(draft=True, name=STRANGE)
    words = make_quotation(draft=True, source=source, exact=STRANGE)
    make_pledge(draft=True, title=STRANGE, clauses=1)
    commitment = make_commitment(draft=True, lab=lab, words=words, title=STRANGE)
    make_indicator(draft=True, title=STRANGE, source=source)
    make_outcome(draft=True, title=STRANGE, sources=(source,), bears_on=commitment)
    make_discrepancy(draft=True, title=STRANGE)
    make_assessment(draft=True, commitment=commitment, values=["met"], rationale=STRANGE)
    make_reply(draft=True, commitment=commitment, asked_of=STRANGE)
