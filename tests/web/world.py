"""A made-up record with as many rows as asked, and the address of every page type in it."""

from datetime import date

from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_source,
    published,
)
from tracker.assessments.models import Dissent, Reply
from tracker.commitments.models import LifecycleEvent, Undefined

LISTS = {
    "home": "/",
    "labs": "/labs/",
    "commitments": "/commitments/",
    "compare": "/compare/",
    "pledges": "/pledges/",
    "timeline": "/timeline/",
    "people": "/people/",
    "sources": "/sources/",
    "discrepancies": "/discrepancies/",
    "indicators": "/indicators/",
    "changes": "/changes/",
    "checkpoints": "/changes/checkpoints/",
    "methodology": "/methodology/",
    "search": "/search/",
    "data": "/data/",
    "sensitivity": "/methodology/sensitivity/",
}


def make_world(rows: int) -> dict[str, str]:
    """Build `rows` of everything around one lab; return the address of each page type."""
    lab = make_lab(name=f"Example Lab of {rows}")
    compiled = make_source(title="The Compilation", tier="tertiary")
    post = make_source(title="The Post", tier="primary_lab", lab=lab, read_via=compiled)
    post.origins.set(make_source(title=f"Origin {each}") for each in range(rows))
    speaker = make_person(name="Ada Example", lab=lab)
    for each in range(rows):
        make_person(name=f"Bea Example {each}", lab=lab)
    quotations = tuple(
        make_quotation(source=post, speaker=speaker, said_in=compiled, exact=f"We promise {each}.")
        for each in range(rows)
    )
    pledge = make_pledge(
        kind="open_call", checked_on=date(2024, 5, 6), clauses=rows, addressed=(lab,), source=post
    )
    commitment = make_commitment(
        draft=True,
        lab=lab,
        pledge=pledge,
        clause=pledge.clauses.first(),
        announced_by=speaker,
        words=quotations[0],
        criteria=rows,
        title="Publish the audit",
    )
    for aspect in ("metric", "base", "period", "beneficiary")[:rows]:
        Undefined.objects.create(commitment=commitment, aspect=aspect, note="Which one?")
    for each in range(rows):
        LifecycleEvent.objects.create(
            commitment=commitment, lifecycle="amended", on=f"2024-02-0{each + 1}", source=post
        )
    commitment = published(commitment)
    for each in range(rows):
        other = make_commitment(
            lab=lab, announced_by=speaker, successor=commitment, relation="replaced"
        )
        make_assessment(commitment=other, values=["met"])
        branch = make_lab(name=f"Example Lab, branch {rows}.{each}")
        branch.tags.create(kind="cohort", name=f"Example cohort {rows}.{each}")
        make_commitment(lab=branch, pledge=pledge, clause=pledge.clauses.first())
    outcomes = tuple(
        make_outcome(bears_on=commitment, sources=(post, compiled), title=f"Audit {each}")
        for each in range(rows)
    )
    for outcome in outcomes:
        outcome.labs.add(lab)
        outcome.people.add(speaker)
        outcome.sourcing.filter(source=post).update(quotation=quotations[0])
    for each in range(rows):
        dispute = make_discrepancy(quotations=quotations, commitments=(commitment,))
        dispute.outcomes.set(outcomes)
        make_outcome(bears_on=make_indicator(source=post), sources=(post,))
        published(
            Reply.objects.create(
                slug=f"reply-{rows}-{each}",
                commitment=commitment,
                asked_on=date(2024, 3, 1),
                due_on=date(2024, 3, 31),
                asked_of="the press office",
                source=post,
            )
        )
    for each in range(rows):
        assessment = make_assessment(
            commitment=commitment,
            values=["not_met"] * rows,
            effective_on=date(2024, 4, each + 1),
            evidence=outcomes,
            contest_verdict="unresolved",
            contest_held_by="A fair reader",
            contest_source=compiled,
            contest_reading="The audit may yet come.",
        )
        Dissent.objects.create(
            assessment=assessment, held_by=f"Reader {each}", verdict="kept", reading="It came."
        )
    return LISTS | {
        "lab": lab.get_absolute_url(),
        "lab as of a day": f"{lab.get_absolute_url()}?as_of=2024-04-01",
        "compared": f"/compare/?lab={lab.slug}&lab={branch.slug}",
        "found": "/search/?q=audit&noun=commitment",
        "person": speaker.get_absolute_url(),
        "source": post.get_absolute_url(),
        "pledge": pledge.get_absolute_url(),
        "commitment": commitment.get_absolute_url(),
        "commitment as of a day": f"{commitment.get_absolute_url()}?as_of=2024-04-02",
        "arithmetic": f"/methodology/?commitment={commitment.slug}",
        "outcome": outcomes[0].get_absolute_url(),
        "assessment": assessment.get_absolute_url(),
        "change": "/changes/2/",
    }
