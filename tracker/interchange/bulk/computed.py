"""What is computed of the records, as of the day on which the files are made."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings

from tracker.assessments.models import Assessment
from tracker.changes.log import timestamp
from tracker.commitments.enums import Basis, Lifecycle, Schedule
from tracker.commitments.models import Commitment
from tracker.interchange.bulk.columns import Cell, Column, field_named, of_field
from tracker.labs.models import Lab
from tracker.reading.attribution import Attribution, attributions
from tracker.reading.pages.lookup import with_sources
from tracker.reading.published import published, with_axes
from tracker.reading.represent import score_of
from tracker.reading.standing import Standing, is_unreached, promised, standings
from tracker.records.models import Record
from tracker.records.plain import Plain
from tracker.scoring import Promised, Tier, Verdict, decimal6, score_lab
from tracker.sources.lineage import lineages
from tracker.sources.models import Quotation, Source

Computed = Mapping[str, Cell]


def _values(values: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in values)


def _of_assessment(name: str, description: str) -> Column:
    """As the judgement in force has it; where there is none, nothing."""
    column = of_field(Assessment, field_named(Assessment, name))
    return replace(column, description=description, required=False)


_PERCENT = (
    Column("percent_low", "The same in whole per cent, rounded half up.", "integer"),
    Column("percent_high", "The same in whole per cent, rounded half up.", "integer"),
)
SCORE = (
    Column("low", "The share met, 0 to 1, were every unknown not met; six decimals.", "number"),
    Column("high", "The share met, 0 to 1, were every unknown met; six decimals.", "number"),
    Column("coverage", "The share of the criteria, by weight, 0 to 1, that is settled.", "number"),
    *_PERCENT,
)
_SCORE_OF_LAB = (
    Column("low", "The mean of the lows of those that are rated; six decimals.", "number"),
    Column("high", "The mean of their highs; six decimals.", "number"),
    Column("coverage", "rated / total, 0 to 1; 0 where there are none.", "number"),
    Column("percent_low", "low in whole per cent; empty with fewer than three rated.", "integer"),
    Column("percent_high", "high in whole per cent; empty with fewer than three rated.", "integer"),
)
_JUDGED = (
    Column(
        "verdict",
        "kept, partly_kept, broken, unresolved, not_yet_due or not_assessed; empty where a study "
        "measured what nobody promised.",
        enum=_values(Verdict),
    ),
    Column("provisional", "So far: a criterion is still pending.", "boolean"),
    Column("contested", "Another verdict is held, or the lab denies it.", "boolean"),
    _of_assessment("timeliness", "Whether what is done was done in time."),
    _of_assessment("days_late", "By how many days, where it was late."),
    *SCORE,
)

COMPUTED: Mapping[type[Record], tuple[Column, ...]] = {
    Lab: (
        *(
            Column(verdict.value, f"How many of its promises are {verdict.value}.", "integer")
            for verdict in Verdict
        ),
        Column("unreached", "How many of those broken are aims, which nobody broke.", "integer"),
        Column("rated", "How many are kept, partly_kept, broken or unresolved.", "integer"),
        Column("total", "How many are counted: promised, and not superseded.", "integer"),
        *_SCORE_OF_LAB,
    ),
    Source: (
        Column(
            "effective_tier",
            "Its tier, capped by those of the sources through which it is known.",
            enum=_values(Tier),
        ),
    ),
    Quotation: (
        Column(
            "attribution",
            "How surely the words are their speaker's.",
            enum=_values(Attribution),
        ),
    ),
    Commitment: (
        Column("lifecycle", "What became of the promise itself.", enum=_values(Lifecycle)),
        Column("schedule", "Where it stands against its deadline.", enum=_values(Schedule)),
        _JUDGED[0],
        Column("said", "The verdict as it is said, with how sure it is: “reported broken so far”."),
        _of_assessment("confidence", "How sure the verdict is."),
        *_JUDGED[1:],
        Column(
            "assessment",
            "The judgement in force, which all of this is taken from.",
            refers=(str(Assessment._meta.verbose_name_plural), "slug"),
        ),
    ),
    Assessment: (
        Column("in_force", "Whether it is its commitment's judgement of today.", "boolean"),
        *_JUDGED,
        _of_assessment("ceiling", "As sure as its evidence lets it be."),
        _of_assessment("origin", "Judged here by two people, or imported and not reviewed."),
        _of_assessment("batch", "The file or study that an imported one came with."),
        Column("published_at", "When it was published.", "datetime"),
        _of_assessment("content_hash", "SHA-256 of what was approved."),
    ),
}


def page_column(model: type[Record]) -> Column:
    """The column that holds the address of a record's page; a source has a `url` of its own."""
    name = "page" if any(each.name == "url" for each in model._meta.concrete_fields) else "url"
    return Column(name, "The page on which it stands.", required=True)


def page_of(model: type[Record], plain: Plain) -> str:
    """The address of a record's page, from its plain form alone."""
    references = {
        field.name: field.related_model(slug=plain[field.name])
        for field in model._meta.concrete_fields
        if isinstance(field.related_model, type)
        and issubclass(field.related_model, Record)
        and isinstance(plain.get(field.name), str)
    }
    return settings.SITE_URL + model(slug=plain["slug"], **references).get_absolute_url()


