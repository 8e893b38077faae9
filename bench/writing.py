"""Publications and bare entries a second, by many writers at once; a reader who misses none.

Writers are threads of several processes, as several gunicorn workers are; both databases wait for
the disk. While they write, a reader asks again and again for what came after the last that it knows
and holds it against the chain: a gap, another order or a broken link ends the bench. Beside each
figure stands, in the saved one, what the database does at that moment: a row and a commit, by one
writer (entries of one log can be no faster, since each waits for the one before to be on the disk)
and by as many.
"""

import secrets
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from bench.figures import Figure, Scale
from bench.running import each_engine, environment, manage
from bench.steps import alone, main, ready, steps

ROUNDS = 3
PUBLISHED, APPENDED, APPENDED_TO_SQLITE = 150, 600, 250
PROCESSES = 4
POLL = 0.02  # seconds
LONGEST = 120.0

Turn = Callable[[int], int]  # one writer's next piece of work, by its number: entries it made


# --- The steps, each in a process of its own -----------------------------------------------------


def publish(process: str, threads: str, turns: str) -> dict[str, float]:
    """Publish a commitment, and what happened to it, and correct it with a reason."""
    from django.db import transaction

    from tests.builders import EDITOR, make_commitment, make_lab, make_outcome, make_source
    from tracker.curation.editing import begin, finish
    from tracker.curation.editing import publish as make_public

    def draft(writer: int, turn: int) -> tuple[Any, Any]:
        mark = f"{own}-{writer}-{turn}"
        commitment = make_commitment(
            slug=f"promise-{mark}", lab=lab, reported_by=source, draft=True, criteria=2
        )
        outcome = make_outcome(
            slug=f"outcome-{mark}", bears_on=commitment, sources=(source,), draft=True
        )
        return commitment, outcome

    own = f"{process}-{secrets.token_hex(4)}"
    with transaction.atomic():
        lab = make_lab(slug=f"lab-{own}", name=f"Example Lab {own}")
        source = make_source(slug=f"source-{own}")
        drafts = {
            (writer, turn): draft(writer, turn)
            for writer in range(int(threads))
            for turn in range(int(turns) + 1)
        }

    def write(writer: int, turn: int) -> int:
        commitment, outcome = drafts[writer, turn]
        make_public(commitment, by=EDITOR)
        make_public(outcome, by=EDITOR, reason="It was in the papers.")
        with transaction.atomic():
            commitment.refresh_from_db()
            edit = begin(
                commitment, by=EDITOR, reason="A word was missing.", version=commitment.version
            )
            commitment.title = f"{commitment.title}, all of it"
            commitment.clean_fields()
            commitment.save()
            finish(edit, commitment)
        return 3

    return _write(int(threads), int(turns), write)


def append(process: str, threads: str, turns: str) -> dict[str, float]:
    """Entries of the log and nothing else, a transaction each."""
    from django.db import transaction

    from tracker.changes import log
    from tracker.changes.kinds import Kind

    def write(writer: int, turn: int) -> int:
        entry = log.Entry(
            kind=Kind.COMMITMENT_PUBLISHED,
            subject_type="commitment",
            subject_slug=f"promise-{process}-{writer}-{turn}",
            actor="Eve Editor",
            labs=["example-lab"],
            commitments=[f"promise-{process}-{writer}-{turn}"],
            pledge="example-pledge",
            category="transparency",
            after={"title": "Publish the audit", "obligation": "Publish an audit. " * 20},
        )
        with transaction.atomic():
            log.append([entry])
        return 1

    return _write(int(threads), int(turns), write)


