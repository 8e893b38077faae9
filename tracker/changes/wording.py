"""One sentence a kind. Page, feed, e-mail and webhook all say a change in these words."""

import json
from collections.abc import Callable
from typing import Any

from tracker.assessments.wording import verdict_words
from tracker.changes.kinds import Kind
from tracker.changes.models import Change

Body = dict[str, Any]

REDACTED = "What this entry said has been redacted; a later entry says so and why."
SHOWN = 120  # characters of an old or a new value


def sentence(change: Change) -> str:
    """What happened, in one sentence that stands alone. Raises ValueError for an unknown kind."""
    kind = Kind(change.kind)
    wording = _WORDINGS[kind]
    if change.body is None:
        return f"{kind.label.capitalize()}: {change.subject_slug}. {REDACTED}"
    return wording(change, body_of(change))


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


def _published(change: Change, body: Body) -> str:
    return f"{_noun(change)} published: “{title_of(change)}”."


def _corrected(change: Change, body: Body) -> str:
    rows = changed_fields(body["before"], body["after"])
    said = f"{_noun(change)} corrected: “{title_of(change)}”"
    if len(rows) == 1 and not isinstance(rows[0][1], list | dict):
        field, old, new = rows[0]
        said += f", {_words(field)} from “{_short(old)}” to “{_short(new)}”"
    elif rows:
        said += f", in {', '.join(_words(field) for field, _, _ in rows)}"
    return f"{said}.{_because(body)}"


def _assessed(change: Change, body: Body) -> str:
    new = _verdict(body["after"])
    said = f"“{title_of(change)}” is judged {new}"
    if body["before"]:
        old = _verdict(body["before"])
        said = f"“{title_of(change)}” is judged again: {old} → {new}"
        if old == new:
            said = f"“{title_of(change)}” is judged again, and remains {new}"
    contested = ", contested" if body["after"].get("contested") else ""
    return f"{said}{contested}.{_because(body)}"


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
        return f"{_noun(change)} {verb}: “{title_of(change)}”.{_because(body)}"

    return word


def _replied(change: Change, body: Body) -> str:
    return f"Reply received: the lab answered “{_short(body['after'].get('words'))}”."


def _asked(change: Change, body: Body) -> str:
    plain = body["after"]
    return f"Reply requested of {plain['asked_of']}, due on {plain['due_on']}."


def _about(change: Change, body: Body) -> str:
    kind = Kind(change.kind).label.capitalize()
    return f"{kind}: “{title_of(change)}”.{_because(body)}"


def _noun(change: Change) -> str:
    return change.subject_type.capitalize()


def _because(body: Body) -> str:
    reason = (body.get("reason") or "").strip()
    return f" Reason: {reason}" if reason else ""


def _words(field: str) -> str:
    return field.replace("_", " ").replace(".", ": ")


def _short(value: object) -> str:
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


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