class Computing:
    """Computes for some records at a time. Commitments come first: a lab's score is made of
    theirs, and which judgements are in force is known from them."""

    def __init__(self, day: date) -> None:
        self.day = day
        self._promised: dict[int, list[Promised]] = defaultdict(list)
        self._unreached: dict[int, int] = defaultdict(int)
        self._in_force = set[int]()
        self._shares = dict[Fraction | None, Fraction | None]()

    def of(self, model: type[Record], plains: Sequence[Plain]) -> list[Computed]:
        """What is computed of each, in their order; of a retracted one no more than its page."""
        slugs = [plain["slug"] for plain in plains]
        found = self._found(model, slugs)
        name = page_column(model).name
        return [{**found.get(plain["slug"], {}), name: page_of(model, plain)} for plain in plains]

    def _found(self, model: type[Record], slugs: list[str]) -> Mapping[str, Computed]:
        if model is Commitment:
            rows = published(Commitment).filter(slug__in=slugs).order_by()
            rows = rows.only("slug", "lab", "force", "basis")
            stood = standings(with_axes(rows, self.day))
            return {each.commitment.slug: self._commitment(each) for each in stood}
        if model is Assessment:
            judged = published(Assessment).filter(slug__in=slugs).order_by()
            judged = judged.select_related("commitment")
            return {each.slug: self._assessment(each) for each in judged}
        if model is Lab:
            labs = published(Lab).filter(slug__in=slugs).values_list("slug", "pk")
            return {slug: self._lab(pk) for slug, pk in labs}
        if model is Source:
            pks = dict(published(Source).filter(slug__in=slugs).values_list("pk", "slug"))
            behind = lineages(list(pks))
            return {slug: {"effective_tier": behind[pk].tier.value} for pk, slug in pks.items()}
        if model is Quotation:
            rows_ = with_sources(published(Quotation).filter(slug__in=slugs), "source")
            sure = attributions(quotations := list(rows_))
            return {each.slug: {"attribution": sure[each.pk].value} for each in quotations}
        return {}

    def _commitment(self, row: Standing) -> Computed:
        judged = row.assessment
        if judged is not None:
            self._in_force.add(judged.pk)
        if (counted := promised(row)) is not None:
            lab = row.commitment.lab_id
            self._promised[lab].append(self._shared(counted))
            unreached = is_unreached(row.verdict, row.commitment.force)
            self._unreached[lab] += unreached and not counted.superseded
        return _judged(judged) | {
            "lifecycle": row.lifecycle.value,
            "schedule": row.schedule.value,
            "verdict": _verdict(row.verdict, row.commitment),
            "said": row.words,
            "confidence": row.confidence or None,
            "contested": row.contested,
            "assessment": judged.slug if judged else None,
        }

    def _shared(self, one: Promised) -> Promised:
        """With its shares kept once: of 100,000 promises most have one of a few."""
        low, high = (self._shares.setdefault(share, share) for share in (one.low, one.high))
        return replace(one, low=low, high=high)

    def _assessment(self, row: Assessment) -> Computed:
        return _judged(row) | {
            "in_force": row.pk in self._in_force,
            "verdict": _verdict(row.verdict, row.commitment),
            "ceiling": row.ceiling,
            "origin": row.origin,
            "batch": row.batch,
            "published_at": timestamp(row.published_at) if row.published_at else None,
            "content_hash": row.content_hash,
        }

    def _lab(self, pk: int) -> Computed:
        score = score_lab(self._promised.get(pk, ()))
        return {
            **{verdict.value: count for verdict, count in score.verdicts.items()},
            "unreached": self._unreached[pk],
            "rated": score.rated,
            "total": score.total,
            **_range(score.low, score.high, score.coverage, score.percent),
        }


def _judged(row: Assessment | None) -> dict[str, Cell]:
    if row is None:
        return {"provisional": False, "timeliness": "not_applicable", "coverage": 0}
    percent_low, percent_high = score_of(row)["percent"] or (None, None)
    return {
        "provisional": row.provisional,
        "contested": row.contested,
        "timeliness": row.timeliness,
        "days_late": row.days_late,
        "low": row.low,
        "high": row.high,
        "coverage": row.coverage,
        "percent_low": percent_low,
        "percent_high": percent_high,
    }


def _verdict(verdict: str, commitment: Commitment) -> str | None:
    """What a study measured was not promised: nothing of it was kept or broken."""
    return verdict if commitment.basis == Basis.PROMISED else None


def _range(
    low: Fraction | None, high: Fraction | None, coverage: Fraction, percent: Any
) -> dict[str, Cell]:
    return {
        "low": _decimal(low),
        "high": _decimal(high),
        "coverage": _decimal(coverage),
        "percent_low": percent[0] if percent else None,
        "percent_high": percent[1] if percent else None,
    }


def _decimal(share: Fraction | None) -> Decimal | None:
    return None if share is None else decimal6(share)
