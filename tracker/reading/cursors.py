"""Where a part of a list ended, signed, and good for that list alone.

It holds no time, so that the same page has the same bytes.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.http import QueryDict

from tracker.reading.filtering import BadParameter
from tracker.reading.keyset import Walk
from tracker.reading.validating import normalised


def list_of(name: str, query: QueryDict, free: Iterable[str]) -> str:
    """A short name of the list that a query asks for; `free` may differ from part to part."""
    rest = query.copy()
    for each in free:
        rest.pop(each, None)
    return hashlib.sha256(f"{name}?{normalised(rest)}".encode()).hexdigest()[:16]


def cursor_of(salt: str, of: str, place: list[Any]) -> str:
    """The cursor of the part after the row at `place` of the list `of` (see `list_of`)."""
    return Signer(salt=salt).sign_object([of, place])


def after_cursor(salt: str, of: str, text: str, walk: Walk, parameter: str) -> QuerySet[Any]:
    """The rows of the walk after where the cursor stands.

    Raises BadParameter, naming the parameter, for one that was not made for this list.
    """
    try:
        made_for, place = Signer(salt=salt).unsign_object(text)
        if made_for != of:
            raise BadParameter(
                parameter, "belongs to another list or to other filters; begin again without it."
            )
        if not isinstance(place, list):
            raise ValueError(place)
        return walk.after(place)
    # ValueError and ValidationError: of another release, whose lists were sorted otherwise
    except (BadSignature, ValueError, TypeError, ValidationError):
        raise BadParameter(
            parameter, "is none that this site gives out now; begin again without it."
        ) from None