def plain(process: str, threads: str, turns: str) -> dict[str, float]:
    """A row and a commit each: what the database and the disk allow."""
    from django.db import connection

    def write(writer: int, turn: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_plain (text) VALUES (%s)", ["x" * 1_500])
        return 1

    return _write(int(threads), int(turns), write)


def _write(threads: int, turns: int, write: Callable[[int, int], int]) -> dict[str, float]:
    """So many writers, from the moment when all may begin; entries, from when to when, CPU."""
    from django.db import connection

    done, failed = [0] * threads, list[BaseException]()
    begin = threading.Barrier(threads + 1)

    def run(writer: int) -> None:
        try:
            write(writer, 0)  # not measured: a process that serves has its SQL made
            begin.wait()
            begin.wait()
            end = time.monotonic() + LONGEST
            for turn in range(1, turns + 1):
                if time.monotonic() > end:
                    break
                done[writer] += write(writer, turn)
        except BaseException as error:
            failed.append(error)
            begin.abort()
        finally:
            connection.close()

    running = [threading.Thread(target=run, args=(writer,)) for writer in range(threads)]
    for each in running:
        each.start()
    begin.wait()
    ready()
    begun, busy = time.monotonic(), time.process_time()
    begin.wait()
    for each in running:
        each.join()
    if failed:
        raise failed[0]
    return {
        "entries": sum(done), "begun": begun, "ended": time.monotonic(),
        "cpu": time.process_time() - busy,
    }  # fmt: skip


def follow() -> dict[str, int]:
    """Ask again and again for what came after the last entry known, until told that no more comes
    and none does. RuntimeError for a gap, another order or a broken chain."""
    from tracker.changes.log import head_sequence
    from tracker.changes.models import Change

    last = first = head_sequence()
    known = Change.objects.values_list("hash", flat=True).get(pk=last) if last else "0" * 64
    asked, over = 0, False
    rows = Change.objects.order_by("sequence").values_list("sequence", "previous_hash", "hash")
    ready()
    while True:
        over = over or bool(select.select([sys.stdin], [], [], POLL)[0])
        asked += 1
        found = list(rows.filter(sequence__gt=last)[:1_000])
        for sequence, previous, own in found:
            if sequence != last + 1 or previous != known:
                raise RuntimeError(f"After entry {last} came {sequence}, after {previous}.")
            last, known = sequence, own
        if over and not found:
            return {"seen": last - first, "asked": asked}


def prepare() -> None:
    """A table of nothing, and a log that has begun, with a checkpoint as `deliver` makes them."""
    from django.db import connection

    from tests.builders import make_lab
    from tracker.changes.checkpoints import make_if_due

    key = "bigserial" if connection.vendor == "postgresql" else "integer"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_plain (id {key} PRIMARY KEY, text text)")
    make_lab()
    make_if_due()
    ready()


# --- The bench -----------------------------------------------------------------------------------


def spread(writers: int) -> list[int]:
    """So many threads in each process."""
    processes = min(PROCESSES, writers)
    return [writers // processes] * processes


def rate(
    site: dict[str, str], name: str, writers: list[int], entries: int, each: int = 1
) -> dict[str, float]:
    """How many a second of about so many, each turn making `each`. RuntimeError where the reader
    missed one."""
    turns = max(1, entries // each // sum(writers))
    asked = [(name, process, threads, turns) for process, threads in enumerate(writers)]
    with steps("bench.writing", site, *asked) as running:
        for one in running:
            one.ready()
        with steps("bench.writing", site, ("follow",)) as (reader,):
            reader.ready()
            for one in (reader, *running):
                one.go()
            told: list[dict[str, float]] = [one.result() for one in running]
            reader.go()
            seen = reader.result()["seen"]
    made = sum(one["entries"] for one in told)
    if name != "plain" and seen != made:
        raise RuntimeError(f"{made} entries were made, and the reader saw {seen}.")
    took = max(one["ended"] for one in told) - min(one["begun"] for one in told)
    return {"rate": made / took, "cpu": sum(one["cpu"] for one in told) / made, "entries": made}


def by_turns(
    what: dict[str, Callable[[], dict[str, float]]], rounds: int
) -> dict[str, dict[str, float]]:
    """Each of these, one after another and again; of each the median."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in what}
    for _ in range(rounds):
        for name, one in what.items():
            found[name].append(one())
    return {
        name: {key: median(each[key] for each in many) for key in many[0]}
        for name, many in found.items()
    }


def measure_on(database: str, name: str, scale: Scale, folder: str) -> Iterator[Figure]:
    postgres = name == "PostgreSQL"
    # a connection for each writer of a process, and one beside them
    pool = str(scale.writers + 1)
    site = environment(database, CHECKPOINT_DIR=f"{folder}/{name}.checkpoints", DATABASE_POOL=pool)
    manage(database, "migrate")
    alone("bench.writing", site, "prepare")
    time.sleep(2.1)  # until the folder of checkpoints counts as settled
    many = spread(scale.writers if postgres else min(scale.writers, PROCESSES))
    entries = scale.seconds * 100
    found = by_turns(
        {
            "publish": lambda: rate(site, "publish", many, entries, 3),
            "append": lambda: rate(site, "append", many, entries * 3),
            "plain by one": lambda: rate(site, "plain", [1], entries * 3),
            "plain by all": lambda: rate(site, "plain", many, entries * 3),
        },
        1 if scale.seconds < 2 else ROUNDS,
    )
    rates = {key: value["rate"] for key, value in found.items()}
    more: dict[str, Any] = {
        "writers": many,
        "milliseconds of CPU": {key: value["cpu"] * 1e3 for key, value in found.items()},
        "a row and a commit, by one and by all": [rates["plain by one"], rates["plain by all"]],
        "of what one plain writer does": {
            key: rates[key] / rates["plain by one"] for key in ("publish", "append")
        },
    }
    said = f"{sum(many)} writers" if postgres else f"{len(many)} processes"
    yield Figure(
        f"publications through curation, {said}", name, "1/s", rates["publish"],
        target=PUBLISHED if postgres else None, more=more,
        limits="CPU: some 25 queries each, of which Django takes more than the database",
    )  # fmt: skip
    yield Figure(
        f"entries appended, {said}", name, "1/s", rates["append"],
        target=APPENDED if postgres else APPENDED_TO_SQLITE, more=more,
        limits="each waits for the one before: two statements and the disk, one after another",
    )  # fmt: skip


def measure(scale: Scale) -> Iterator[Figure]:
    """Both databases, durable."""
    for engine, url, folder in each_engine():
        yield from measure_on(url, engine, scale, folder)


STEPS = {each.__name__: each for each in (prepare, publish, append, plain, follow)}

if __name__ == "__main__":
    main(STEPS)
