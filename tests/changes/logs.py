"""Logs of made-up entries, appended without records behind them."""

from typing import Any

from django.db import transaction

from tracker.changes.kinds import Kind
from tracker.changes.log import Entry, append
from tracker.changes.models import Change


def entry(number: int = 1, **fields: Any) -> Entry:
    """Example Lab, numbered, is published."""
    slug = f"example-lab-{number}"
    values: dict[str, Any] = {
        "kind": Kind.LAB_PUBLISHED,
        "subject_type": "lab",
        "subject_slug": slug,
        "actor": "Eve Editor",
        "labs": [slug],
        "after": {"name": f"Example Lab {number} “ü”"},
        "reason": "A test.",
    }
    return Entry(**(values | fields))


def logged(count: int) -> list[Change]:
    """So many entries more, no two alike."""
    last = Change.objects.count()
    kinds = (Kind.LAB_PUBLISHED, Kind.COMMITMENT_PUBLISHED, Kind.OUTCOME_CORRECTED)
    with transaction.atomic():
        return append(
            entry(
                number,
                kind=kinds[number % 3],
                actor=f"Eve Editor {number % 5}",
                commitments=[f"example-commitment-{number % 4}", f"example-commitment-{number}"],
                pledge="example-pledge" if number % 2 else "",
                category="compute" if number % 2 else "security",
                before={"name": "Sample"} if number % 3 == 2 else None,
                reason="" if number % 3 == 1 else f"Test no. {number}.",
            )
            for number in range(last + 1, last + count + 1)
        )


def redacted(*sequences: int) -> Change:
    """Empty these entries and say so, as a redaction does."""
    (change,) = append(
        [
            entry(
                kind=Kind.REDACTION, after={"redacted": list(sequences)}, reason="It named a child."
            )
        ]
    )
    Change.objects.filter(pk__in=sequences).update(body=None, reason=None)
    return change
