"""The nouns that a suggestion may be about."""

from tracker.curation.roles import NOUNS
from tracker.records.models import Record

SUGGESTABLE: dict[str, type[Record]] = {model.noun(): model for model in NOUNS}
