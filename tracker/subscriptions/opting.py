"""What a reader can do: ask to follow, confirm, change, stop, be forgotten.

Whoever types an address proves nothing, so nothing but one letter comes of it: only a link in a
letter to that address acts, and what is answered on a page never tells whether we know the address.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tracker.letters.addresses import mailbox_of, one_spelling
from tracker.letters.models import Letter
from tracker.letters.sending import write
from tracker.letters.throttle import allowed, allowed_from
from tracker.letters.tokens import about_of, take_back, token_for
from tracker.subscriptions.models import Reader, Standing, Subscription
from tracker.subscriptions.routing import activate, begin_at_head, next_time
from tracker.subscriptions.scopes import Scope, columns

CONFIRM, MANAGE, STOP = "confirm", "manage", "stop"  # purposes of tokens
DAYS = {CONFIRM: 7, MANAGE: 60, STOP: 400}  # a mail may be opened again after a year
ASKED, LINK = "confirm", "manage link"  # kinds of letters

BETWEEN_LETTERS = timedelta(days=1)
LETTERS_TO_MAILBOX = 3  # in that time, to all the +tagged addresses that somebody made up for it
LINKS_A_DAY = 1
MOST_WAITING = 50  # to be confirmed by one address
MOST_FOLLOWED = 100  # added by one address without another letter
PER_NETWORK, WINDOW = 10, timedelta(hours=1)

#: What a letter's link can make active: what was never confirmed, and what was paused.
WAITING = (Standing.PENDING, Standing.PAUSED)
CONFIRMED = (Standing.ACTIVE, Standing.PAUSED)


def may_ask(network: str) -> bool:
    """Counts this asking of a network; False when it has asked enough for now.

    There is no limit for all together: whoever used it up would close it for everybody else.
    """
    return allowed_from("follow", network, PER_NETWORK, WINDOW)


# --- Asking, by whoever knows an address ---------------------------------------------------------


@transaction.atomic
def ask(email: str, scope: Scope, cadence: str, floor: str) -> None:
    """Note that somebody wants this address to follow something, and write to it.

    At most one letter a day: whatever is asked meanwhile is listed in the next.
    """
    address = one_spelling(email)
    Reader.objects.bulk_create([Reader(email=address)], ignore_conflicts=True)
    reader = Reader.objects.select_for_update().get(email=address)
    _want(reader, scope, cadence, floor)
    _write_to(reader)


def _want(reader: Reader, scope: Scope, cadence: str, floor: str) -> None:
    own = Subscription.objects.filter(reader=reader, **columns(scope)).first()
    if own is None:
        if reader.subscriptions.filter(standing=Standing.PENDING).count() >= MOST_WAITING:
            return
        own = Subscription(reader=reader, **columns(scope))
    elif own.standing != Standing.PENDING:
        return  # what its owner has confirmed, only its owner changes
    own.cadence, own.floor, own.created_at = cadence, floor, timezone.now()
    own.save()


def _write_to(reader: Reader) -> None:
    """One letter: now, or a day after the last; none where one waits that will list this too."""
    now = timezone.now()
    waiting = Letter.objects.select_for_update().filter(
        kind=ASKED, about=str(reader.pk), due_at__isnull=False, claim__isnull=True
    )
    if waiting.exists():
        return
    mailbox = mailbox_of(reader.email)
    if not allowed("asked to confirm", mailbox, LETTERS_TO_MAILBOX, BETWEEN_LETTERS):
        return
    due = max(now, reader.asked_at + BETWEEN_LETTERS) if reader.asked_at else now
    write(ASKED, reader.pk, reader.email, after=due - now)
    reader.asked_at = due
    reader.save(update_fields=["asked_at"])


@transaction.atomic
def ask_for_link(email: str) -> None:
    """Write to the address, if it follows anything, where it can manage what it follows."""
    address = one_spelling(email)
    may = allowed("manage link", mailbox_of(address), LINKS_A_DAY, BETWEEN_LETTERS)
    confirmed = Reader.objects.filter(subscriptions__standing__in=CONFIRMED)
    reader = confirmed.filter(email=address).first()
    if may and reader is not None:
        write(LINK, reader.pk, reader.email)


# --- By the link in a letter ---------------------------------------------------------------------


def reader_of(purpose: str, token: str) -> Reader | None:
    """Whose letter brought this token."""
    about = about_of(purpose, token)
    return None if about is None else Reader.objects.filter(pk=about).first()


def manage_token(reader: Reader) -> str:
    """What opens the page of everything that this reader follows."""
    return token_for(MANAGE, str(reader.pk), DAYS[MANAGE])


def waiting_of(reader: Reader) -> list[Subscription]:
    """What waits for a confirmation, the oldest asking first."""
    return list(reader.subscriptions.filter(standing__in=WAITING).order_by("created_at", "pk"))


def followed_by(reader: Reader) -> list[Subscription]:
    """Everything that was ever confirmed and not stopped."""
    rows = reader.subscriptions.filter(standing__in=CONFIRMED)
    return list(rows.order_by("created_at", "pk"))


@transaction.atomic
def confirm(reader: Reader, shown: Collection[str], chosen: Collection[str]) -> None:
    """Follow what was chosen of what was shown; forget the rest of it that was never confirmed."""
    Reader.objects.select_for_update().filter(pk=reader.pk).first()
    for subscription in waiting_of(reader):
        if str(subscription.pk) in chosen:
            resume(subscription)
        elif str(subscription.pk) in shown and subscription.standing == Standing.PENDING:
            subscription.delete()
    _forget_if_done(reader)


@transaction.atomic
def add(reader: Reader, scope: Scope, cadence: str, floor: str) -> bool:
    """Follow something more; whoever holds the link has the address, so it is confirmed already.

    False where it follows as much as one address may.
    """
    if Reader.objects.select_for_update().filter(pk=reader.pk).first() is None:
        return True  # forgotten a moment ago, by another tab, as the page then says
    wanted: dict[str, Any] = columns(scope)
    others = reader.subscriptions.exclude(**wanted)
    if others.count() >= MOST_FOLLOWED:
        return False
    own, _ = Subscription.objects.get_or_create(reader=reader, **wanted)
    change(own, cadence, floor)
    own.refresh_from_db()
    if own.standing != Standing.ACTIVE:
        resume(own)
    return True


@transaction.atomic
def resume(subscription: Subscription) -> None:
    """From now on it is told: what comes, or for a paused one what came since."""
    if subscription.standing == Standing.PENDING:
        begin_at_head(subscription)
        # not by save(): it may have been removed a moment ago, by another tab
        rows = Subscription.objects.filter(pk=subscription.pk)
        rows.update(cursor=subscription.cursor, wake=subscription.wake)
    Reader.objects.filter(subscriptions=subscription).update(bounces=0)
    activate(subscription)


@transaction.atomic
def change(subscription: Subscription, cadence: str, floor: str) -> None:
    """Another cadence, another floor, from now on."""
    locked = Subscription.objects.select_for_update().filter(pk=subscription.pk).first()
    if locked is None:
        return  # stopped a moment ago, by another tab
    wanted: dict[str, Any] = {"cadence": cadence, "floor": floor}
    if cadence != locked.cadence and locked.claim is None and locked.due_at and not locked.failures:
        wanted["due_at"] = next_time(cadence, timezone.now())
    Subscription.objects.filter(pk=locked.pk).update(**wanted)


@transaction.atomic
def stop(subscription: Subscription) -> None:
    """No more of it; and of an address that follows nothing any more, nothing is kept."""
    _wait_for_workers(Subscription.objects.filter(pk=subscription.pk))
    subscription.delete()
    if subscription.reader is not None:
        _forget_if_done(subscription.reader)


@transaction.atomic
def forget(reader: Reader) -> None:
    """Everything that is known of an address."""
    Letter.objects.filter(kind__in=(ASKED, LINK), about=str(reader.pk)).delete()
    for purpose in (CONFIRM, MANAGE):
        take_back(purpose, str(reader.pk))
    _wait_for_workers(Subscription.objects.filter(reader=reader))
    Reader.objects.filter(pk=reader.pk).delete()


def _wait_for_workers(rows: QuerySet[Subscription]) -> None:
    """Lock what goes, so that no line of its delivery log is written while it goes."""
    list(rows.select_for_update().values_list("pk"))


def _forget_if_done(reader: Reader) -> None:
    if not Subscription.objects.filter(reader=reader).exists():
        forget(reader)
