"""How surely words are their speaker's: confirmed, reported or disputed (DESIGN section 6)."""

from collections.abc import Iterable
from enum import StrEnum

from tracker.evidence.models import Account
from tracker.records.models import State
from tracker.scoring import PRIMARY
from tracker.sources.checking import Check
from tracker.sources.models import Quotation


class Attribution(StrEnum):
    """Only confirmed words appear bare as a person's or a lab's."""

    CONFIRMED = "confirmed"
    REPORTED = "reported"
    DISPUTED = "disputed"


def attributions(quotations: Iterable[Quotation]) -> dict[int, Attribution]:
    """Attribution by quotation id. Sources need `read_via` selected for speed."""
    quotations = list(quotations)
    disputed = set(
        Account.objects.filter(
            quotation__in=quotations,
            discrepancy__state=State.PUBLISHED,
            discrepancy__kind="wording",
        ).values_list("quotation_id", flat=True)
    )
    printed = _printed_by_primary_sources(quotations)
    return {each.pk: _attribution(each.pk, disputed, printed) for each in quotations}


def _attribution(quotation: int, disputed: set[int], printed: set[int]) -> Attribution:
    if quotation in disputed:
        return Attribution.DISPUTED
    return Attribution.CONFIRMED if quotation in printed else Attribution.REPORTED


def _printed_by_primary_sources(quotations: Iterable[Quotation]) -> set[int]:
    """Those that a primary source's archived text prints: a check brought by a file is not enough.

    One query, and none where no primary source is among them.
    """
    primary = [
        each.pk
        for each in quotations
        if each.check_status == Check.VERIFIED and each.source.effective_tier in PRIMARY
    ]
    if not primary:
        return set()
    archived = Quotation.objects.filter(pk__in=primary).exclude(source__archived_text="")
    return set(archived.values_list("pk", flat=True))
