"""An old value, as an entry of the log has it, taken back as a new correction."""

from typing import Any

from tracker.changes.models import Change
from tracker.changes.wording import body_of, changed_fields
from tracker.curation.editing import Actor, Refused, begin, finish
from tracker.curation.writing import rewrite
from tracker.records.models import Record
from tracker.records.plain import Plain, PlainError, columns, complete, lists, path_of, to_plain

FIXED = ("slug",)


def old_values(record: Record, change: Change) -> dict[str, Any]:
    """The values before `change`, by field as in `changed_fields`, that can be taken back now.

    Fields whose value is the same today, or which are computed, are left out.
    """
    body = body_of(change)
    if not body.get("before") or not body.get("after"):
        return {}
    now, able = to_plain(record), _typed(record)
    return {
        field: old
        for field, old, _ in changed_fields(body["before"], body["after"])
        if field in able and _at(now, field) != old
    }


def take_back(
    record: Record, change: Change, field: str, *, by: Actor, reason: str
) -> list[Change]:
    """Write the value that `field` had before `change`, in the caller's transaction, or Refused."""
    edit = begin(record, by=by, reason=reason)
    if not edit.published:
        raise Refused("Only a published record has a public history to take a value from.")
    if (change.subject_type, change.subject_slug) != (record.noun(), record.slug):
        raise Refused("This entry of the log is about another record.")
    values = old_values(record, change)
    if field not in values:
        raise Refused(f"Entry {change.sequence} holds no other value of this field to take back.")
    plain = to_plain(record)
    _put(plain, field, values[field])
    try:
        plain, _ = complete(type(record), plain)
    except PlainError as error:
        raise Refused(*error.problems) from None
    rewrite(record, plain)
    return finish(edit, record)


def value_now(record: Record, field: str) -> Any:
    """The value of a field today."""
    return _at(to_plain(record), field)


def _typed(record: Record) -> set[str]:
    """The fields that a person types, as the plain form names them."""
    model = type(record)
    own = {".".join(path_of(model, each.name)) for each in columns(model) if each.editable}
    parts = {path_of(model, part)[0] for part in record.parts}
    return (own | {each.name for each in lists(model)} | parts) - set(FIXED)


def _at(plain: Plain, field: str) -> Any:
    value: Any = plain
    for step in field.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _put(plain: Plain, field: str, value: Any) -> None:
    *groups, name = field.split(".")
    for group in groups:
        plain = plain[group]
    plain[name] = value
