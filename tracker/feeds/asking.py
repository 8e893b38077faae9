"""What a request asks for: a slice of the log, and one document of it."""

import re
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict

from tracker.answers.following import Following, following
from tracker.changes.models import ChangeTopic
from tracker.reading.filtering import BadParameter, strict
from tracker.reading.filters import ChangeFilter
from tracker.reading.history import topics

ARCHIVE = "archive"


@dataclass(frozen=True)
class Asked:
    """Topic rows of the slice, newest first; its filters as given and in words; the archive asked
    for, None for the current document."""

    rows: QuerySet[ChangeTopic]
    following: Following
    archive: int | None


def asked(query: QueryDict) -> Asked:
    """Read the query of a feed. Raises BadParameter."""
    text = query.get(ARCHIVE)
    archive = None if text is None else _number(text)
    bound = strict(ChangeFilter, query, topics(), also=frozenset({ARCHIVE}))
    follow = following(bound)
    if archive:  # the same for ever: it does not speak of records by names that may change
        follow = Following(", ".join(follow.chosen.values()), follow.chosen)
    return Asked(bound.qs, follow, archive)


def _number(text: str) -> int:
    # nine digits: more than any log, and small enough for every database
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise BadParameter(ARCHIVE, "must be a whole number from 1, such as archive=2.")
    return int(text)
