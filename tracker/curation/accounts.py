"""The demo's three accounts, one a role."""

import secrets
import string

from django.contrib.auth.models import Group, User
from django.db import transaction

from tracker.changes.models import Change
from tracker.curation.roles import CURATORS, REVIEWERS, STEWARDS

DEMO_ACCOUNTS = {"curator": CURATORS, "reviewer": REVIEWERS, "steward": STEWARDS}
ALPHABET = string.ascii_letters + string.digits
PASSWORD_LENGTH = 20  # about 119 bits


@transaction.atomic
def make_demo_accounts(seeded_by: str) -> dict[str, str]:
    """Make the accounts and return their passwords by name, this once.

    Returns nothing on a database that has accounts, or a log with anybody else's entries in it:
    that is no demo database, and it gets no accounts that it did not ask for.
    """
    if User.objects.exists() or Change.objects.exclude(actor=seeded_by).exists():
        return {}
    passwords = {}
    for name, role in DEMO_ACCOUNTS.items():
        passwords[name] = "".join(secrets.choice(ALPHABET) for _ in range(PASSWORD_LENGTH))
        user = User.objects.create_user(name, password=passwords[name], is_staff=True)
        user.groups.add(Group.objects.get(name=role))
    return passwords
