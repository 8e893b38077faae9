"""How surely words are their speaker's: confirmed, reported or disputed (DESIGN section 6)."""

from collections.abc import Iterable
from enum import StrEnum

from tracker.evidence.models import Account
from tracker.records.models import State
from tracker.scoring import Tier
from tracker.sources.checking import Check
from tracker.sources.models import Quotation

PRIMARY = frozenset({Tier.PRIMARY_LAB, Tier.PRIMARY_WITNESS})


class Attribution(StrEnum):
    """Only confirmed words appear bare as a person's or a lab's."""

    CONFIRMED = "confirmed"
    REPORTED = "reported"
    DISPUTED = "disputed"


def attributions(quotations: Iterable[Quotation]) -> dict[int, Attribution]:
    """Attribution by quotation id; one query. Sources need `read_via` selected for speed."""
    quotations = list(quotations)
    disputed = set(
        Account.objects.filter(
            quotation__in=quotations,
            discrepancy__state=State.PUBLISHED,
            discrepancy__kind="wording",
        ).values_list("quotation_id", flat=True)
    )
    return {each.pk: _attribution(each, each.pk in disputed) for each in quotations}


def _attribution(quotation: Quotation, disputed: bool) -> Attribution:
    if disputed:
        return Attribution.DISPUTED
    printed = quotation.check_status == Check.VERIFIED
    if printed and quotation.source.effective_tier in PRIMARY:
        return Attribution.CONFIRMED
    return Attribution.REPORTED
