"""The JSON Schema (draft 2020-12) of each of `shapes`: of the plain form, read off the models, and
of what is computed beside it. A function for each noun, and for the parts that others share."""

from collections.abc import Iterable
from typing import Any

from tracker.assessments.models import Assessment, Origin
from tracker.changes.kinds import Kind, Significance
from tracker.commitments.enums import Basis, Category, Force, Lifecycle, Schedule
from tracker.commitments.models import Commitment, Criterion, Pledge
from tracker.evidence.models import Discrepancy, Indicator, Outcome
from tracker.labs.models import Lab, Person
from tracker.reading.attribution import Attribution
from tracker.records.models import Record
from tracker.records.schema import SLUG, Schema, closed, or_null, plain_schema, with_article
from tracker.scoring import Confidence, FindingValue, Tier, Timeliness, Verdict
from tracker.sources.models import Quotation, Source

HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
MOMENT = (
    "UTC with microseconds always written, as in 2026-11-21T20:15:00.123456Z, so that texts sort."
)


# --- Parts ---------------------------------------------------------------------------------------


def text(description: str) -> Schema:
    """A text, which may be empty."""
    return {"type": "string", "description": description}


def one_of(values: Iterable[Any], description: str) -> Schema:
    """One value of an enumeration."""
    return {"type": "string", "enum": [str(each) for each in values], "description": description}


def or_none(schema: Schema) -> Schema:
    """The same, or null; what it means is said of both."""
    said = schema.get("description", "")
    bare = {name: value for name, value in schema.items() if name != "description"}
    return or_null(bare) | ({"description": said} if said else {})


def slug(noun: str, description: str = "") -> Schema:
    """The name of a record in addresses."""
    return SLUG | {"description": description or f"The slug of {with_article(noun)}."}


def address(description: str) -> Schema:
    """A whole address of this site."""
    return {"type": "string", "format": "uri", "description": description}


def count(description: str) -> Schema:
    """A whole number from 0."""
    return {"type": "integer", "minimum": 0, "description": description}


def share(description: str) -> Schema:
    """A share of at most six decimals."""
    return {"type": "number", "minimum": 0, "maximum": 1, "description": description}


def yes_or_no(description: str) -> Schema:
    """True or false."""
    return {"type": "boolean", "description": description}


def percent(description: str = "") -> Schema:
    """A range in whole per cent, or null."""
    return {
        "anyOf": [
            {
                "type": "array",
                "items": {"type": "integer", "minimum": 0, "maximum": 100},
                "minItems": 2,
                "maxItems": 2,
            },
            {"type": "null"},
        ],
        "description": description
        or "[low, high] in whole per cent, halves rounded up; null where nothing is counted.",
    }


def figures() -> Schema:
    """The properties that every score has."""
    return {
        "low": or_none(share("With every unknown counted as nothing; null: nothing is counted.")),
        "high": or_none(share("With every unknown counted as met; null: nothing is counted.")),
        "coverage": share("How much of it is settled."),
        "percent": percent(),
    }


def commitment_score() -> Schema:
    """The score of one judgement."""
    return closed(
        figures(), description="Share of its weighted criteria met, as a range; null: not judged."
    )


def lab_score() -> Schema:
    """The score of a lab."""
    few = "[low, high] in whole per cent; null with fewer than three rated."
    return closed(
        {
            "low": or_none(share("Mean of the lows of its rated commitments; null at 0 rated.")),
            "high": or_none(share("Mean of their highs; null at 0 rated.")),
            "rated": count("Promises kept, partly kept, broken or unresolved."),
            "total": count("Promises that are not superseded."),
            "coverage": share("rated / total; 0 where there are none."),
            "percent": percent(few),
        },
        description="Over the lab's promises alone: what was measured is left out.",
    )


def verdicts(description: str = "") -> Schema:
    """How many promises there are of each verdict; of a lab, unless it is said of what."""
    properties = {each.value: count(f"Promises that are {each.value}.") for each in Verdict}
    said = description or "How many of the lab's promises have which verdict."
    return closed(properties, description=said)


