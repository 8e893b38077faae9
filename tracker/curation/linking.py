"""What became of a source's link, noted for the desk."""

from django.utils import timezone

from tracker.sources.links import Checked
from tracker.sources.models import Source


def keep(checked: Checked) -> None:
    """Note the result for the desk; nothing where the source's address has changed meanwhile.

    No Change and no new version: readers never see it, and a curator's open form stays good.
    """
    Source.objects.filter(pk=checked.source, url=checked.url).update(
        link_status=checked.status, link_note=checked.note, link_checked_at=timezone.now()
    )
