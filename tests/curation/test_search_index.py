"""Search holds what is published and nothing else, whatever curators do, from the same moment."""

import random
import subprocess
from typing import Any

import pytest
from django.db import connection, transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_reply,
    make_source,
    published,
)
from tests.curation.redactions import STEWARD, WHY, correct, newest, one_of_each, take_back
from tests.curation.search_index import kept, slugs
from tests.threads import at_once
from tracker.assessments.models import Assessment
from tracker.changes.models import Change
from tracker.commitments.models import Commitment, Pledge
from tracker.curation.editing import begin, discard, finish, publish, retract
from tracker.curation.indexing import differences, reindex
from tracker.curation.redacting import redact
from tracker.evidence.models import Discrepancy, Indicator, Outcome
from tracker.labs.models import Lab, Person
from tracker.reading.documents import MODELS
from tracker.reading.models import SearchDocument
from tracker.records.models import Record, State
from tracker.records.plain import Refused
from tracker.sources.models import Quotation, Source


def made_again() -> list[tuple[Any, ...]]:
    SearchDocument.objects.all().delete()
    reindex()
    return kept()


# --- One record ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_draft_is_never_held_and_is_found_once_published():
    draft = make_outcome(draft=True, slug="it", title="Wombats")
    assert (slugs("wombats"), SearchDocument.objects.filter(slug="it").count()) == (set(), 0)
    with transaction.atomic():
        edit = begin(draft, by=EDITOR)
        draft.title = "Wombats, many"
        draft.save()
        finish(edit, draft)
    assert slugs("wombats") == set()
    published(draft)
    assert slugs("many wombats") == {"it"}


@pytest.mark.django_db
def test_every_noun_but_the_reply_is_held_when_published_and_gone_when_retracted():
    records = one_of_each()
    nouns = {record.noun() for record in records}
    assert nouns - {"reply"} == set(MODELS)
    for record in records:
        here = SearchDocument.objects.filter(noun=record.noun(), slug=record.slug)
        assert here.exists() == (record.noun() != "reply")
        take_back(record)
        assert not here.exists()


@pytest.mark.django_db
def test_a_correction_is_found_and_what_it_replaced_is_not():
    lab = make_lab(slug="it", summary="It keeps wombats.")
    correct(lab, summary="It keeps pangolins.")
    assert (slugs("wombats"), slugs("pangolins")) == (set(), {"it"})


@pytest.mark.django_db
def test_a_refused_correction_leaves_search_as_it_was():
    commitment = make_commitment(slug="it", title="Wombats")
    with pytest.raises(Refused), transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="It was wrong.")
        commitment.title = "Pangolins"
        commitment.save()
        commitment.criteria.all().delete()
        finish(edit, commitment)
    assert (slugs("wombats"), slugs("pangolins")) == ({"it"}, set())


@pytest.mark.django_db
def test_a_commitment_is_found_by_its_words_as_they_now_stand():
    words = make_quotation(slug="words", exact="We promise wombats.")
    make_commitment(slug="it", words=words, reported_words="")
    assert slugs("wombats") == {"words", "it"}
    correct(words, exact="We promise pangolins.")
    assert (slugs("wombats"), slugs("pangolins")) == (set(), {"words", "it"})


@pytest.mark.django_db
def test_a_judgement_goes_with_its_commitment():
    commitment = make_commitment(slug="it")
    make_assessment(
        slug="judged", commitment=commitment, values=["met"], rationale="The wombat is there."
    )
    assert slugs("wombat") == {"judged"}
    take_back(commitment)
    assert slugs("wombat") == set()
    assert list(differences()) == []


