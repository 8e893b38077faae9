"""Who may do what: Curators write drafts, Reviewers publish, Stewards also redact and manage."""

from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS

from tracker.assessments.models import Assessment, Reply
from tracker.changes.models import Change
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import Discrepancy, Indicator, Outcome
from tracker.labs.models import Lab, Person
from tracker.records.models import Record
from tracker.sources.models import Quotation, Source

CURATORS, REVIEWERS, STEWARDS = "Curators", "Reviewers", "Stewards"

PUBLISH = "tracker.publish"  # publish a draft, change a published record, approve an assessment
REDACT = "tracker.redact"
MANAGE = "auth.change_user"  # keep accounts and give roles, none beyond one's own

#: Every noun, in an order in which each refers only to those before it, or to itself.
NOUNS: tuple[type[Record], ...] = (
    Lab,
    Person,
    Source,
    Quotation,
    Pledge,
    Commitment,
    Indicator,
    Outcome,
    Discrepancy,
    Reply,
    Assessment,
)


def install_roles(using: str = DEFAULT_DB_ALIAS) -> None:
    """Make the three groups and set their rights, again after every migration."""
    nouns = [model._meta.model_name for model in NOUNS]
    write = {f"{verb}_{noun}" for noun in nouns for verb in ("add", "change", "view")}
    # a draft may be deleted; the admin refuses it for anything that was ever published
    write |= {f"delete_{noun}" for noun in nouns} | {f"view_{Change._meta.model_name}"}
    write |= {"view_submission", "change_submission"}  # what readers suggest; a room above
    rights = {
        CURATORS: write,
        REVIEWERS: write | {"publish"},
        STEWARDS: write | {"publish", "redact"},
    }
    for name, codenames in rights.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set(
            Permission.objects.using(using).filter(
                content_type__app_label="tracker", codename__in=codenames
            )
        )
    accounts = Permission.objects.using(using).filter(
        content_type__app_label="auth", codename__in=("view_user", "add_user", "change_user")
    )
    Group.objects.using(using).get(name=STEWARDS).permissions.add(*accounts)
