"""A made-up record of any size: always the same one for the same number, and never held whole.

    python -m bench.generating 100000 record.json

Every name in it is plainly made up. Some of what it holds goes the hard way on purpose: judgements
that supersede others, sources read via others or repeating one another in a ring, promises replaced
by later ones, weights, contests, replies, dates of every precision.
"""

import json
import random
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Plain = dict[str, Any]

LABS, PEOPLE = 20, 40
CLAUSES = 8  # of a pledge
CATEGORIES = (
    *("compute", "research", "evaluation", "transparency"),
    *("security", "governance", "deployment", "whistleblowing"),
)
TIERS = ("primary_lab", "primary_witness", "secondary", "tertiary")
WORDS = (
    *("audit", "compute", "model", "weights", "evaluation", "publish", "report", "security"),
    *("board", "review", "access", "external", "team", "safety", "threshold", "risk", "policy"),
    *("incident", "disclosure", "training", "share", "result", "year", "measure", "staff"),
    *("researcher", "concern", "answer", "government", "test", "release", "commit", "own"),
)
TODAY = date(2026, 6, 30)  # nothing in it is later


def records(number: int) -> Iterator[tuple[str, Plain]]:
    """Each record with its noun in the plural, those referred to first."""
    made = Made(number)
    for noun, make in made.nouns.items():
        for plain in make():
            yield noun, plain


def write(path: Path, number: int) -> None:
    """The record as a file in the form `on-record/record/v1`, one record a line."""
    made = Made(number)
    with path.open("w", encoding="utf-8") as file:
        file.write('{"format": "on-record/record/v1"')
        for noun, make in made.nouns.items():
            file.write(f',\n"{noun}": [')
            for place, plain in enumerate(make()):
                file.write(",\n" if place else "\n")
                file.write(json.dumps(plain, sort_keys=True, ensure_ascii=False))
            file.write("\n]")
        file.write("\n}\n")


