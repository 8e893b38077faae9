"""What rows of a table bring to be looked at again: the database's refusals, and earlier checks."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import DatabaseError

from tracker.curation import quoting
from tracker.curation.flat import Flat, batched
from tracker.records.models import Record
from tracker.records.plain import Plain, Problem, path_of
from tracker.sources.models import LinkStatus, Quotation, Source


def refusals(record: Record) -> list[Problem]:
    """Why the database refused the row, as the model's own checks word it."""
    try:
        record.full_clean(exclude=record.private)
    except ValidationError as invalid:
        return [
            Problem(() if name == "__all__" else path_of(type(record), name), message)
            for name, messages in invalid.message_dict.items()
            for message in messages
        ]
    except DatabaseError:
        pass
    return [Problem((), "The database refused it: a value collides with another, or is too large.")]


def forget_what_was_checked(before: Flat, plain: Plain, record: Record) -> None:
    """What was found about other words, or at another address, says nothing of these."""
    if isinstance(record, Source) and plain["url"] != before[("url",)]:
        record.link_status, record.link_checked_at = LinkStatus.UNCHECKED, None
        record.link_note = ""
    if isinstance(record, Quotation):
        moved = any(plain[name] != before[(name,)] for name in ("source", "exact"))
        source = Source.objects.filter(slug=plain["source"]).exclude(archived_text="")
        if moved and source.exists():
            for name, nothing in (("start", None), ("prefix", ""), ("suffix", "")):
                if plain[name] == before[(name,)]:
                    plain[name] = nothing


def check_new(slugs: Sequence[str]) -> None:
    """Check new quotations against their sources' texts, one text at a time."""
    for some in batched(slugs):
        quotations = Quotation.objects.filter(slug__in=some).exclude(source__archived_text="")
        of_source: dict[int, list[Quotation]] = {}
        for quotation in quotations.order_by("source_id"):
            of_source.setdefault(quotation.source_id, []).append(quotation)
        for pk, own in of_source.items():
            source = Source.objects.get(pk=pk)
            for quotation in own:
                quotation.source = source
                quoting.check(quotation, None)
                quotation.save()
