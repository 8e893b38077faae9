"""A judgement as schema.org's ClaimReview, which search engines and fact-check feeds read.

There is no `ratingValue`. A verdict here is a range, how sure it is and who contests it; whoever
put that into one number from 1 to 5 would make up the number. `alternateName`, which readers of
ClaimReview show, holds all of it in words, `ratingExplanation` the range and the coverage.

`claimReviewed` are the lab's words only where a primary source's text prints them; else it says
that they are reported. Nobody claimed what a study measured, so that is no ClaimReview.
"""

import re
from dataclasses import replace
from itertools import takewhile
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from tracker.answers.sharing import LICENCE, Sharing
from tracker.assessments.models import Origin
from tracker.commitments.enums import Basis
from tracker.commitments.models import Commitment
from tracker.reading.attribution import Attribution
from tracker.reading.represent import exact
from tracker.reading.standing import Standing
from tracker.reading.totals import LabTotals
from tracker.records.models import Record, State
from tracker.scoring import RATED_VERDICTS, percent
from tracker.sources.models import Source
from tracker.web.jsonld import script
from tracker.web.sharing import oembed
from tracker.web.sharing.cards import EDITION
from tracker.web.sharing.faces import cut, digest, face_of, lab_face_of, tidy
from tracker.web.words import range_words

DESCRIBED = 150  # characters of the obligation in a description
Data = dict[str, Any]

#: What a date of the record has and schema.org's has not: a quarter, and the time of day.
_CALENDAR = re.compile(r"-Q[1-4]|T.*")


def of_commitment(standing: Standing, attributions: dict[int, Attribution]) -> Sharing:
    """What a commitment's page gives to other sites."""
    commitment = standing.commitment
    given = _of(standing, attributions, commitment, "commitment-card")
    return replace(given, framed=oembed.discovery(commitment.get_absolute_url()))


def of_assessment(standing: Standing, attributions: dict[int, Attribution]) -> Sharing:
    """What a judgement's permanent page gives: of that judgement, also when a later one holds."""
    assert standing.assessment is not None
    return _of(standing, attributions, standing.assessment, "assessment-card")


def _of(
    standing: Standing, attributions: dict[int, Attribution], record: Record, card: str
) -> Sharing:
    face = face_of(standing)
    review = claim_review(standing, attributions)
    return Sharing(
        description=_described(standing),
        picture=f"{reverse(card, args=[record.slug])}?{EDITION}={digest(face)}",
        alt=". ".join(each for each in (face.sentence, face.range, face.judged) if each),
        data=[script(each) for each in (_trail(standing, record), review) if each],
        kind="article",
    )


def of_lab(standing: LabTotals) -> Sharing:
    """What a lab's page gives."""
    face = lab_face_of(standing)
    picture = reverse("lab-card", args=[standing.lab.slug])
    return Sharing(picture=f"{picture}?{EDITION}={digest(face)}", alt=face.sentence)


def _described(standing: Standing) -> str:
    """The verdict with all that belongs to it, and what it is a verdict on."""
    face = face_of(standing)
    said = ", ".join(each for each in (face.words, face.range) if each)
    obligation = tidy(standing.commitment.obligation)
    return f"{face.lab}: {said}. {cut(obligation, DESCRIBED)}"


def _trail(standing: Standing, record: Record) -> Data:
    """Where the page stands: the labs, its lab, its commitment."""
    commitment = standing.commitment
    steps = [
        ("Labs", reverse("labs")),
        (commitment.lab.name, commitment.lab.get_absolute_url()),
        (commitment.title, commitment.get_absolute_url()),
    ]
    if record != commitment:
        steps.append((face_of(standing).judged, record.get_absolute_url()))
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": place,
                "name": name,
                "item": settings.SITE_URL + path,
            }
            for place, (name, path) in enumerate(steps, start=1)
        ],
    }


