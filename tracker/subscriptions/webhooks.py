"""The webhook channel: one signed message an entry, in order, as Standard Webhooks asks.

Threads only talk to endpoints; tables are read and written by the worker itself. An endpoint that
does not answer keeps one thread for some seconds, is put off further each time, and in the end
paused: nobody else waits for it, and nothing is skipped for it.
"""

import json
import logging
import random
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tracker.changes.kinds import Kind
from tracker.changes.log import timestamp
from tracker.changes.models import Change
from tracker.changes.topics import changes_of
from tracker.changes.wording import body_of, reason, statement
from tracker.letters.queue import claim, line, settle
from tracker.letters.sending import write
from tracker.sources.links import Answer, Failed, Forbidden, fetch
from tracker.subscriptions import serving
from tracker.subscriptions.endpoints import challenge_of, endpoint_of, secrets_of
from tracker.subscriptions.models import Endpoint, Fate, Standing, Subscription
from tracker.subscriptions.owners import ask_owner
from tracker.subscriptions.routing import activate
from tracker.subscriptions.scopes import news
from tracker.subscriptions.signing import signatures

logger = logging.getLogger(__name__)

THREADS = 64
SECONDS = 15.0  # for one message
MOST = 20  # messages to one endpoint before its cursor is written
BEGIN_UNTIL = 20.0  # seconds after the first of them in which another is begun
ANSWERS = 0.2  # seconds that one round waits for answers
LEASE = 60.0  # seconds; more than BEGIN_UNTIL and SECONDS together
#: Seconds before each further try of one message: Standard Webhooks' own schedule, three days.
SCHEDULE = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
DAY = 86_400.0  # seconds; nobody is heeded who asks for more
JITTER = 0.1  # a share of the pause
#: The endpoint lives and will not have this message: after so many tries it is set aside.
REFUSALS = 5
SET_ASIDE_IN_A_ROW = 5  # and then the fault is not the message's
PATIENCE = frozenset({408, 425, 429})  # ask again later, says the answer

PAUSED, GONE = "webhook paused", "webhook gone"  # kinds of letters to the owner

Fetch = Callable[..., Answer]


@dataclass(frozen=True)
class Message:
    """One message as it is sent: the sequence of its entry (0: the handshake), and the text."""

    sequence: int
    id: str
    body: bytes


@dataclass(frozen=True)
class Sent:
    """What came of one message."""

    message: Message
    said: str = ""  # empty where it was delivered
    status: int | None = None
    retry_after: str = ""
    body: bytes = b""
    milliseconds: int = 0

    @property
    def delivered(self) -> bool:
        """Answered with any status from 200 to 299."""
        return not self.said

    @property
    def refused(self) -> bool:
        """The endpoint lives, and will not have this message."""
        return self.status is not None and 400 <= self.status < 500 and self.status not in PATIENCE


def message_for(subscription: Subscription, change: Change) -> Message:
    """The message about an entry; its id stays the same however often it is sent."""
    data: dict[str, Any] = {
        "sequence": change.sequence,
        "kind": change.kind,
        "significance": change.significance,
        "subject": {"type": change.subject_type, "slug": change.subject_slug},
        "labs": change.labs,
        "commitments": change.commitments,
        "pledge": change.pledge or None,
        "category": change.category or None,
        "statement": statement(change),
        "reason": reason(change),
        "hash": change.hash,
        "url": settings.SITE_URL + change.get_absolute_url(),
    }
    if change.kind == Kind.ASSESSMENT_PUBLISHED:
        body = body_of(change)
        data["judged"] = {"before": _axes(body.get("before")), "after": _axes(body.get("after"))}
    return _message(
        change.sequence,
        f"msg_{subscription.pk.hex}_{change.sequence}",
        {"type": f"change.{change.kind}", "timestamp": timestamp(change.at), "data": data},
    )


def _axes(plain: dict[str, Any] | None) -> dict[str, Any] | None:
    """The verdict with all that belongs beside it, or None where there was none."""
    names = ("verdict", "provisional", "confidence", "contested", "timeliness", "score")
    return {name: plain[name] for name in names} if plain else None


def handshake(subscription: Subscription) -> Message:
    """The message that asks an endpoint whether it wants to be told."""
    challenge = challenge_of(endpoint_of(subscription))
    content = {
        "type": "endpoint.verification",
        "timestamp": timestamp(timezone.now()),
        "data": {"challenge": challenge},
    }
    return _message(0, f"msg_{subscription.pk.hex}_verification", content)


def _message(sequence: int, message_id: str, content: dict[str, Any]) -> Message:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Message(sequence, message_id, text.encode())


