"""Accounts and their roles: who may give what to whom, and the demo's three.

Two people stand behind every account that has a role: whoever opened it, or made the link by which
its password is chosen, might sign in under its name, and so cannot give it a role. Otherwise one
Steward could write as one account and approve as another. Superusers stand outside this: they can
read and write the database anyway.
"""

import secrets
import string
from typing import Any

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from tracker.changes.models import Change
from tracker.curation.roles import CURATORS, MANAGE, REVIEWERS, STEWARDS

DEMO_ACCOUNTS = {"curator": CURATORS, "reviewer": REVIEWERS, "steward": STEWARDS}
ALPHABET = string.ascii_letters + string.digits
PASSWORD_LENGTH = 20  # about 119 bits

LINK_MADE = "Made a link to choose a password."  # in the admin's history of the account


def rights_of(account: Any) -> set[int]:
    """The rights that an account holds or, while it is inactive, would hold again."""
    held = Permission.objects.filter(Q(user=account) | Q(group__user=account))
    return set(held.values_list("pk", flat=True))


def within_rights(account: Any, *, by: Any) -> bool:
    """True where `by` may touch `account` at all: it holds no right that `by` lacks."""
    if by.is_superuser:
        return True
    return not account.is_superuser and rights_of(account) <= rights_of(by)


def roles_to_give(by: Any) -> QuerySet[Group]:
    """The roles with no right that `by` lacks."""
    if by.is_superuser:
        return Group.objects.all()
    if not by.has_perm(MANAGE):
        return Group.objects.none()
    return Group.objects.exclude(permissions__in=Permission.objects.exclude(pk__in=rights_of(by)))


def may_give_roles(account: Any, *, by: Any) -> bool:
    """Whether `by` may give `account` a role, or take one away: another's, that it cannot enter."""
    if by.is_superuser:
        return True
    return (
        by.has_perm(MANAGE)
        and account != by
        and within_rights(account, by=by)
        and not could_enter(account, by)
    )


def could_enter(account: Any, who: Any) -> bool:
    """True where `who` opened the account or has held a link to its password."""
    kept = _kept_of(account).filter(user=who)
    return kept.filter(Q(action_flag=ADDITION) | Q(change_message=LINK_MADE)).exists()


def _kept_of(account: Any) -> QuerySet[LogEntry]:
    """The desk's own log of an account."""
    kind = ContentType.objects.get_for_model(User)
    return LogEntry.objects.filter(content_type=kind, object_id=str(account.pk))


def may_make_link(account: Any, *, by: Any) -> bool:
    """Whether `by` may make a link to choose this account's password: it has no role or right yet.

    To help somebody out who has one, a superuser makes it; or one Steward takes the role away and
    makes it, and another gives the role again.
    """
    if by.is_superuser:
        return True
    return (
        by.has_perm(MANAGE)
        and account != by
        and not account.is_superuser
        and not account.groups.exists()
        and not account.user_permissions.exists()
    )


class LinkTokens(PasswordResetTokenGenerator):
    """What proves a link. Whatever is done with the account afterwards ends it, a new link too.

    So nobody who has held one can still enter once somebody else has given the account a role.
    """

    key_salt = "on-record/password-link"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        roles = sorted(user.groups.values_list("pk", flat=True))
        newest = _kept_of(user).order_by("-pk").values_list("pk", flat=True).first()
        own = super()._make_hash_value(user, timestamp)
        return f"{own} {roles} {newest} {user.is_active} {user.is_staff} {user.is_superuser}"


link_tokens = LinkTokens()


def password_link_parts(account: User) -> dict[str, str]:
    """What the address of a link is made of. It works once, and not after the next log-in."""
    return {
        "uidb64": urlsafe_base64_encode(force_bytes(account.pk)),
        "token": link_tokens.make_token(account),
    }


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
