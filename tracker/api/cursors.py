"""The cursors of the API's lists: where a page ended."""

from typing import Any

from tracker.api.nouns import CURSOR, FIELDS, LIMIT, Noun
from tracker.reading import cursors
from tracker.reading.keyset import Walk

_SALT = "on-record/api/cursor/v1"

#: What may differ from page to page of one walk.
_FREE = (CURSOR, LIMIT, FIELDS)


def cursor_of(noun: Noun, query: Any, place: list[Any]) -> str:
    """The cursor of the page after the row at `place`."""
    return cursors.cursor_of(_SALT, cursors.list_of(noun.name, query, _FREE), place)


def after_cursor(walk: Walk, noun: Noun, query: Any) -> Any:
    """The rows of the walk after where the query's cursor stands, all of them without one.

    Raises BadParameter for a cursor that was not made for this list.
    """
    text = query.get(CURSOR, "")
    if not text:
        return walk.rows
    of = cursors.list_of(noun.name, query, _FREE)
    return cursors.after_cursor(_SALT, of, text, walk, CURSOR)