def total() -> Schema:
    """A lab's total on a scorecard."""
    return closed({"lab": slug("lab")} | figures())


def _of(model: type[Record], description: str, /, **computed: Schema) -> Schema:
    """The plain form of a record, and beside it what is computed."""
    plain = plain_schema(model)["properties"]
    page = {"url": address("The page on which it stands.")}
    return closed(plain | page | computed, description=description)


# --- Nouns ---------------------------------------------------------------------------------------


def lab() -> Schema:
    """An organisation."""
    return _of(
        Lab,
        "An organisation that makes commitments, or acts in the record of those that do.",
        verdicts=verdicts(),
        unreached=count("How many of those broken are aims, which are not reached, never broken."),
        score=lab_score(),
    )


def person() -> Schema:
    """Someone quoted or named."""
    return _of(Person, "Someone quoted or named in the record.")


def pledge() -> Schema:
    """A text in which commitments stand."""
    return _of(
        Pledge,
        "A text in which commitments stand, in which others ask for them, or a study's scorecard.",
        totals={
            "type": "array",
            "items": total(),
            "description": "For scorecards: each lab's share, pooled over all its criteria, by "
            "slug of the lab. Empty for all other pledges.",
        },
    )


def commitment() -> Schema:
    """One lab's one promise."""
    plain = plain_schema(Commitment)["properties"]
    clause = closed({"number": text("A text, such as 3(b)."), "title": text("In one line.")})
    about = "The clause of the pledge in which it stands; null where it stands in none."
    words = "The lab's own words as printed; null where no source prints them."
    return _of(
        Commitment,
        "One lab's one promise: the words as said, the obligation as the curators read it, and "
        "where it stands. Its axes are apart and are to be said together.",
        clause=or_none(clause | {"description": about}),
        words=or_none(text(words)),
        quotation=or_none(slug("quotation", "The slug of the quotation that has the words.")),
        successor_title=text("The title of its successor; empty where it has none."),
        deadline=plain["deadline"] | {"description": "By when, as far as known on the day."},
        lifecycle=one_of(Lifecycle, "What became of the words themselves."),
        schedule=one_of(Schedule, "Where it stands against its deadline on the day."),
        edition=count("The edition of the criteria; 0 where it has none."),
        criteria={
            "type": "array",
            "items": criterion(),
            "description": "Those of the edition that the judgement in force stands on.",
        },
        score=commitment_score(),
        **_judgement(),
    )


def criterion() -> Schema:
    """One question that decides, and its finding."""
    weighs = "Its weight among the criteria, of at most three decimals; 1 unless a reason says so."
    found = "What was found; null where nothing is judged yet."
    return closed(
        plain_schema(Criterion)["properties"]
        | {
            "weight": {"type": "number", "exclusiveMinimum": 0, "description": weighs},
            "finding": or_none(one_of(FindingValue, found)),
        }
    )


def _judgement() -> Schema:
    contest = closed(
        {
            "verdict": one_of(Verdict, "The other verdict."),
            "held_by": text("Who holds it."),
            "source": or_none(slug("source")),
            "reading": text("The other reading."),
        }
    )
    judged = "The slug of the judgement in force on the day; null where there is none."
    verdict = (
        "Computed from the findings; null for what a study measured and nobody promised, of which "
        "nothing is kept or broken."
    )
    return {
        "assessment": or_none(slug("assessment", judged)),
        "verdict": or_none(one_of(Verdict, verdict)),
        "said": text("The verdict as it is to be said, such as: reported broken so far."),
        "provisional": yes_or_no("True (so far) while a criterion is pending."),
        "confidence": or_none(one_of(Confidence, "How sure; null without a judgement.")),
        "contested": yes_or_no("Another reading is named, or the lab denies the verdict."),
        "contest": or_none(contest | {"description": "The other reading; null: none is named."}),
        "denied_on": or_none(
            {
                "type": "string",
                "format": "date",
                "description": "When the lab first denied the verdict; null where it has not.",
            }
        ),
        "timeliness": one_of(Timeliness, "Whether what was done was done by its deadline."),
        "days_late": or_none(count("By how many days it was late; null where it was not.")),
    }


