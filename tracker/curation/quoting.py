"""The check of a quotation, made whenever its words or its source's archived text are saved."""

from tracker.reading.represent import represent
from tracker.records.models import State
from tracker.records.plain import Plain
from tracker.sources.checking import Check, context, locate, verify_selector
from tracker.sources.models import Quotation, Source

Words = tuple[object, ...]


def words_of(quotation: Quotation) -> Words:
    """What the check is about; when one of these changes, an earlier check says nothing."""
    return (
        quotation.source_id,
        quotation.exact,
        quotation.prefix,
        quotation.suffix,
        quotation.start,
    )


def check(quotation: Quotation, before: Words | None) -> None:
    """Set the check, and where the words are printed; the caller saves.

    Without an archived text a check stands only as long as the words do (`before`, None where they
    are new and whoever brings them answers for the check that comes with them).
    """
    text = quotation.source.archived_text
    if not text:
        if before is not None and before != words_of(quotation):
            quotation.check_status = Check.UNCHECKED
        return
    try:
        if quotation.start is None:
            _locate(quotation, text)
        else:
            selector = (quotation.exact, quotation.prefix, quotation.suffix, quotation.start)
            quotation.check_status = verify_selector(text, *selector).status
    except ValueError:  # no words, or more text than is checked
        quotation.check_status = Check.UNCHECKED


def _locate(quotation: Quotation, text: str) -> None:
    result = locate(text, quotation.exact, quotation.prefix, quotation.suffix)
    quotation.check_status = result.status
    if result.status == Check.VERIFIED and result.start is not None and result.end is not None:
        quotation.start = result.start
        prefix, suffix = context(text, result.start, result.end)
        quotation.prefix = quotation.prefix or prefix
        quotation.suffix = quotation.suffix or suffix


def recheck(source: Source) -> list[tuple[Quotation, Plain]]:
    """Check and save every quotation of a source whose text has just been saved.

    Returns those that readers see otherwise now, with what they saw before.
    """
    seen = []
    for quotation in Quotation.objects.filter(source=source).select_related("source"):
        before = represent(quotation)
        check(quotation, None)
        if represent(quotation) != before:
            quotation.version += 1
            quotation.save()
            if quotation.state == State.PUBLISHED:
                seen.append((quotation, before))
    return seen
