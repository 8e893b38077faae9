"""One sentence a kind. Page, feed, e-mail and webhook all say a change in these words."""

import json
from collections.abc import Callable
from itertools import takewhile
from typing import Any

from tracker.assessments.wording import verdict_words
from tracker.changes.kinds import Kind
from tracker.changes.models import Change
from tracker.commitments.enums import Basis, DeadlineBasis, Force
from tracker.records.dates import When, parse_when, words
from tracker.scoring import Verdict

Body = dict[str, Any]

REDACTED = "What this entry said has been redacted; a later entry says so and why."
SHOWN = 120  # characters of an old or a new value
BEFORE = 40  # of them before the first difference
IN_SUBJECT = 80  # characters of a title
TOLD = 3  # fields of a correction with old and new
NUMBERED = 10  # redacted entries that one sentence names


def sentence(change: Change) -> str:
    """What happened and why, to stand alone. Raises ValueError for an unknown kind."""
    why = reason(change)
    return f"{statement(change)} Reason: {why}" if why else statement(change)


def statement(change: Change) -> str:
    """What happened, in one sentence. Raises ValueError for an unknown kind."""
    kind = Kind(change.kind)
    if change.body is None:
        return f"{kind.label.capitalize()}: {change.subject_slug}. {REDACTED}"
    return _WORDINGS[kind](change, body_of(change))


def headline(change: Change) -> str:
    """What happened, for the subject of an e-mail: of a judgement old → new, first of all."""
    if change.kind != Kind.ASSESSMENT_PUBLISHED or change.body is None:
        return statement(change).removesuffix(".")
    before, after = (body_of(change)[name] for name in ("before", "after"))
    old, new = _verdict(before) if before else "", _verdict(after)
    contested = ", contested" if after.get("contested") else ""
    said = f"{old} → {new}" if old and old != new else new
    return f"{_cut(title_of(change), 0, IN_SUBJECT)}: {said}{contested}"


def reason(change: Change) -> str:
    """Why, in the curator's words; "" where none was given, or it was redacted."""
    return (change.reason or "").strip()


def body_of(change: Change) -> Body:
    """before, after, reason and nonce; empty where the body was redacted."""
    body: Body = json.loads(change.body) if change.body else {}
    return body


def title_of(change: Change) -> str:
    """The subject's name as it stood in this entry, or its slug."""
    body = body_of(change)
    for plain in (body.get("after"), body.get("before")):
        for name in ("title", "name", "commitment_title", "exact", "asked_of"):
            if plain and plain.get(name):
                return _short(plain[name])
    return change.subject_slug