@dataclass(frozen=True)
class Flight:
    """Messages under way to one endpoint, and the cursor once all of them are delivered."""

    subscription: Subscription
    messages: int
    cursor: int


class Webhooks:
    """The duty of a worker: keeps its threads busy, and writes down what came of each message."""

    def __init__(
        self, fetch: Fetch = fetch, threads: int = THREADS, *, to_the_end: bool = False
    ) -> None:
        self.fetch = fetch
        self.threads = threads
        self.to_the_end = to_the_end  # wait for every answer, for a worker that works once
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="webhook")
        self.flying: dict[Future[list[Sent]], Flight] = {}

    def __call__(self) -> int:
        """Begin what is due and settle what has been answered; how many messages."""
        # Answers first: a claim that ran out while a mail server took its time is ours until it is
        # taken, and would be taken here, so as to send the same again, round after round.
        settled = self._settle(0)
        self._begin()
        settled += self._settle(ANSWERS)
        while self.to_the_end and self.flying:
            settled += self._settle(ANSWERS)
        return settled

    def _settle(self, seconds: float) -> int:
        if not self.flying:
            return 0
        settled = 0
        done, _ = wait(self.flying, timeout=seconds, return_when=FIRST_COMPLETED)
        for future in done:
            results = future.result()
            settle_sent(self.flying.pop(future), results)
            settled += len(results)
        return settled

    def close(self) -> None:
        """Let go; what is in hand is done again by another worker, under the same ids."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        free = self.threads - len(self.flying)
        if free <= 0:
            return
        rows = Subscription.objects.filter(
            endpoint__isnull=False, standing__in=(Standing.PENDING, Standing.ACTIVE)
        )
        ours = [flight.subscription.pk for flight in self.flying.values()]
        rows = rows.exclude(pk__in=ours).select_related("endpoint")
        for subscription in claim(rows, free, LEASE):
            self._send(subscription)

    def _send(self, subscription: Subscription) -> None:
        endpoint = endpoint_of(subscription)
        if subscription.standing == Standing.PENDING:
            messages, cursor = [handshake(subscription)], subscription.cursor
        else:
            sequences, cursor = news(subscription, MOST)
            messages = compose(subscription, sequences)
        if not messages:
            serving.told(subscription, cursor)
            return
        secrets = [secret.value for secret in secrets_of(endpoint)]
        future = self.pool.submit(send_in_order, endpoint.url, secrets, messages, self.fetch)
        self.flying[future] = Flight(subscription, len(messages), cursor)


def compose(subscription: Subscription, sequences: Sequence[int]) -> list[Message]:
    """The messages about these entries. One that cannot be worded is set aside, and said so."""
    messages = []
    for change in reversed(changes_of(sequences)):
        try:
            messages.append(message_for(subscription, change))
        except Exception as error:
            logger.exception("entry %s cannot be told to %s", change.sequence, subscription)
            said = f"It cannot be worded: {type(error).__name__}."
            noted = subscription.attempts.filter(sequence=change.sequence, fate=Fate.SET_ASIDE)
            if not noted.exists():  # and not again with every try of what comes after it
                serving.note_attempt(subscription, change.sequence, Fate.SET_ASIDE, said=said)
    return messages


def send_in_order(
    url: str, secrets: Sequence[str], messages: Sequence[Message], fetch: Fetch
) -> list[Sent]:
    """Send one after another until one fails or the time is up. Touches no table."""
    begun, results = time.monotonic(), []
    for message in messages:
        results.append(_post(url, secrets, message, fetch))
        if not results[-1].delivered or time.monotonic() - begun > BEGIN_UNTIL:
            break
    return results


def _post(url: str, secrets: Sequence[str], message: Message, fetch: Fetch) -> Sent:
    begun, now = time.monotonic(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "on-record-webhooks/1",
        "webhook-id": message.id,
        "webhook-timestamp": str(now),
        "webhook-signature": signatures(secrets, message.id, now, message.body),
    }

    def took() -> int:
        return int((time.monotonic() - begun) * 1000)

    try:
        answer = fetch(url, method="POST", body=message.body, headers=headers, seconds=SECONDS)
    except (Failed, Forbidden) as error:
        return Sent(message, str(error), milliseconds=took())
    except Exception as error:  # a thread that dies would keep the claim without a word
        logger.exception("webhook")
        return Sent(message, f"It failed: {type(error).__name__}.", milliseconds=took())
    said = "" if 200 <= answer.status < 300 else f"It answers {answer.status}."
    return Sent(message, said, answer.status, answer.retry_after, answer.body, took())


@transaction.atomic
def settle_sent(flight: Flight, results: Sequence[Sent]) -> None:
    """Write down what came of the messages, and when to go on."""
    subscription = flight.subscription
    if not Subscription.objects.select_for_update().filter(pk=subscription.pk).exists():
        return  # its owner has removed it meanwhile
    if subscription.standing == Standing.PENDING:
        _settle_handshake(subscription, results[0])
        return
    good = [sent for sent in results if sent.delivered]
    held = good[-1].message.sequence if good else subscription.cursor
    for sent in good:
        _note(subscription, sent, Fate.DELIVERED)
    if good:
        Endpoint.objects.filter(pk=endpoint_of(subscription).pk).update(failing_since=None)
    if len(good) == flight.messages:
        serving.told(subscription, flight.cursor)
    elif len(good) == len(results):  # the time was up
        serving.told(subscription, held)
    else:
        failures = 0 if good else subscription.failures
        _settle_failure(subscription, held, results[-1], failures)


def _settle_failure(subscription: Subscription, held: int, sent: Sent, failures: int) -> None:
    now = timezone.now()
    endpoint = Endpoint.objects.filter(pk=endpoint_of(subscription).pk)
    endpoint.filter(failing_since=None).update(failing_since=now)
    if sent.status == 410:
        _note(subscription, sent, Fate.FAILED)
        _end(subscription, held, Standing.ENDED, "It answers 410: it wants no more.", GONE)
    elif sent.refused and _refusals(subscription, sent.message.sequence) + 1 >= REFUSALS:
        _note(subscription, sent, Fate.SET_ASIDE)
        if _set_aside_in_a_row(subscription) >= SET_ASIDE_IN_A_ROW:
            said = f"It refused {SET_ASIDE_IN_A_ROW} entries one after another: {sent.said}"
            _end(subscription, sent.message.sequence, Standing.PAUSED, said, PAUSED)
        else:
            serving.told(subscription, sent.message.sequence)
    elif failures >= len(SCHEDULE):
        _note(subscription, sent, Fate.FAILED)
        said = f"It failed {failures + 1} times over three days: {sent.said}"
        _end(subscription, held, Standing.PAUSED, said, PAUSED)
    else:
        _note(subscription, sent, Fate.FAILED)
        settle(
            subscription,
            due_at=again_at(now, failures, sent.retry_after),
            cursor=held,
            failures=failures + 1,
            said=line(sent.said),
        )


def again_at(now: datetime, failures: int, retry_after: str) -> datetime:
    """When to try again: the schedule, or later if the endpoint asked for it (a day at most)."""
    pause = SCHEDULE[failures] * (1 + JITTER * random.random())  # noqa: S311 - spreads load
    return now + timedelta(seconds=max(pause, min(_asked(now, retry_after), DAY)))


def _asked(now: datetime, retry_after: str) -> float:
    """The seconds of a Retry-After header, which holds a number or a date (RFC 9110); or 0."""
    text = retry_after.strip()
    if re.fullmatch(r"[0-9]+", text):
        return float(text[:10])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()


def _settle_handshake(subscription: Subscription, sent: Sent) -> None:
    endpoint = endpoint_of(subscription)
    if sent.delivered and challenge_of(endpoint).encode() in sent.body:
        if settle(subscription):
            Endpoint.objects.filter(pk=endpoint.pk).update(verified_at=timezone.now())
            activate(subscription)
            ask_owner(endpoint)
        return
    said = sent.said or "It answers, but not with the challenge."
    settle(subscription, failures=subscription.failures + 1, said=line(said))


def _end(subscription: Subscription, held: int, standing: Standing, said: str, kind: str) -> None:
    """Stop sending and, where the owner left an address, say so."""
    endpoint = endpoint_of(subscription)
    stopped = settle(subscription, standing=standing, cursor=held, said=line(said))
    if stopped and endpoint.owner:
        write(kind, subscription.pk, endpoint.owner)


def _refusals(subscription: Subscription, sequence: int) -> int:
    """How often the endpoint, alive, has refused this entry; an outage before does not count."""
    tries = subscription.attempts.filter(sequence=sequence, status__gte=400, status__lt=500)
    return tries.exclude(status__in=PATIENCE).count()


def _set_aside_in_a_row(subscription: Subscription) -> int:
    """Of what was sent: what could not be worded is no fault of the endpoint."""
    tries = subscription.attempts.exclude(fate=Fate.FAILED).exclude(status=None)
    fates = tries.values_list("fate", flat=True)
    run = 0
    for fate in fates[:SET_ASIDE_IN_A_ROW]:
        if fate != Fate.SET_ASIDE:
            break
        run += 1
    return run


def _note(subscription: Subscription, sent: Sent, fate: Fate) -> None:
    serving.note_attempt(
        subscription,
        sent.message.sequence,
        fate,
        said=sent.said,
        status=sent.status,
        milliseconds=sent.milliseconds,
    )
