"""What reading and writing of the record file agree on."""

from tracker.assessments.models import Assessment
from tracker.curation.roles import NOUNS
from tracker.records.models import Record

FORMAT = "on-record/record/v1"

TABLES: dict[str, type[Record]] = {str(model._meta.verbose_name_plural): model for model in NOUNS}

#: What the file says of a record beside its plain form: that it was retracted; who judged.
STATE = "state"
MADE_BY = Assessment.brought


def named(model: type[Record]) -> str:
    """The list of the file that holds this noun."""
    return str(model._meta.verbose_name_plural)