def changed_fields(before: Any, after: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """(field, old, new) for every field that differs, nested fields as `deadline.due_on`."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            row
            for key in sorted({*before, *after})
            for row in changed_fields(
                before.get(key), after.get(key), f"{path}.{key}" if path else key
            )
        ]
    return [] if before == after else [(path, before, after)]


def field_words(path: str) -> str:
    """“deadline: due on” for deadline.due_on."""
    return path.replace("_", " ").replace(".", ": ")


def _published(change: Change, body: Body) -> str:
    return f"{_noun(change)} published: “{title_of(change)}”."


def _corrected(change: Change, body: Body) -> str:
    """Old and new of the first fields that hold one value each; the others by name."""
    rows = changed_fields(body["before"], body["after"])
    told = [row for row in rows if _tellable(*row[1:])][:TOLD]
    said = [f"{field_words(field)} from {_from_to(old, new)}" for field, old, new in told]
    if rest := [field_words(field) for field, *_ in rows if field not in {row[0] for row in told}]:
        said.append(f"{'and ' if told else ''}in {', '.join(rest)}")
    return ", ".join([f"{_noun(change)} corrected: “{title_of(change)}”", *said]) + "."


def _tellable(old: Any, new: Any) -> bool:
    nested = isinstance(old, list | dict) or isinstance(new, list | dict)
    return not nested and _flat(old) != _flat(new)


def _from_to(old: Any, new: Any) -> str:
    """Both values, whole or around the first difference between them."""
    texts = _flat(old), _flat(new)
    start = 0
    if max(map(len, texts)) > SHOWN:
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(*texts, strict=False))
        start = max(0, sum(1 for _ in alike) - BEFORE)
    before, after = (f"“{_cut(text, start)}”" if text else "nothing" for text in texts)
    return f"{before} to {after}"


def _assessed(change: Change, body: Body) -> str:
    after, before = body["after"], body["before"]
    day = words(parse_when(after["effective_on"]))
    old, new = _judged(before) if before else "", _judged(after)
    if not before:
        return f"“{title_of(change)}” is judged as of {day}: {new}."
    if old == new:
        return f"“{title_of(change)}” is judged again as of {day}, and remains {new}."
    return f"“{title_of(change)}” is judged again as of {day}: {old} → {new}."


def _judged(plain: Body) -> str:
    contested = ", contested" if plain.get("contested") else ""
    return f"{_verdict(plain)} ({plain['confidence']} confidence{contested})"


def _verdict(plain: Body) -> str:
    return verdict_words(
        plain["verdict"],
        provisional=plain["provisional"],
        confidence=plain["confidence"],
        force=plain["force"],
        basis=plain["basis"],
    )


def _ended(verb: str) -> Callable[[Change, Body], str]:
    def word(change: Change, body: Body) -> str:
        plain = body["after"] or {}
        by = ""
        if plain.get("successor"):
            by = f", {plain['relation']} by “{_short(plain['successor_title'])}”"
        return f"{_noun(change)} {verb}: “{title_of(change)}”{by}."

    return word


def _replied(change: Change, body: Body) -> str:
    plain = body["after"]
    answered = "denies it and answered" if plain.get("denies") else "answered"
    return f"Reply received: the lab {answered} “{_short(plain.get('words'))}”."


def _asked(change: Change, body: Body) -> str:
    plain = body["after"]
    return f"Reply requested of {plain['asked_of']}, due on {plain['due_on']}."


def _redacted(change: Change, body: Body) -> str:
    numbers = [str(number) for number in body["after"]["redacted"]]
    if (more := len(numbers) - NUMBERED) > 0:
        numbers[NUMBERED:] = [f"{more} more"]
    about = ""
    if change.subject_type != "log":
        about = f", about the {change.subject_type} {change.subject_slug},"
    if len(numbers) == 1:
        return f"Entry {numbers[0]} of the log{about} is redacted: what it said is unreadable."
    several = f"Entries {', '.join(numbers[:-1])} and {numbers[-1]} of the log"
    return f"{several}{about} are redacted: what they said is unreadable."


def _approaching(change: Change, body: Body) -> str:
    plain = body["after"]
    left = plain["days_left"]
    when = f"in {left} day{'' if left == 1 else 's'}" if left else "today"
    said = f"“{title_of(change)}” falls due {when}, {_due(plain)}"
    judged = plain["verdict"] != Verdict.NOT_ASSESSED
    return f"{said}. It is judged {_judged(plain)}." if judged else f"{said}."


def _passed(change: Change, body: Body) -> str:
    """Only what the verdict allows: whoever is past due has not for that broken anything."""
    plain = body["after"]
    said = f"“{title_of(change)}” fell due {_due(plain)}"
    if plain["verdict"] == Verdict.NOT_ASSESSED:
        asked = "reached" if plain["force"] == Force.AIM else "kept"
        asked = "met" if plain["basis"] == Basis.MEASURED else asked
        return f"{said}, and nothing on record says whether it was {asked}."
    return f"{said}, and the last judgement on record is {_judged(plain)}."


def _due(plain: Body) -> str:
    """“on 1 June 2027”, “at the end of June 2027”; and whose date it is, where we derived it."""
    due = parse_when(plain["deadline"]["due_on"].rpartition("/")[2])
    said = f"on {words(due)}" if _is_day(due) else f"at the end of {_the(words(due))}"
    derived = plain["deadline"]["basis"] == DeadlineBasis.DERIVED
    return f"{said} (a date derived by the curators)" if derived else said


def _is_day(when: When) -> bool:
    return len(when.text) >= len("2027-06-01")


def _the(said: str) -> str:
    return f"the {said}" if "quarter" in said else said


def _epoch(change: Change, body: Body) -> str:
    """Which checkpoint the log leaves behind, and after which entry it goes on."""
    left, head = body["after"]["checkpoint"], body["after"]["head"]
    said = f"entry {left['sequence']} (hash {left['hash'][:12]}…)" if left["hash"] else left["file"]
    others = len(body["after"]["older"])
    also = f", nor {others} older one{'s' if others > 1 else ''}" if others else ""
    after = f"after entry {head['sequence']}" if head["sequence"] else "from its beginning"
    return f"A new epoch: the log goes on {after}, not continuing its checkpoint of {said}{also}."


def _about(change: Change, body: Body) -> str:
    return f"{Kind(change.kind).label.capitalize()}: “{title_of(change)}”."


def _noun(change: Change) -> str:
    return change.subject_type.capitalize()


def _flat(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str("" if value is None else value).split())


def _short(value: object) -> str:
    return _cut(_flat(value), 0)


def _cut(text: str, start: int, most: int = SHOWN) -> str:
    begun = f"…{text[start:]}" if start else text
    return begun if len(begun) <= most else f"{begun[: most - 1]}…"


_SPECIAL: dict[Kind, Callable[[Change, Body], str]] = {
    Kind.ASSESSMENT_PUBLISHED: _assessed,
    Kind.COMMITMENT_SUPERSEDED: _ended("superseded"),
    Kind.COMMITMENT_WITHDRAWN: _ended("withdrawn"),
    Kind.CRITERIA_REVISED: _about,
    Kind.DISCREPANCY_RESOLVED: _ended("resolved"),
    Kind.REPLY_REQUESTED: _asked,
    Kind.REPLY_RECEIVED: _replied,
    Kind.DEADLINE_APPROACHING: _approaching,
    Kind.DEADLINE_PASSED: _passed,
    Kind.RECORD_RETRACTED: _ended("retracted"),
    Kind.REDACTION: _redacted,
    Kind.METHODOLOGY_CHANGED: _about,
    Kind.EPOCH: _epoch,
}

_WORDINGS: dict[Kind, Callable[[Change, Body], str]] = {
    kind: _SPECIAL.get(kind, _corrected if kind.value.endswith("_corrected") else _published)
    for kind in Kind
}
