"""One sentence a kind. Page, feed, e-mail and webhook all say a change in these words."""

import json
from collections.abc import Callable
from itertools import takewhile
from typing import Any

from tracker.assessments.wording import verdict_words
from tracker.changes.kinds import Kind
from tracker.changes.models import Change
from tracker.records.dates import parse_when, words

Body = dict[str, Any]

REDACTED = "What this entry said has been redacted; a later entry says so and why."
SHOWN = 120  # characters of an old or a new value
BEFORE = 40  # of them before the first difference
TOLD = 3  # fields of a correction with old and new


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
    said = verdict_words(
        plain["verdict"],
        provisional=plain["provisional"],
        confidence=plain["confidence"],
        force=plain["force"],
        basis=plain["basis"],
    )
    contested = ", contested" if plain.get("contested") else ""
    return f"{said} ({plain['confidence']} confidence{contested})"


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


def _cut(text: str, start: int) -> str:
    begun = f"…{text[start:]}" if start else text
    return begun if len(begun) <= SHOWN else f"{begun[: SHOWN - 1]}…"


_SPECIAL: dict[Kind, Callable[[Change, Body], str]] = {
    Kind.ASSESSMENT_PUBLISHED: _assessed,
    Kind.COMMITMENT_SUPERSEDED: _ended("superseded"),
    Kind.COMMITMENT_WITHDRAWN: _ended("withdrawn"),
    Kind.CRITERIA_REVISED: _about,
    Kind.DISCREPANCY_RESOLVED: _ended("resolved"),
    Kind.REPLY_REQUESTED: _asked,
    Kind.REPLY_RECEIVED: _replied,
    Kind.DEADLINE_APPROACHING: _about,
    Kind.DEADLINE_PASSED: _about,
    Kind.RECORD_RETRACTED: _ended("retracted"),
    Kind.REDACTION: _about,
    Kind.METHODOLOGY_CHANGED: _about,
}

_WORDINGS: dict[Kind, Callable[[Change, Body], str]] = {
    kind: _SPECIAL.get(kind, _corrected if kind.value.endswith("_corrected") else _published)
    for kind in Kind
}