def claim_review(standing: Standing, attributions: dict[int, Attribution]) -> Data | None:
    """The judgement of `standing`; None where nothing that a lab said has been judged.

    `attributions` by the id of a quotation hold that of the commitment's words.
    """
    commitment, assessment = standing.commitment, standing.assessment
    if (
        assessment is None
        or assessment.published_at is None
        or commitment.basis == Basis.MEASURED
        or standing.verdict not in RATED_VERDICTS
    ):
        return None
    url = settings.SITE_URL + assessment.get_absolute_url()
    return {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "@id": f"{url}#review",
        "url": url,
        "datePublished": assessment.published_at.date().isoformat(),
        "inLanguage": "en-GB",
        "author": {
            "@type": "Organization",
            "name": settings.SITE_NAME,
            "url": f"{settings.SITE_URL}/",
        },
        "claimReviewed": claimed(commitment, attributions),
        "itemReviewed": _claim(commitment, attributions),
        "reviewRating": {
            "@type": "Rating",
            "alternateName": face_of(standing).words,
            "ratingExplanation": _explained(standing),
        },
        "sdLicense": LICENCE,
    }


def claimed(commitment: Commitment, attributions: dict[int, Attribution]) -> str:
    """The words reviewed: bare where they are confirmed, else with what they are."""
    quotation = commitment.words
    lab = tidy(commitment.lab.name)
    if quotation and quotation.state == State.PUBLISHED:
        words = tidy(quotation.exact)
        match attributions.get(quotation.pk, Attribution.REPORTED):
            case Attribution.CONFIRMED:
                return words
            case Attribution.DISPUTED:
                return f"Attributed to {lab}, in words that sources print differently: {words}"
            case _:
                return f"Attributed to {lab}, not confirmed by a primary source: {words}"
    if commitment.reported_words:
        return f"Reported of {lab}, not quoted: {tidy(commitment.reported_words)}"
    return f"{lab}, in the words of {tidy(settings.SITE_NAME)}: {tidy(commitment.title)}"


def _claim(commitment: Commitment, attributions: dict[int, Attribution]) -> Data:
    lab = commitment.lab
    author: Data = {
        "@type": "Organization",
        "name": lab.name,
        "url": settings.SITE_URL + lab.get_absolute_url(),
    }
    if _is_web(lab.website):
        author["sameAs"] = lab.website
    claim: Data = {"@type": "Claim", "author": author}
    if made_on := coarse(commitment.made_on):
        claim["datePublished"] = made_on
    if source := _source(commitment):
        claim["appearance"] = {"@type": "CreativeWork", "url": source.url, "name": source.title}
    return claim


def _source(commitment: Commitment) -> Source | None:
    """The document in which the words, or the report of them, can be read; one with an address."""
    quotation = commitment.words
    printed = quotation.source if quotation and quotation.state == State.PUBLISHED else None
    for source in (printed, commitment.reported_by):
        if source and source.state == State.PUBLISHED and _is_web(source.url):
            return source
    return None


def _is_web(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https") if url else False


def coarse(when: str) -> str:
    """A date of the record as schema.org takes it: a year, month or day; of a quarter the year; of
    an interval and of an instant what is sure, which may be nothing."""
    first, _, last = when.partition("/")
    begins, ends = (_CALENDAR.sub("", each).split("-") for each in (first, last or first))
    sure = takewhile(lambda pair: pair[0] == pair[1], zip(begins, ends, strict=False))
    return "-".join(begin for begin, _ in sure)


def _explained(standing: Standing) -> str:
    assessment = standing.assessment
    assert assessment is not None
    said = []
    if standing.percent:
        said.append(f"Between 0 and 100 per cent: {range_words(standing.percent)}")
    coverage = exact(assessment.working.get("coverage"))
    if coverage is not None:
        said.append(f"{percent(coverage)} % of the questions that decide could be answered")
    if assessment.origin == Origin.IMPORTED:
        said.append("Imported, not reviewed by two people")
    return ". ".join(said)