@pytest.mark.django_db
def test_redacted_words_are_nowhere_to_be_found():
    lab = make_lab(slug="it", summary="Call Ada on 555 0100.")
    said = newest()
    taken = take_back(lab)
    redact([said.sequence, taken.sequence], by=STEWARD, reason=WHY)
    assert slugs("call ada") == slugs("0100") == set()
    assert not [row for row in kept() if "555" in str(row)]

    other = make_lab(slug="other", summary="Call Bea on 555 0199.")
    said = newest()
    corrected = correct(other, summary="It has a telephone.")
    redact([said.sequence, corrected.sequence], by=STEWARD, reason=WHY, text="Bea on 555 0199")
    assert (slugs("0199"), slugs("telephone")) == (set(), {"other"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="It is SQLite's file.")
def test_a_redacted_word_is_gone_from_the_index_in_the_file_too():
    secret = "zyzzyvaxq"  # too short a word to be cut up, and in nothing else

    def in_the_file() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # By another process: closing the file in this one would drop SQLite's own locks on it.
        name = str(connection.settings_dict["NAME"])
        return secret.encode() in subprocess.run(["cat", name], capture_output=True).stdout

    lab = make_lab(summary=f"They call it {secret}.")
    said = newest()
    assert in_the_file()
    taken = take_back(lab)
    redact([said.sequence, taken.sequence], by=STEWARD, reason=WHY)
    assert not in_the_file()


# --- Many ----------------------------------------------------------------------------------------

#: A column of each noun that may be corrected, whatever else stands.
TEXTS: dict[type[Record], str] = {
    Lab: "summary", Person: "summary", Source: "publisher", Quotation: "speaker_note",
    Pledge: "summary", Commitment: "title", Outcome: "statement", Discrepancy: "question",
    Indicator: "question",
}  # fmt: skip
WORDS = [
    "wombat",
    "pangolin",
    "Ängström",
    "café",
    "20 %",
    "naïve",
    "GPT-4",
    "lab’s",
    "安全",
    "kept",
]


class Desk:
    """Curators who do whatever occurs to them, through the writers that the desk itself calls."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.done: dict[str, int] = {}

    def text(self) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randrange(1, 7)))

    def act(self) -> None:
        steps = [self.add] * 3 + [self.release] + [self.correct] * 2 + [self.reword]
        steps += [self.take_back] * 2 + [self.redact] * 2 + [self.discard]
        step = self.random.choice(steps)
        try:
            with transaction.atomic():
                step()
        except Refused:
            return
        self.done[step.__name__] = self.done.get(step.__name__, 0) + 1

    def some(self, model: type[Record], state: State) -> Any:
        rows = list(model._default_manager.filter(state=state).order_by("pk"))
        if not rows:
            raise Refused("There is none.")
        return self.random.choice(rows)

    def add(self) -> None:
        draft, text = self.random.random() < 0.3, self.text()
        makers = [
            lambda: make_lab(draft=draft, summary=text),
            lambda: make_person(draft=draft, summary=text),
            lambda: make_source(draft=draft, title=text),
            lambda: make_quotation(draft=draft, exact=text),
            lambda: make_pledge(draft=draft, title=text, clauses=2),
            lambda: make_commitment(draft=draft, title=text),
            lambda: make_outcome(draft=draft, statement=text),
            lambda: make_discrepancy(draft=draft, title=text),
            lambda: make_indicator(draft=draft, title=text),
            lambda: make_reply(draft=draft, commitment=make_commitment()),
            lambda: make_assessment(
                draft=draft, commitment=make_commitment(), values=["met"], rationale=text
            ),
            lambda: make_commitment(
                draft=draft, words=self.some(Quotation, State.PUBLISHED), reported_words=""
            ),
        ]
        self.random.choice(makers)()

    def release(self) -> None:
        record = self.some(self.random.choice(list(TEXTS)), State.DRAFT)
        publish(record, by=EDITOR)

    def correct(self) -> None:
        model, column = self.random.choice(list(TEXTS.items()))
        state = self.random.choice([State.PUBLISHED, State.PUBLISHED, State.DRAFT])
        correct(self.some(model, state), **{column: self.text()})

    def reword(self) -> None:
        """A quotation that commitments rest on."""
        words = self.some(Quotation, State.PUBLISHED)
        correct(words, exact=self.text())

    def take_back(self) -> None:
        record = self.some(self.random.choice(list(MODELS.values())), State.PUBLISHED)
        retract(record, by=EDITOR, reason="It was another.")

    def redact(self) -> None:
        entries = Change.objects.filter(body__isnull=False).order_by("sequence")
        sequence = self.random.choice(list(entries.values_list("sequence", flat=True)) or [0])
        redact([sequence], by=STEWARD, reason="For a private reason.")

    def discard(self) -> None:
        discard(self.some(self.random.choice(list(TEXTS)), State.DRAFT))


@pytest.mark.django_db
def test_what_is_kept_is_what_would_be_made_again():
    desk = Desk(1)  # of which the steps below are all taken
    for number in range(160):
        desk.act()
        if number % 40 == 39:
            assert list(differences()) == []
    assert len(desk.done) == 7, desk.done  # each of the steps was taken
    before = kept()
    assert len(before) > 40
    assert made_again() == before
    for model in MODELS.values():
        public: Any = model._default_manager.filter(state=State.PUBLISHED)
        if model is Assessment:
            public = public.filter(commitment__state=State.PUBLISHED)
        held = SearchDocument.objects.filter(noun=model.noun())
        assert set(held.values_list("slug", flat=True)) == set(
            public.values_list("slug", flat=True)
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="One writes at a time there.")
def test_a_quotation_corrected_while_a_commitment_takes_it_up():
    for number in range(6):
        words = make_quotation(exact="We promise wombats.")
        draft = make_commitment(draft=True, words=words, reported_words="")
        works = [
            lambda words=words: correct(words, exact="We promise pangolins."),
            lambda draft=draft: published(draft),
        ]
        assert at_once(*works[:: 1 if number % 2 else -1]) == []
    assert list(differences()) == []


@pytest.mark.django_db
def test_a_batch_costs_a_few_statements_and_not_some_for_each_record(
    django_assert_max_num_queries, tmp_path
):
    from tracker.curation.indexing import refresh

    many = [make_outcome() for _ in range(20)]
    SearchDocument.objects.filter(noun="outcome").delete()
    with django_assert_max_num_queries(8):
        refresh(("outcome", each.slug) for each in many)
    assert SearchDocument.objects.filter(noun="outcome").count() == 20