def source() -> Schema:
    """A document."""
    plain = plain_schema(Source)["properties"]
    computed = {
        "effective_tier": one_of(
            Tier, "The tier at which it counts: capped by the sources through which it is known."
        ),
        "page": address("Its page on this site; `url` is the document's own address."),
    }
    return closed(plain | computed, description="A document. Its text is private.")


def quotation() -> Schema:
    """Words as printed."""
    return _of(
        Quotation,
        "Words printed in a source, located by W3C Web Annotation selectors. The check says what "
        "the source prints, not what the speaker said.",
        id=slug("quotation", "Its slug."),
        attribution=one_of(Attribution, "How surely the words are their speaker's."),
    )


def outcome() -> Schema:
    """Something observed."""
    return _of(Outcome, "Something observed to have happened; a search that found nothing, too.")


def assessment() -> Schema:
    """A judgement."""
    judged = _judgement()
    return _of(
        Assessment,
        "A dated judgement of one commitment, never changed once published: a later one "
        "supersedes it.",
        commitment_title=text("The title of the commitment."),
        force=one_of(Force, "How binding the commitment's words are."),
        basis=one_of(Basis, "Promised, or measured by a study though nobody promised it."),
        verdict=judged["verdict"],
        provisional=judged["provisional"],
        contested=yes_or_no("The judgement itself names another reading."),
        timeliness=judged["timeliness"],
        days_late=judged["days_late"],
        score=commitment_score(),
        working={
            "type": "object",
            "description": "Every line of the arithmetic, with fractions as exact text, and the "
            "methodology by which it was done.",
        },
        origin=one_of(Origin.values, "Judged here by two people, or imported with a file."),
        batch=text("The import that brought it; empty for one judged here."),
        written_by=text("The public name of its author; empty where none is known."),
        approved_by=text("The public name of its reviewer; for an import, what its file says."),
        published_at=or_none(text(MOMENT) | {"format": "date-time"}),
        ceiling=one_of(Confidence, "The most confidence that its evidence allows."),
        content_hash=text("SHA-256 of what the approval binds; empty for an import."),
    )


def discrepancy() -> Schema:
    """Sources that disagree."""
    return _of(
        Discrepancy,
        "Sources that disagree on a fact or on someone's words.",
        open=yes_or_no("Whether it was open on the day."),
    )


def indicator() -> Schema:
    """A question to watch."""
    return _of(Indicator, "A question to watch, with what would confirm or refute it.")


def change() -> Schema:
    """An entry of the log."""
    slugs: Schema = {"type": "array", "items": SLUG, "uniqueItems": True}
    hashed = " of the header's SHA-256, the body's and the previous hash, in hexadecimal."
    return closed(
        {
            "sequence": {"type": "integer", "minimum": 1, "description": "Its number."},
            "at": text(MOMENT) | {"format": "date-time"},
            "kind": one_of(Kind.values, "What happened."),
            "significance": one_of(Significance.values, "How much it matters."),
            "subject": closed(
                {"type": text("The noun, in the singular."), "slug": text("Its name.")},
                description="The record that it is about.",
            ),
            "labs": slugs | {"description": "The labs that it concerns."},
            "commitments": slugs | {"description": "The commitments that it concerns."},
            "pledge": text("The slug of the pledge that it concerns, or empty."),
            "category": {
                "type": "string",
                "enum": ["", *Category.values],
                "description": "The category of the commitment that it concerns, or empty.",
            },
            "actor": text("Who did it, by public name."),
            "reason": or_none(text("Why, in public; null where it was redacted.")),
            "header": text("The canonical JSON that was hashed, of sequence to actor."),
            "body": or_none(text("That of before, after, reason and a nonce; null: redacted.")),
            "body_sha256": HASH | {"description": "SHA-256 of the body, in hexadecimal."},
            "previous_hash": HASH | {"description": "The hash of the entry before it."},
            "hash": HASH | {"description": f"SHA-256{hashed}"},
            "url": address("Its page."),
        },
        description="One entry of the public, hash-chained log.",
    )
