"""What search holds, as its tests ask for it."""

from typing import Any

from tracker.reading.documents import COLUMNS
from tracker.reading.models import SearchDocument
from tracker.reading.search import find, terms_of


def slugs(query: str) -> set[str]:
    return {each.slug for each in find(terms_of(query), "", 1).found}


def kept() -> list[tuple[Any, ...]]:
    """Every byte of it, but for the numbers of its rows."""
    return list(SearchDocument.objects.order_by("noun", "slug").values_list("noun", *COLUMNS))