class Made:
    """What a record of `number` commitments holds; each part depends on its own place alone."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.pledges = max(3, number // 400)
        self.sources = max(12, number // 50)
        self.quotations = max(12, number // 10)
        self.nouns: dict[str, Callable[[], Iterator[Plain]]] = {
            "labs": self.each(LABS, self.lab),
            "people": self.each(PEOPLE, self.person),
            "sources": self.each(self.sources, self.source),
            "quotations": self.each(self.quotations, self.quotation),
            "pledges": self.each(self.pledges, self.pledge),
            "commitments": self.each(number, self.commitment),
            "indicators": self.each(12, self.indicator),
            "outcomes": self.each((number + 1) // 2, self.outcome),
            "discrepancies": self.each(max(2, number // 1000), self.discrepancy),
            "replies": self.each(number // 50, self.reply),
            "assessments": self.assessments,
        }

    def each(self, number: int, make: Callable[[int], Plain]) -> Callable[[], Iterator[Plain]]:
        """A list of them, made one by one."""
        return lambda: map(make, range(number))

    def lab(self, place: int) -> Plain:
        kinds = [("cohort", f"Example Signatories {place % 3}"), ("region", "Nowhere")]
        return {
            "slug": f"example-lab-{place}", "name": f"Example Lab {place}", "kind": "ai_lab",
            "website": f"https://lab-{place}.example/", "summary": _prose("lab", place, 12),
            "tags": [{"kind": kind, "name": name} for kind, name in kinds],
        }  # fmt: skip

    def person(self, place: int) -> Plain:
        return {
            "slug": f"ada-example-{place}", "name": f"Ada Example {place}",
            "lab": _lab(place), "role": "made-up speaker",
        }  # fmt: skip

    def source(self, place: int) -> Plain:
        tier = TIERS[place % len(TIERS)]
        plain: Plain = {
            "slug": _source(place), "title": f"Example Document {place}", "tier": tier,
            "medium": "made-up article", "publisher": "The Example Times",
            "published_on": _when("source", place), "url": f"https://press.example/{place}",
            "lab": _lab(place) if tier == "primary_lab" else None,
            "note": _prose("source", place, 8),
        }  # fmt: skip
        if place % 9 == 8:
            plain["read_via"] = _source(place - 1)
        if place % 12 in (10, 11):  # two that repeat one another
            plain["origins"] = [_source(place + (1 if place % 12 == 10 else -1))]
            plain["origins"] = [each for each in plain["origins"] if self.holds(each)]
        return plain

    def holds(self, source: str) -> bool:
        """Whether there is a source of this slug."""
        return int(source.rpartition("-")[2]) < self.sources

    def quotation(self, place: int) -> Plain:
        return {
            "slug": f"example-words-{place}", "source": _source(place % self.sources),
            "exact": f"We will {_prose('words', place, 14)}", "prefix": "They wrote: ",
            "start": 100 + place % 5000, "speaker": f"ada-example-{place % PEOPLE}",
            "said_on": _when("words", place), "check": "verified",
        }  # fmt: skip

    def pledge(self, place: int) -> Plain:
        kinds = ("statement", "lab_policy", "joint_pledge", "open_call", "law", "scorecard")
        kind = kinds[place % len(kinds)]
        clauses = [
            {
                "number": str(number), "title": f"Ask {number} of {place}",
                "text": _prose("clause", place * CLAUSES + number, 15),
                "group": f"Part {number % 2}",
            }
            for number in range(1, CLAUSES + 1)
        ]  # fmt: skip
        parties = [
            {"lab": _lab(place + step), "role": "signed", "joined_on": _when("party", place)}
            for step in range(4)
        ]
        return {
            "slug": _pledge(place), "title": f"Example Pledge {place}", "kind": kind,
            "issued_by": "Example Society", "issued_on": _when("pledge", place),
            "source": _source(place % self.sources), "summary": _prose("pledge", place, 20),
            "checked_on": TODAY.isoformat() if kind == "open_call" else None,
            "clauses": clauses, "parties": parties,
        }  # fmt: skip

    def commitment(self, place: int) -> Plain:
        chance = _chance("commitment", place)
        plain: Plain = {
            "slug": _commitment(place), "lab": _lab(place),
            "title": f"Example promise {place}: {_prose('title', place, 5)}",
            "force": chance.choice(("promise", "plan", "aim")),
            "basis": "measured" if place % 10 == 9 else "promised",
            "category": CATEGORIES[place % len(CATEGORIES)],
            "obligation": _prose("obligation", place, 25), "made_on": _when("made", place),
            "deadline": _deadline(place), "criteria": _criteria(place),
            "undefined": [
                {"aspect": aspect, "note": _prose(aspect, place, 6)}
                for aspect in ("period", "metric", "base")[: place % 3]
            ],
        }  # fmt: skip
        if place % 3:
            plain["words"] = f"example-words-{place % self.quotations}"
        else:
            plain["reported_words"] = _prose("reported", place, 15)
            plain["reported_by"] = _source(place % self.sources)
        if place % 4 != 3:
            pledge = place // 400 % self.pledges
            plain["pledge"], plain["clause"] = _pledge(pledge), str(1 + place % CLAUSES)
        if place % 8 == 5:
            plain["announced_by"] = f"ada-example-{place % PEOPLE}"
        if place % 16 == 7:
            on = {"on": _when("life", place), "source": _source(place % self.sources)}
            plain["lifecycle_events"] = [
                {"lifecycle": "withdrawn", **on, "note": "Dropped."},
                {"lifecycle": "amended", "on": "2019", "source": on["source"]},
            ]
        if place % 100 == 60 and place >= LABS:
            earlier = _commitment(place - LABS)  # of the same lab
            plain |= {"successor": earlier, "relation": "restated"}
        return plain

    def indicator(self, place: int) -> Plain:
        return {
            "slug": f"example-indicator-{place}", "title": f"Example question {place}",
            "position": place + 1, "question": _prose("indicator", place, 10),
            "confirms": "More of it.", "refutes": "Less of it.", "source": _source(place),
        }  # fmt: skip

    def outcome(self, place: int) -> Plain:
        """It bears on two commitments: the one of twice its place, and the next."""
        chance = _chance("outcome", place)
        first = 2 * place
        bearings: list[Plain] = [
            {"commitment": _commitment(each), "direction": "supports", "note": "So it seems."}
            for each in (first, first + 1)
            if each < self.number
        ]
        bearings.append(
            {"commitment": bearings[0]["commitment"], "criterion": 1, "direction": "undermines"}
        )
        if place % 40 == 3:
            watched = f"example-indicator-{place % 12}"
            bearings.append({"indicator": watched, "direction": "context"})
        sources: list[Plain] = [
            {"source": _source(place % self.sources), "note": "On its first page."}
        ]
        if place % 3 == 1:
            sources.append({"source": _source((place + 5) % self.sources), "unnamed": True})
        return {
            "slug": _outcome(place), "title": f"Example event {place}",
            "statement": _prose("outcome", place, 22), "occurred_on": _when("outcome", place),
            "kind": chance.choice(("event", "statement", "document", "measurement")),
            "labs": sorted({_lab(first), _lab(place)}),
            "people": [f"ada-example-{place % PEOPLE}"] if place % 7 == 0 else [],
            "sources": sources, "bearings": bearings,
        }  # fmt: skip

    def discrepancy(self, place: int) -> Plain:
        return {
            "slug": f"example-quarrel-{place}", "title": f"On which day it was {place}",
            "question": "Which day was it?", "kind": "fact",
            "commitments": [_commitment(place)], "outcomes": [_outcome(place // 2)],
            "accounts": [
                {"position": number, "source": _source(number), "says": f"On day {number}."}
                for number in (1, 2)
            ],
        }  # fmt: skip

    def asked(self, commitment: int) -> bool:
        """Whether its lab was asked for a reply."""
        return commitment % 50 == 0 and commitment // 50 < self.number // 50

    def reply(self, place: int) -> Plain:
        plain: Plain = {
            "slug": f"example-reply-{place}", "commitment": _commitment(50 * place),
            "asked_on": "2026-01-05", "asked_of": "the made-up press office",
            "due_on": "2026-01-26", "status": "no_reply",
        }  # fmt: skip
        if place % 2:
            plain |= {"status": "replied", "words": "We did.", "received_on": "2026-01-20"}
        return plain

    def assessments(self) -> Iterator[Plain]:
        """Four commitments in five are judged, and one in twenty of them again."""
        for place in range(self.number):
            if place % 5 != 4:
                yield self.assessment(place)
                if place % 20 == 0:
                    earlier = f"{_commitment(place)}-judged"
                    yield self.assessment(place) | {
                        "slug": f"{earlier}-again",
                        "supersedes": earlier,
                        "effective_on": "2026-06-29",
                    }

    def assessment(self, place: int) -> Plain:
        chance, contested = _chance("assessment", place), place % 25 == 10
        findings: list[Plain] = []
        for criterion in _criteria(place):
            value = chance.choice(
                ("met", "met", "partly_met", "not_met", "unverifiable", "pending", "not_applicable")
            )
            if not findings and contested:
                value = "unverifiable"  # so that something is assessed
            finding: Plain = {"criterion": criterion["position"], "value": value}
            finding["note"] = _prose("finding", 4 * place + criterion["position"], 8)
            if value in ("met", "partly_met", "not_met"):
                finding["evidence"] = [_outcome(place // 2)]
            if value == "met":
                finding["met_on"] = _when("met", place)
            findings.append(finding)
        plain: Plain = {
            "slug": f"{_commitment(place)}-judged", "commitment": _commitment(place),
            "effective_on": (TODAY - timedelta(days=30 + place % 300)).isoformat(),
            "rationale": _prose("rationale", place, 30), "confidence": "low",
            "reply_waiver": "" if self.asked(place) else "A made-up record asks nobody.",
            "findings": findings,
        }  # fmt: skip
        if contested:
            plain["contest"] = {
                "verdict": "not_assessed", "held_by": "An example critic",
                "source": _source(place % self.sources), "reading": "Nothing was promised.",
            }  # fmt: skip
        if place % 50 == 20:
            plain["dissents"] = [
                {"held_by": "Second Example", "verdict": "unresolved", "reading": "It is open."}
            ]
        return plain


def _criteria(place: int) -> list[Plain]:
    """Two to four, some of them weighed."""
    made: list[Plain] = []
    for position in range(1, 3 + place % 3):
        criterion: Plain = {
            "position": position,
            "question": f"Did they {_prose('question', place + position, 7)}?",
            "evidence_needed": _prose("needed", place + position, 6),
            "publication_required": position == 2,
        }  # fmt: skip
        if position == 3:
            criterion |= {"weight": "0.5", "weight_reason": "The words say so.", "kind": "on_time"}
        made.append(criterion)
    return made


def _deadline(place: int) -> Plain:
    kinds: tuple[Plain, ...] = (
        {"kind": "by_date", "due_on": _when("due", place), "basis": "stated"},
        {"kind": "window", "due_on": "2023-07/2027-07", "basis": "derived", "note": "Four years."},
        {"kind": "recurring", "due_on": "2025-Q3", "basis": "stated", "period": "P1Y"},
        {"kind": "trigger", "trigger": "a made-up release", "triggered_on": "2024-05"},
        {"kind": "standing"},
        {"kind": "undated"},
    )
    return kinds[place % len(kinds)]


def _when(of: str, place: int) -> str:
    """A date of any precision, in 2020 to 2024."""
    chance = _chance(of, place)
    year, month, day = chance.randint(2020, 2024), chance.randint(1, 12), chance.randint(1, 28)
    return chance.choice(
        (
            f"{year}",
            f"{year}-Q{(month + 2) // 3}",
            f"{year}-{month:02}",
            f"{year}-{month:02}-{day:02}",
            f"{year}-{month:02}-{day:02}",
        )
    )


def _prose(of: str, place: int, words: int) -> str:
    chance = _chance(of, place)
    return f"{' '.join(chance.choices(WORDS, k=words))} {place}"


def _chance(of: str, place: int) -> random.Random:
    return random.Random(f"{of} {place}")  # noqa: S311 - always the same


def _lab(place: int) -> str:
    return f"example-lab-{place % LABS}"


def _source(place: int) -> str:
    return f"example-source-{place}"


def _pledge(place: int) -> str:
    return f"example-pledge-{place}"


def _commitment(place: int) -> str:
    return f"example-commitment-{place}"


def _outcome(place: int) -> str:
    return f"example-outcome-{place}"


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
