"""What the single cells of a scorecard sheet may hold."""

import re
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from tracker.commitments.models import Clause, Criterion
from tracker.labs.models import Lab
from tracker.scoring import FindingValue

#: How a value may be written, beside its own name (in any case, spaces for underscores).
SHORT = {
    "1": FindingValue.MET,
    "0.5": FindingValue.PARTLY_MET,
    "0,5": FindingValue.PARTLY_MET,  # as spreadsheets with a decimal comma write it
    "0": FindingValue.NOT_MET,
    "?": FindingValue.UNVERIFIABLE,
    "": FindingValue.NOT_APPLICABLE,
}
NAMED = {str(value): value for value in FindingValue}

ONE = Decimal(1)
_WEIGHT = re.compile(r"([0-9]{1,4})(?:[.,]([0-9]{1,3}))?", re.ASCII)
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}", re.ASCII)  # 1,000: one, or one thousand?

#: The fields that a heading or a cell becomes.
FIELDS: dict[str, Any] = {
    "lab": Lab._meta.get_field("name"),
    "clause": Clause._meta.get_field("title"),
    "group": Clause._meta.get_field("group"),
    "criterion": Criterion._meta.get_field("question"),
}


def value_of(cell: str) -> FindingValue | None:
    """The value that a cell says; None where it says none."""
    if cell in SHORT:
        return SHORT[cell]
    return NAMED.get(cell.lower().replace(" ", "_"))


def not_a_value(cell: str) -> str:
    """What is wrong with a cell that says no value."""
    return f"{shown(cell)} is no value; write {', '.join(NAMED)}, or 1, 0.5, 0, ? or nothing."


def weight_of(cell: str) -> Decimal | None:
    """The weight that a cell says, 1 where it is blank; None where it says none."""
    if not cell:
        return ONE
    found = _WEIGHT.fullmatch(cell)
    if found is None or _THOUSANDS.fullmatch(cell):
        return None
    return Decimal(cell.replace(",", ".")) or None


def not_a_weight(cell: str) -> str:
    """What is wrong with a cell that says no weight."""
    return (
        f"{shown(cell)} is no weight; write a number from 0.001 to 9999.999, of at most three "
        "decimal places."
    )


def refusals(column: str, text: str) -> list[str]:
    """Why the record refuses a text; blank text is spoken of elsewhere."""
    try:
        if text:
            FIELDS[column].clean(text, None)
    except ValidationError as error:
        return error.messages
    return []


def shown(text: str) -> str:
    """A text within a problem, not at any length."""
    return repr(text) if len(text) <= 40 else f"{text[:40]!r}…"
