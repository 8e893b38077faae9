"""Many records written at once: just what publishing them one by one makes, and nothing kept."""

import json
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from graphlib import TopologicalSorter
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bench.generating import records
from tests.builders import make_lab
from tracker.assessments.judging import content_hash
from tracker.assessments.models import Assessment
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.verifying import verify
from tracker.commitments.models import Commitment
from tracker.curation import waiting
from tracker.curation.creating import create_all
from tracker.curation.editing import Actor
from tracker.curation.indexing import differences
from tracker.curation.roles import NOUNS, PUBLISH
from tracker.curation.writing import Batch, Item, put_all
from tracker.evidence.models import Outcome
from tracker.labs.models import Lab
from tracker.reading.models import SearchDocument
from tracker.records.models import Record, State
from tracker.records.plain import Plain, Refused, columns, complete, lists, to_plain
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db

TABLES = {str(model._meta.verbose_name_plural): model for model in NOUNS}
NONCE_AND_WHAT_FOLLOWS = {"at", "header", "body", "body_sha256", "previous_hash", "hash"}
#: Of a row: its number, which follows the order of writing, and the clock.
OF_THE_DAY = {"id", "published_at"}


def batch() -> Batch:
    return Batch(Actor("record file", rights=frozenset({PUBLISH})), "a made-up file", "Brought.")


def made(number: int) -> list[tuple[type[Record], list[Plain]]]:
    """Complete plain forms in lots, in each of which none refers to another of its own noun."""
    by_noun: dict[type[Record], dict[str, Plain]] = {model: {} for model in NOUNS}
    for noun, data in records(number):
        plain, _ = complete(TABLES[noun], data)
        by_noun[TABLES[noun]][plain["slug"]] = plain
    lots = []
    for model, plains in by_noun.items():
        own = [each.name for each in columns(model) if each.related_model is model]
        many = [each.name for each in lists(model) if each.related_model is model]
        order = TopologicalSorter(
            {
                slug: [plain[name] for name in own if plain[name]]
                for slug, plain in plains.items()
                if not any(plain[name] for name in many)
            }
        )
        order.prepare()
        while ready := order.get_ready():
            lots.append((model, [plains[slug] for slug in ready]))
            order.done(*ready)
        ring = [plain for plain in plains.values() if any(plain[name] for name in many)]
        lots.append((model, ring))  # which name one another
    return lots


def at_once(model: type[Record], plains: list[Plain], into: Batch) -> None:
    for start in range(0, len(plains), 25):
        create_all(model, plains[start : start + 25], into, publish=True)


def one_by_one(model: type[Record], plains: list[Plain], into: Batch) -> None:
    items = [Item(plain) for plain in plains]
    put_all(model, items, into)
    assert not [problem for item in items for problem in item.problems]


Way = Callable[[type[Record], list[Plain], Batch], None]


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def all_of_it() -> dict[str, Any]:
    """The record, the log and search, but for what no two runs have alike."""
    rows: dict[str, Any] = {}
    for model in NOUNS:
        private = [
            field.name
            for field in model._meta.concrete_fields
            if field.name not in OF_THE_DAY and not field.is_relation
        ]
        rows[model.noun()] = {
            record.slug: (to_plain(record), {name: getattr(record, name) for name in private})
            for record in model._default_manager.all()
        }
    for assessment in Assessment.objects.all():
        assert assessment.published_at
    for _, values in rows["assessment"].values():
        values.pop("content_hash")  # it binds the id of the judgement that is superseded
    said = [field.name for field in Change._meta.fields if field.name not in NONCE_AND_WHAT_FOLLOWS]
    log = []
    for change in Change.objects.order_by("sequence"):
        body = json.loads(change.body or "")
        body.pop("nonce")
        log.append(({name: getattr(change, name) for name in said}, body))
    topics = Counter(ChangeTopic.objects.values_list("topic", "sequence", "kind", "category"))
    found = {
        (each.noun, each.slug): (each.title, each.text, each.more_words)
        for each in SearchDocument.objects.all()
    }
    return {"rows": rows, "log": log, "topics": topics, "search": found}


