"""`manage.py check_links`: ask the addresses of sources whether they still answer."""

import sys
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.curation.linking import keep
from tracker.records.models import State
from tracker.sources.links import check_links
from tracker.sources.models import LinkStatus, Source


class Command(BaseCommand):
    """Exit 0 only when every address answers, or says where it has moved."""

    help = (
        "Ask the address of each source whether it still answers, one request at a time for each "
        "host, and keep the result for the desk. Addresses off the public internet are not asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which source, where not all."""
        parser.add_argument("--source", metavar="SLUG", help="this one source only")

    def handle(self, *args: Any, source: str | None = None, **options: Any) -> None:
        """Check, keep each result as it comes, and say what was found."""
        links = self._links(source)
        found: Counter[str] = Counter()
        for done, checked in enumerate(check_links(list(links)), 1):
            keep(checked)
            found[checked.status] += 1
            if sys.stderr.isatty():
                ending = "\n" if done == len(links) else ""
                self.stderr.write(f"\r{done}/{len(links)} links", ending=ending)
            if checked.status != LinkStatus.OK:
                slug = links[checked.source, checked.url]
                self.stdout.write(f"{checked.status:10} {slug} {checked.url} {checked.note}")
        summary = ", ".join(f"{found[status]} {status}" for status in LinkStatus if found[status])
        if found[LinkStatus.FAILED] or found[LinkStatus.REFUSED]:
            raise CommandError(f"{len(links)} links: {summary}.")
        self.stdout.write(f"{len(links)} links: {summary or 'nothing to check'}.")

    def _links(self, slug: str | None) -> dict[tuple[int, str], str]:
        sources = Source.objects.exclude(state=State.RETRACTED)
        if slug is not None:
            sources = sources.filter(slug=slug)
            if not sources:
                raise CommandError(f"There is no source {slug!r}.")
        found = sources.exclude(url="").values_list("pk", "url", "slug")
        if slug is not None and not found:
            raise CommandError(f"The source {slug!r} has no address.")
        return {(pk, url): name for pk, url, name in found}
