"""Cursors: where a page of a list ended, signed, and good for that list alone.

They hold no time, so that the same page has the same bytes.
"""

import hashlib
from typing import Any

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer

from tracker.api.nouns import CURSOR, FIELDS, LIMIT, Noun
from tracker.reading.filtering import BadParameter
from tracker.reading.keyset import Walk
from tracker.reading.validating import normalised

_SALT = "on-record/api/cursor/v1"

#: What may differ from page to page of one walk.
_FREE = (CURSOR, LIMIT, FIELDS)


def cursor_of(noun: Noun, query: Any, place: list[Any]) -> str:
    """The cursor of the page after the row at `place`."""
    return _signer().sign_object([_list_of(noun, query), place])


def after_cursor(walk: Walk, noun: Noun, query: Any) -> Any:
    """The rows of the walk after where the query's cursor stands, all of them without one.

    Raises BadParameter for a cursor that was not made for this list.
    """
    text = query.get(CURSOR, "")
    if not text:
        return walk.rows
    try:
        made_for, place = _signer().unsign_object(text)
        if made_for != _list_of(noun, query):
            raise BadParameter(
                CURSOR, "belongs to another list or to other filters; begin again without it."
            )
        if not isinstance(place, list):
            raise ValueError(place)
        return walk.after(place)
    # ValueError and ValidationError: of another release, whose lists were sorted otherwise
    except (BadSignature, ValueError, TypeError, ValidationError):
        raise BadParameter(
            CURSOR, "is none that this site gives out now; begin again without it."
        ) from None


def _signer() -> Signer:
    return Signer(salt=_SALT)


def _list_of(noun: Noun, query: Any) -> str:
    """A short name of the list that a query asks for."""
    rest = query.copy()
    for name in _FREE:
        rest.pop(name, None)
    return hashlib.sha256(f"{noun.name}?{normalised(rest)}".encode()).hexdigest()[:16]