def written(way: Way, number: int) -> dict[str, Any]:
    with taken_back():
        into = batch()
        for model, plains in made(number):
            way(model, plains, into)
        into.close()
        assert verify().well
        assert list(differences()) == []
        return all_of_it()


def test_at_once_is_just_as_one_by_one(monkeypatch: pytest.MonkeyPatch):
    single = written(one_by_one, 30)
    monkeypatch.setattr(waiting, "IN_MEMORY", 1000)  # so that the entries go by way of the disk
    together = written(at_once, 30)
    assert together["rows"] == single["rows"]
    assert together["log"] == single["log"]
    assert together["topics"] == single["topics"]
    assert together["search"] == single["search"]
    assert {body["before"] is None for fields, body in single["log"]} == {True, False}


def test_the_content_hash_is_the_one_that_an_approval_binds():
    with taken_back():
        into = batch()
        for model, plains in made(30):
            at_once(model, plains, into)
        judged = list(Assessment.objects.all())
        assert judged
        assert all(each.content_hash == content_hash(each) for each in judged)


def test_queries_are_counted_in_lots_not_in_records():
    """Sixty records cost a number of queries that is far below sixty."""
    counts: dict[type[Record], int] = {}
    with taken_back():
        into = batch()
        for model, plains in made(160):
            if len(plains) >= 60:
                some, plains = plains[:60], plains[60:]
                with CaptureQueriesContext(connection) as queries:
                    create_all(model, some, into, publish=True)
                counts[model] = len(queries)
            create_all(model, plains, into, publish=True)
    assert counts.keys() == {Commitment, Outcome, Assessment}
    assert max(counts.values()) <= 45, counts


def test_no_record_is_kept_alive():
    with taken_back():
        into = batch()
        plain, _ = complete(Lab, {"slug": "example", "name": "Example Lab", "kind": "ai_lab"})
        create_all(Lab, [plain], into, publish=True)
        lab = Lab.objects.get(slug="example")
        assert lab in into.written
        assert list(into.written.of(Lab)) == [lab.pk]
        gone = weakref.ref(lab)
        del lab
        assert gone() is None
        assert len(into.entries) == 1


def test_a_broken_rule_names_the_record_and_publishes_none():
    lab = make_lab()
    rows = [
        {
            "slug": f"example-{place}", "lab": lab.slug, "title": "Example promise",
            "force": "promise", "category": "research", "obligation": "To publish.",
            "made_on": "2024", "deadline": {"kind": "standing"}, "reported_words": "We shall.",
            "reported_by": "example-source", "criteria": [],
        }
        for place in range(3)
    ]  # fmt: skip
    into = batch()
    source, _ = complete(
        Source, {"slug": "example-source", "title": "Example", "tier": "secondary"}
    )
    with taken_back():
        create_all(Source, [source], into, publish=True)
        plains = [complete(Commitment, row)[0] for row in rows]
        before = len(into.entries)
        with pytest.raises(Refused, match="commitment 'example-0': criteria: A commitment needs"):
            create_all(Commitment, plains, into, publish=True)
        assert len(into.entries) == before


def test_a_second_import_of_the_same_asks_in_lots():
    with taken_back():
        into = batch()
        lots = made(40)
        for model, plains in lots:
            at_once(model, plains, into)
        into.close()
        last = Change.objects.count()
        again = batch()
        for model, plains in lots:
            stored: Any = model._default_manager.filter(
                slug__in=[plain["slug"] for plain in plains]
            )
            items = [Item(to_plain(record)) for record in stored]
            with CaptureQueriesContext(connection) as queries:
                put_all(model, items, again)
            assert {item.outcome for item in items} <= {"unchanged"}
            assert len(queries) <= 30, model
        again.close()
        assert Change.objects.count() == last


def test_drafts_are_worked_out_and_stay_drafts():
    with taken_back():
        into = batch()
        lots = made(20)
        for model, plains in lots:
            create_all(model, plains, into, publish=model is not Assessment)
        drafts = Assessment.objects.all()
        assert {each.state for each in drafts} == {State.DRAFT}
        assert any(each.working for each in drafts)
        assert {each.version for each in drafts} == {1}
