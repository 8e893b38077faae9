"""Whatever is done to the tables by SQL is found: by the command, and by the standalone verifier.

The log is tampered with in every way that the list below knows, each time in a savepoint, its
triggers taken away. Both verifiers are given the checkpoint that a reader kept. What a stranger
cannot see in log.jsonl (topics, head, stored checkpoints) the command alone must find.

A short campaign here; SOAK=1 makes it two thousand (`make soak`).
"""

import importlib.util
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db import DataError, IntegrityError, transaction
from django.db.models import F
from django.test import Client

from tests.changes.logs import logged, redacted
from tracker.changes import checkpoints, continuity, guard, notes
from tracker.changes.kinds import Kind, Significance
from tracker.changes.log import canonical, chain_hash, header_of, sha256, topic_rows
from tracker.changes.models import NO_HASH, Change, ChangeTopic, Checkpoint, LogHead
from tracker.changes.verifying import Given, verify

pytestmark = pytest.mark.django_db

TAMPERINGS = 2_000 if os.environ.get("SOAK") == "1" else 60
ENTRIES = 60
VERIFIER = Path(__file__).resolve().parents[2] / "tracker/web/static/verify_record.py"


def standalone() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_record", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def kept() -> str:
    """A log with redactions and, in a reader's hands, the checkpoint of its last entry."""
    logged(ENTRIES // 2)
    with transaction.atomic():
        redacted(5, 9)
    logged(ENTRIES // 2)
    checkpoint = checkpoints.make()
    assert checkpoint is not None
    guard.remove("default")
    return checkpoint.note


# --- the ways to tamper --------------------------------------------------------------------------

Tamper = Callable[[random.Random], str]  # does it, and says what it did


def at_random(choose: random.Random, *without: int) -> Change:
    found = Change.objects.exclude(pk__in=without).exclude(body=None)
    return choose.choice(list(found))


def garbled(choose: random.Random, text: str) -> str:
    """One character taken away, doubled, or another."""
    if not text:
        return "x"
    place = choose.randrange(len(text))
    middle = choose.choice(["", text[place] * 2, "x" if text[place] != "x" else "y"])
    return text[:place] + middle + text[place + 1 :]


def edited_column(choose: random.Random) -> str:
    """One column of one entry; with few hundred tamperings every column has its turn."""
    change = at_random(choose)
    field = choose.choice(list(Change._meta.concrete_fields))
    value: Any = getattr(change, field.name)
    if field.name == "sequence":
        value += 1_000
    elif field.name == "at":
        value += timedelta(microseconds=choose.choice([-1, 1, 10**7, -(10**9)]))
    elif field.name in ("labs", "commitments"):
        value = choose.choice(
            [[], [*value, "other"], value[1:] or ["other"], [garbled(choose, "x")]]
        )
    elif field.name in ("kind", "significance"):
        values = Kind.values if field.name == "kind" else Significance.values
        value = choose.choice([each for each in values if each != value])
    else:
        value = garbled(choose, value)
    Change.objects.filter(pk=change.pk).update(**{field.name: value})
    return f"{field.name} of {change.pk}"


def emptied(choose: random.Random) -> str:
    change = at_random(choose)
    fields: dict[str, Any] = {"reason": None}
    if choose.random() < 0.7:
        fields["body"] = None
    Change.objects.filter(pk=change.pk).update(**fields)
    return f"{', '.join(fields)} of {change.pk} emptied"


def refilled(choose: random.Random) -> str:
    change = choose.choice(list(Change.objects.filter(body=None)))
    other = at_random(choose)
    Change.objects.filter(pk=change.pk).update(body=other.body, reason=other.reason)
    return f"{change.pk} filled again"


def rewritten(choose: random.Random) -> str:
    """Body, reason and digest together, as if the entry had always said so; its hash is old."""
    change = at_random(choose)
    change.reason = "Another reason."
    change.body = canonical({"before": None, "after": {}, "reason": change.reason, "nonce": "0"})
    change.body_sha256 = sha256(change.body)
    if choose.random() < 0.5:
        change.hash = chain_hash(change.previous_hash, change.header, change.body_sha256)
    change.save()
    return f"{change.pk} rewritten"


def deleted(choose: random.Random) -> str:
    change = at_random(choose)
    many = choose.choice([1, 1, 2, 7])
    span = range(change.pk, change.pk + many)
    Change.objects.filter(pk__in=span).delete()
    if choose.random() < 0.5:
        ChangeTopic.objects.filter(sequence__in=span).delete()
    return f"{many} from {change.pk} deleted"


def closed_up(choose: random.Random) -> str:
    """An entry deleted, and those after it moved up to close the gap."""
    change = at_random(choose)
    Change.objects.filter(pk=change.pk).delete()
    for later in Change.objects.filter(pk__gt=change.pk).order_by("pk"):
        Change.objects.filter(pk=later.pk).update(sequence=F("sequence") - 1)
    return f"{change.pk} deleted and closed up"


def swapped(choose: random.Random) -> str:
    """Two entries in each other's place, whole or in one column."""
    one = at_random(choose)
    two = at_random(choose, one.pk)
    names = choose.choice([["sequence"], ["body"], ["header"], ["actor"], ["at"], ["hash"]])
    values = [{name: getattr(each, name) for name in names} for each in (one, two)]
    if values[0] == values[1]:
        return swapped(choose)
    aside: dict[str, Any] = {"sequence": 10_000, "hash": "aside"}
    aside = {name: aside.get(name, values[0][name]) for name in names}
    Change.objects.filter(pk=one.pk).update(**aside)
    Change.objects.filter(pk=two.pk).update(**values[0])
    Change.objects.filter(pk=aside.get("sequence", one.pk)).update(**values[1])
    return f"{names} of {one.pk} and {two.pk} swapped"


def inserted(choose: random.Random) -> str:
    """A made-up entry in the middle, the later ones moved down to make room."""
    change = at_random(choose)
    for later in Change.objects.filter(pk__gt=change.pk).order_by("-pk"):
        Change.objects.filter(pk=later.pk).update(sequence=F("sequence") + 1)
    made = Change.objects.get(pk=change.pk)
    made.sequence, made.previous_hash = change.pk + 1, change.hash
    made.at += timedelta(microseconds=1)
    made.header = canonical(header_of(made))
    made.hash = chain_hash(made.previous_hash, made.header, made.body_sha256)
    # the next one's previous hash is made to fit as well, so that no key stands in the way
    Change.objects.filter(pk=made.pk + 1).update(previous_hash=made.hash)
    made.save(force_insert=True)
    if choose.random() < 0.5:
        LogHead.objects.update(sequence=F("sequence") + 1)
    return f"one inserted after {change.pk}"


def truncated(choose: random.Random) -> str:
    """The end cut off, the head put back, the topics too: nothing but a checkpoint can tell."""
    keep = choose.choice([0, 1, choose.randrange(ENTRIES), ENTRIES])
    for model in (Change, ChangeTopic):
        model.objects.filter(sequence__gt=keep).delete()
    last = Change.objects.filter(pk=keep).first()
    LogHead.objects.update(
        sequence=keep, hash=last.hash if last else NO_HASH, at=last.at if last else None
    )
    Checkpoint.objects.all().delete()
    return f"cut off after {keep}"


def recomputed(choose: random.Random) -> str:
    """History told otherwise, every hash worked out anew, with head, topics and no checkpoints."""
    change = at_random(choose)
    change.actor = "Somebody Else"
    head = Change.objects.filter(pk=change.pk - 1).first()
    previous = head.hash if head else NO_HASH
    Checkpoint.objects.all().delete()
    ChangeTopic.objects.filter(sequence__gte=change.pk).delete()
    # the keys are freed first, since a later hash may not stand twice
    later = list(Change.objects.filter(pk__gt=change.pk).order_by("pk"))
    Change.objects.filter(pk__gte=change.pk).delete()
    for each in [change, *later]:
        each.header = canonical(header_of(each))
        each.previous_hash = previous
        each.hash = previous = chain_hash(previous, each.header, each.body_sha256)
    Change.objects.bulk_create([change, *later])
    ChangeTopic.objects.bulk_create([row for each in [change, *later] for row in topic_rows(each)])
    LogHead.objects.update(hash=previous)
    return f"recomputed from {change.pk}"


def topics_edited(choose: random.Random) -> str:
    row = choose.choice(list(ChangeTopic.objects.all()))
    mine = ChangeTopic.objects.filter(topic=row.topic, sequence=row.sequence)
    way = choose.choice(["delete", "topic", "kind", "significance", "category", "sequence", "add"])
    if way == "delete":
        mine.delete()
    elif way == "add":
        ChangeTopic.objects.create(topic="lab:other", sequence=choose.choice([row.sequence, 999]))
    elif way == "sequence":
        mine.update(sequence=10_000)
    else:
        mine.update(**{way: "other"})
    return f"topic {row}: {way}"


def head_edited(choose: random.Random) -> str:
    way = choose.choice(["sequence", "hash", "at", "gone"])
    if way == "gone":
        LogHead.objects.all().delete()
    else:
        head = LogHead.objects.get()
        new = {"sequence": head.sequence + 1, "hash": "0" * 64, "at": None}
        LogHead.objects.update(**{way: new[way]})
    return f"head: {way}"


def checkpoint_edited(choose: random.Random) -> str:
    stored = Checkpoint.objects.get()
    new = {
        "sequence": stored.sequence - 1,
        "hash": "0" * 64,
        "made_at": stored.made_at + timedelta(1),
        "note": garbled(choose, stored.note.rstrip("\n")) + "\n",
    }
    way = choose.choice(list(new))
    Checkpoint.objects.update(**{way: new[way]})
    return f"checkpoint: {way}"


#: Ways that a stranger sees in log.jsonl, with the checkpoint that they kept.
SEEN: tuple[Tamper, ...] = (
    edited_column, edited_column, edited_column, edited_column,
    emptied, refilled, rewritten, deleted, closed_up, swapped, inserted, truncated, recomputed,
)  # fmt: skip
#: Ways that leave every line of log.jsonl as it was: for the command alone.
UNSEEN: tuple[Tamper, ...] = (topics_edited, head_edited, checkpoint_edited)


# --- the campaign --------------------------------------------------------------------------------


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def as_downloaded() -> list[str] | None:
    """log.jsonl as the site serves it; None where the site cannot even read its own log."""
    try:
        answer: Any = Client().get("/changes/log.jsonl")
        text = b"".join(answer.streaming_content).decode()
    except (ValueError, LogHead.DoesNotExist):
        return None
    return text.split("\n")[:-1]


def found_by_stranger(note: str) -> bool:
    lines = as_downloaded()
    return lines is None or any(standalone().problems(lines, [("kept", note)]))


def test_every_tampering_is_found_by_the_command_and_by_a_stranger(kept, settings):
    seed = int(os.environ.get("TAMPERING_SEED", "4"))
    choose = random.Random(seed)
    given = [Given("kept", notes.read(kept), signed=True)]
    # the site's own files are left out: whoever has the database may have the machine
    settings.CHECKPOINT_DIR /= "none"
    unsaved = (0, continuity.gone())
    ways = [*SEEN, *UNSEEN]
    assert verify(given).problems == [unsaved]
    assert not found_by_stranger(kept)
    done, refused, missed = 0, 0, []
    while done < TAMPERINGS:
        way = ways[done % len(ways)]
        try:
            with undone():
                said = f"{done}, {way.__name__}: {way(choose)}"
                if set(verify(given).problems) <= {unsaved}:
                    missed.append(f"{said}: not found by the command")
                if way in SEEN and not found_by_stranger(kept):
                    missed.append(f"{said}: not found by a stranger")
        except (IntegrityError, DataError):  # the table itself refused it: that is no tampering
            refused += 1
            continue
        done += 1
    assert missed == []
    assert refused < TAMPERINGS / 4
    assert verify(given).problems == [unsaved]
    assert not found_by_stranger(kept)


@pytest.mark.parametrize("column", ["line", "header", "body"])
def test_a_name_that_stands_twice_in_one_object_is_refused(kept, column):
    """Of two values readers take the one or the other: a hash would hold for both."""
    lines = as_downloaded()
    assert lines is not None
    entry = json.loads(lines[3])
    if column != "line":
        entry[column] = entry[column][:-1] + ',"reason":"Another."' * 2 + "}"
    entry["body_sha256"] = sha256(entry["body"])
    entry["hash"] = chain_hash(entry["previous_hash"], entry["header"], entry["body_sha256"])
    text = json.dumps(entry)
    lines[3] = text if column != "line" else f'{text[:-1]},"reason":{json.dumps(entry["reason"])}}}'
    assert any("twice" in each for each in standalone().problems(lines, []))


def test_every_column_of_the_log_is_guarded_by_both(kept):
    """One edit a column, so that none is left to chance."""
    given = [Given("kept", notes.read(kept), signed=True)]
    change = Change.objects.get(pk=20)
    values: dict[str, Any] = {
        "sequence": 1_000,
        "at": change.at + timedelta(microseconds=1),
        "kind": "epoch",
        "significance": "editorial",
        "labs": ["other"],
        "commitments": [],
        "body": None,
    }
    for field in Change._meta.concrete_fields:
        with undone():
            value = values.get(field.name, "other")
            fields = {field.name: value} | ({"reason": None} if field.name == "body" else {})
            assert getattr(change, field.name) != value
            Change.objects.filter(pk=20).update(**fields)
            assert not verify(given).well, field.name
            assert found_by_stranger(kept), field.name


def test_a_history_told_anew_agrees_with_itself_and_only_a_checkpoint_tells(kept, settings):
    settings.CHECKPOINT_DIR /= "none"
    recomputed(random.Random(1))
    assert verify().problems == []
    lines = as_downloaded()
    assert lines is not None
    assert list(standalone().problems(lines, [])) == []
    (said,) = standalone().problems(lines, [("kept", kept)])
    assert said.startswith("kept: entry 61 has another hash")
    assert not verify([Given("kept", notes.read(kept), signed=True)]).well


# --- the program as a stranger runs it -----------------------------------------------------------


def run(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(VERIFIER), *arguments],
        input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_program_is_short_and_needs_nothing_but_python():
    text = VERIFIER.read_text()
    assert len(text.splitlines()) < 80
    imported = [
        line.split()[1] for line in text.splitlines() if line.startswith(("import", "from"))
    ]
    assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)


def test_the_program_says_what_is_wrong_and_how_it_ended(kept, tmp_path):
    lines = as_downloaded()
    assert lines is not None
    log, note = tmp_path / "log.jsonl", tmp_path / "checkpoint"
    log.write_text("\n".join(lines) + "\n")
    note.write_text(kept)
    well = run(str(log), str(note))
    assert (well.returncode, well.stdout) == (0, "")
    assert well.stderr.startswith(f"read up to entry {ENTRIES + 1} (")
    assert run("-", str(note), text=log.read_text()).returncode == 0
    log.write_text("\n".join(lines[:-1]) + "\n")
    short = run(str(log), str(note))
    assert short.returncode == 1
    assert "the log ends at 60, before it" in short.stderr
    assert run(str(log)).returncode == 0  # without the checkpoint nobody could know


@pytest.mark.parametrize("arguments", [[], ["no-such-file"], ["-", __file__]])
def test_the_program_explains_itself_where_it_was_called_otherwise(arguments):
    told = run(*arguments)
    assert told.returncode == 1
    assert "python3 verify_record.py log.jsonl" in told.stderr
    assert "That did not work" in told.stderr


def test_a_line_that_is_no_entry_is_a_problem(kept):
    lines = as_downloaded()
    assert lines is not None
    for line in ("", "null", "[]", "{}", '{"sequence": 1}', lines[0][:-5]):
        assert list(standalone().problems([line, *lines[1:]], [])), line
