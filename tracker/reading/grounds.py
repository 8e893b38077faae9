"""The quotations on which judgements rested, as the record printed them at the time.

They are read from the log, not from the record of today: what an entry of the log rests on must
not change with it. Six queries whatever the number of entries, none where nothing is cited.
"""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.changes.kinds import ASIDE, Kind
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import record_topic
from tracker.changes.wording import body_of

OUTCOMES = 10  # of one judgement that are looked at for words, in the order of its findings
QUOTED = 3  # quotations told with one judgement

Plain = dict[str, Any]
#: A record's topic, and the entry of the log as at which it is wanted.
At = tuple[str, int]


@dataclass(frozen=True)
class Quoted:
    """Words, the title and slug of the source that prints them, and to whom it attributes them.

    `check` is what comparing them with the source's text said. Whoever shows them says "printed
    in": that the source prints words is no proof that somebody said them.
    """

    exact: str
    source: str
    source_slug: str
    speaker: str
    check: str


def quoted_by(changes: Iterable[Change]) -> dict[int, list[Quoted]]:
    """By sequence: what a judgement's cited outcomes quote, or the words of a quotation itself."""
    changes = list(changes)
    found: dict[int, list[Plain]] = _words_of_judgements(changes)
    for change in changes:
        states = change.subject_type == "quotation" and change.kind not in ASIDE
        if states and (after := body_of(change).get("after")):
            found[change.sequence] = [after]
    named = as_of(
        (topic, sequence)
        for sequence, quotations in found.items()
        for quotation in quotations
        for topic in _around(quotation)
    )
    return {
        sequence: [_quoted(quotation, named, sequence) for quotation in quotations]
        for sequence, quotations in found.items()
        if quotations
    }


def as_of(wanted: Iterable[At]) -> dict[At, Plain]:
    """The public form of records as at entries of the log; without those not published then.

    Two queries. Where the entry that said it has been redacted, nothing is said, also not what an
    earlier one had said.
    """
    wanted = set(wanted)
    if not wanted:
        return {}
    rows = ChangeTopic.objects.filter(
        topic__in={topic for topic, _ in wanted},
        sequence__lte=max(sequence for _, sequence in wanted),
    )
    rows = rows.exclude(kind__in=ASIDE).order_by("sequence")
    entries: dict[str, list[int]] = defaultdict(list)
    for topic, sequence in rows.order_by("sequence").values_list("topic", "sequence"):
        entries[topic].append(sequence)
    newest = {
        (topic, sequence): entries[topic][place - 1]
        for topic, sequence in wanted
        if (place := bisect_right(entries[topic], sequence))
    }
    bodies = Change.objects.filter(sequence__in=set(newest.values())).values_list(
        "sequence", "body"
    )
    said = {sequence: json.loads(body).get("after") for sequence, body in bodies if body}
    return {at: said[sequence] for at, sequence in newest.items() if said.get(sequence)}


def _words_of_judgements(changes: Iterable[Change]) -> dict[int, list[Plain]]:
    cited = {
        change.sequence: list(_cited(body_of(change).get("after") or {}))
        for change in changes
        if change.kind == Kind.ASSESSMENT_PUBLISHED
    }
    outcomes = as_of((topic, sequence) for sequence, topics in cited.items() for topic in topics)
    of = {
        sequence: list(_quotations(outcomes.get((topic, sequence), {}) for topic in topics))
        for sequence, topics in cited.items()
    }
    quotations = as_of((topic, sequence) for sequence, topics in of.items() for topic in topics)
    return {
        sequence: [
            quotations[topic, sequence] for topic in topics if (topic, sequence) in quotations
        ][:QUOTED]
        for sequence, topics in of.items()
    }


def _cited(assessment: Plain) -> Iterator[str]:
    slugs = [slug for row in assessment.get("findings", ()) for slug in row["evidence"]]
    for slug in list(dict.fromkeys(slugs))[:OUTCOMES]:
        yield record_topic("outcome", slug)


def _quotations(outcomes: Iterable[Plain]) -> Iterator[str]:
    slugs = [row["quotation"] for plain in outcomes for row in plain.get("sources", ())]
    for slug in dict.fromkeys(slugs):
        if slug:
            yield record_topic("quotation", slug)


def _around(quotation: Plain) -> Iterator[str]:
    for noun, column in (("source", "source"), ("person", "speaker"), ("lab", "speaker_lab")):
        if quotation.get(column):
            yield record_topic(noun, quotation[column])


def _quoted(quotation: Plain, named: Mapping[At, Plain], sequence: int) -> Quoted:
    def name(noun: str, column: str) -> str:
        slug = quotation.get(column)
        plain = named.get((record_topic(noun, slug), sequence), {}) if slug else {}
        return str(plain.get("title") or plain.get("name") or "")

    speaker = name("person", "speaker") or name("lab", "speaker_lab")
    return Quoted(
        exact=str(quotation["exact"]),
        source=name("source", "source") or str(quotation["source"]),
        source_slug=str(quotation["source"]),
        speaker=speaker or str(quotation.get("speaker_note") or ""),
        check=str(quotation.get("check") or ""),
    )
