"""E-mails a second: one worker, and two; each into a mail server of its own.

As after a verdict that makes the news: every reader is due at once, none has had a mail before, and
each follows one of some slices of the log. Both databases wait for the disk, as a site's do. Who
got what is counted by the mail servers: every reader one mail, whoever sent it.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from bench.figures import Figure, Scale, middle
from bench.running import each_engine, environment, manage
from bench.steps import Step, alone, main, ready, steps, together

ROUNDS = 5
LABS = 10  # each with a commitment that is judged; readers follow one of the labs
PER_WORKER, TWO_TO_ONE = 250, 1.7


# --- The steps, each in a process of its own -----------------------------------------------------


def publish() -> None:
    """What readers are told of: a commitment of each lab."""
    from django.db import transaction

    from tests.builders import make_commitment, make_lab

    ready()
    with transaction.atomic():
        for number in range(LABS):
            lab = make_lab(slug=f"example-{number}", name=f"Example Lab {number}")
            make_commitment(lab=lab, title=f"Publish the audit no. {number}")


def follow(count: str) -> None:
    """So many readers anew, each with a subscription that is due."""
    from django.db import transaction
    from django.utils import timezone

    from tracker.changes.log import head_sequence
    from tracker.letters.models import Token
    from tracker.subscriptions.models import Reader, Standing, Subscription, Watermark, narrowest
    from tracker.subscriptions.routing import ROUTING

    ready()
    with transaction.atomic():
        for model in (Token, Reader):
            model._default_manager.all().delete()
        head, now = head_sequence(), timezone.now()
        Watermark.objects.update_or_create(name=ROUTING, defaults={"sequence": head})
        readers = [Reader(email=f"reader-{number}@example.org") for number in range(int(count))]
        Reader.objects.bulk_create(readers, batch_size=500)
        Subscription.objects.bulk_create(
            [
                Subscription(
                    reader=reader, lab=lab, topic=narrowest(lab, "", ""),
                    standing=Standing.ACTIVE, wake=head, due_at=now,
                )
                for number, reader in enumerate(readers)
                for lab in [f"example-{number % LABS}"]
            ],
            batch_size=500,
        )  # fmt: skip


def deliver(port: str) -> dict[str, float]:
    """A worker, until nothing is due: from when to when, and its seconds of CPU."""
    from django.conf import settings
    from django.core.mail.utils import DNS_NAME

    from tracker.changes.log import head_sequence
    from tracker.management.commands.deliver import duties
    from tracker.subscriptions.worker import work

    settings.EMAIL_PORT = int(port)
    DNS_NAME._fqdn = "localhost"  # Django would ask the network for this machine's name
    head_sequence()
    ready()
    begun, busy = time.monotonic(), time.process_time()
    work(duties(once=True), once=True)
    return {"begun": begun, "ended": time.monotonic(), "cpu": time.process_time() - busy}


def sink() -> list[str]:
    """A mail server that takes everything at once; whom it was for, in the order it came."""
    taken: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                taken.append(line.partition(b"<")[2].partition(b">")[0].decode())
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 OK\r\n")
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            await asyncio.to_thread(ready, port)

    asyncio.run(serve())
    return taken


# --- The bench -----------------------------------------------------------------------------------


@contextmanager
def sinks(count: int) -> Iterator[tuple[list[Step], list[str]]]:
    """So many mail servers, and their ports."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with steps("bench.mailing", plain, *[("sink",)] * count) as running:
        yield running, [each.ready() for each in running]


def rate(site: dict[str, str], workers: int, mails: int) -> float:
    """Mails a second of so many workers; RuntimeError unless each reader had one."""
    alone("bench.mailing", site, "follow", mails)
    with sinks(workers) as (servers, ports):
        told: list[dict[str, float]] = together(
            "bench.mailing", site, *(("deliver", port) for port in ports)
        )
        for each in servers:
            each.go()
        taken = [address for each in servers for address in each.result()]
    if sorted(taken) != sorted({f"reader-{number}@example.org" for number in range(mails)}):
        raise RuntimeError(f"{len(taken)} mails to {len(set(taken))} of {mails} readers.")
    return mails / (max(each["ended"] for each in told) - min(each["begun"] for each in told))


def measure_on(database: str, name: str, scale: Scale, folder: str) -> Iterator[Figure]:
    site = environment(
        database, EMAIL_URL="smtp://127.0.0.1:1", CHECKPOINT_DIR=f"{folder}/{name}.checkpoints"
    )
    manage(database, "migrate")
    alone("bench.mailing", site, "publish")
    rates: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(1 if scale.mails < 100 else ROUNDS):
        for workers, found in rates.items():
            found.append(rate(site, workers, scale.mails))
    more: dict[str, Any] = {"rounds": rates, "mails": scale.mails}
    yield Figure(
        "e-mails by one worker, a commit each", name, "1/s",
        median(rates[1]), target=PER_WORKER, more=more,
        limits="CPU: most of it MIME and SMTP; then the statement that settles it, and the disk",
    )  # fmt: skip
    yield Figure(
        "e-mails by two workers / by one", name, "1/s",
        *middle(rates[2], rates[1]), target=TWO_TO_ONE, more=more,
        limits="the cores; on SQLite the one write lock, held while the disk is waited for",
    )  # fmt: skip


def measure(scale: Scale) -> Iterator[Figure]:
    """Both databases, durable."""
    for engine, url, folder in each_engine():
        yield from measure_on(url, engine, scale, folder)


STEPS = {each.__name__: each for each in (publish, follow, deliver, sink)}

if __name__ == "__main__":
    main(STEPS)
