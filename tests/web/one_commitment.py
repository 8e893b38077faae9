"""A commitment's page as a stranger reads it, and one promise that took another's place."""

import re
from typing import Any

from tests.builders import make_commitment, make_quotation, make_source, published
from tests.web import markup
from tests.web.markup import Markup
from tracker.commitments.models import Commitment, LifecycleEvent


def read(client: Any, record: Any, query: str = "", status: int = 200) -> Markup:
    return markup.read(client, record.get_absolute_url() + query, status)


def section(client: Any, commitment: Commitment, name: str, query: str = "") -> Markup:
    """One section of the page, by the id of its heading."""
    html = client.get(commitment.get_absolute_url() + query).content.decode()
    found = re.search(rf'<section aria-labelledby="{name}">.*?</section>', html, re.DOTALL)
    return Markup(found[0] if found else "")


def lineage() -> tuple[Commitment, Commitment]:
    post, later = make_source(), make_source()
    new = make_commitment(
        title="The later promise", obligation="Publish a summary of each audit within 90 days.",
        words=make_quotation(source=later, exact="We will share a summary of every audit."),
        made_on="2025-03-04",
    )  # fmt: skip
    old = make_commitment(
        draft=True, lab=new.lab, title="The earlier promise",
        obligation="Publish each audit within 30 days.", made_on="2024-01-02",
        words=make_quotation(source=post, exact="We will publish every audit."),
        successor=new, relation="weakened",
    )  # fmt: skip
    LifecycleEvent.objects.create(
        commitment=old, lifecycle="withdrawn", on="2025-03-04", source=later, note="Taken back."
    )
    return published(old), new
