"""The tables that lists read say what the record says, whatever curators do, on any day."""

import random
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_lab,
    make_pledge,
    make_reply,
    make_source,
)
from tests.curation.redactions import STEWARD, WHY, correct, newest, take_back
from tests.reading.one_by_one import lab_standings
from tracker.commitments.models import Commitment, LifecycleEvent
from tracker.curation import standing
from tracker.curation.editing import begin, finish
from tracker.curation.redacting import redact
from tracker.labs.models import Lab
from tracker.reading import published
from tracker.reading.models import StandsCount, StandsNow, StoodThen
from tracker.reading.totals import added_up, lab_totals
from tracker.records.dates import today
from tracker.records.models import State
from tracker.records.plain import Refused
from tracker.web.tally import tally

pytestmark = pytest.mark.django_db

AXES = ("current", "verdict", "confidence", "denied_on", "contested", "lifecycle", "schedule")


def axes(rows: Any) -> dict[str, list[object]]:
    return {row.slug: [getattr(row, name) for name in AXES] for row in rows}


def assert_read_as_defined(day: date) -> None:
    """The list is what `with_axes` works out of the record, and the totals are its sums."""
    made = published.published(Commitment).filter(published.surely_by(day, "made_on_end"))
    wanted = axes(published.with_axes(made, day))
    assert axes(published.commitments(day)) == wanted, day
    assert {row.slug for row in published.listed(day)} == set(wanted), day
    labs = list(published.published(Lab))
    for one, other in zip(lab_totals(labs, day), lab_standings(labs, day), strict=True):
        assert one.score == other.score, day
        assert tally(one.alike) == tally(other.alike) == tally(other.standings), day
        if day < today():
            assert one.judged == other.judged, day


def days(chance: random.Random) -> list[date]:
    """Today and others: past, and those that will be today."""
    now = today()
    ahead = [now + timedelta(days=chance.choice((1, 30, 400))) for _ in range(2)]
    past = [date(2021, 1, 1) + timedelta(days=chance.randrange(1500)) for _ in range(5)]
    return [now, now - timedelta(days=1), *ahead, *past]


class Desk:
    """Curators who do whatever occurs to them to commitments and what is judged of them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.labs = [make_lab(), make_lab()]
        self.pledge = make_pledge(clauses=2)
        self.done: dict[str, int] = {}

    def act(self) -> None:
        steps = [self.promise, self.judge, self.judge, self.end, self.reply, self.due]
        step = self.chance.choice([*steps, self.promise, self.take_back, self.rename, self.redact])
        try:
            with transaction.atomic():
                step()
        except Refused:
            return
        self.done[step.__name__] = self.done.get(step.__name__, 0) + 1

    def some(self) -> Commitment:
        rows = list(Commitment.objects.filter(state=State.PUBLISHED).order_by("pk"))
        if not rows:
            raise Refused("There is none.")
        return self.chance.choice(rows)

    def day(self) -> date:
        return today() + timedelta(days=self.chance.choice((-900, -300, -30, -1, 0, 1, 40)))

    def when(self) -> str:
        year = str(today().year)
        return self.chance.choice(("2021", "2022-Q3", "2023-11", "2024-02-28", year))

    def promise(self) -> None:
        more: dict[str, Any] = {}
        if self.chance.random() < 0.3:
            fired = self.chance.choice(("", "2022-05", str(today().year)))
            more = {"deadline_kind": "trigger", "deadline_trigger": "a made-up release"}
            more["deadline_triggered_on"] = fired
            more["deadline_due_on"] = "2024-03" if fired else ""
        make_commitment(
            lab=self.chance.choice(self.labs),
            made_on=self.when(),
            force=self.chance.choice(("promise", "aim")),
            basis=self.chance.choice(("promised", "promised", "measured")),
            draft=self.chance.random() < 0.1,
            **more,
        )

    def judge(self) -> None:
        values = [
            self.chance.choice(("met", "partly_met", "unverifiable", "pending", "not_applicable"))
        ]
        make_assessment(
            commitment=self.some(), values=values, effective_on=self.day(),
            confidence=self.chance.choice(("low", "low", "medium")),
        )  # fmt: skip

    def end(self) -> None:
        commitment, source = self.some(), make_source()
        edit = begin(commitment, by=EDITOR, reason="It was dropped.")
        LifecycleEvent.objects.create(
            commitment=commitment, on=self.when(), source=source,
            lifecycle=self.chance.choice(("withdrawn", "amended", "superseded", "expired")),
        )  # fmt: skip
        finish(edit, commitment)

    def reply(self) -> None:
        received = min(self.day(), today())
        make_reply(
            commitment=self.some(), status="replied", words="We deny it.", denies=True,
            asked_on=received, due_on=received, received_on=received,
        )  # fmt: skip

    def due(self) -> None:
        commitment = self.some()
        if commitment.deadline_kind != "trigger":
            day = self.day().isoformat()
            correct(commitment, deadline_kind="by_date", deadline_due_on=day)

    def rename(self) -> None:
        correct(self.some(), title=f"Promise {self.chance.randrange(1000)}")

    def take_back(self) -> None:
        take_back(self.some())

    def redact(self) -> None:
        redact([newest().sequence], by=STEWARD, reason=WHY)


@pytest.mark.parametrize("seed", range(4))
def test_lists_and_totals_are_what_the_record_says_whatever_was_done(seed):
    desk = Desk(seed)
    for number in range(30):
        desk.act()
        if number % 10 == 9:
            for day in days(desk.chance):
                assert_read_as_defined(day)
            assert list(standing.differences()) == []
    assert len(desk.done) > 4, desk.done


def test_what_is_wrong_missing_or_left_over_is_told_and_mended():
    lab = make_lab()
    first, second = (make_commitment(lab=lab, made_on="2023-01-01") for _ in range(2))
    make_assessment(commitment=first, values=["met"])
    assert list(standing.differences()) == []
    StandsNow.objects.filter(commitment=first).update(verdict="broken")
    StoodThen.objects.filter(commitment=second).delete()
    StandsCount.objects.filter(lab=lab).update(count=7)
    said = list(standing.differences())
    assert len(said) == 3 and str(lab.pk) in said[2]
    assert first.slug in "".join(said[:2]) and second.slug in "".join(said[:2])
    assert standing.mend() > 0
    assert list(standing.differences()) == []
    assert_read_as_defined(today())


def test_a_record_older_than_the_tables_gets_its_rows_and_only_once(django_assert_num_queries):
    make_commitment(made_on="2023-01-01")
    for model in (StandsNow, StoodThen, StandsCount):
        model._default_manager.all().delete()
    standing.fill()
    assert list(standing.differences()) == []
    with django_assert_num_queries(2):
        standing.fill()


def test_what_has_passed_since_it_was_written_is_no_difference(monkeypatch):
    year = today().year + 1
    make_commitment(
        made_on="2023-01-01",
        deadline_kind="trigger",
        deadline_trigger="a made-up release",
        deadline_triggered_on=f"{today().year}",  # surely fired by its end
        deadline_due_on=f"{year}-06",
    )
    row: Any  # annotated
    (row,) = published.commitments(today())
    assert row.schedule == "untriggered"
    later = date(year, 3, 1)
    monkeypatch.setattr("tracker.reading.spans.today", lambda: later)
    monkeypatch.setattr("tracker.reading.published.today", lambda: later)
    (row,) = published.commitments(later)
    assert row.schedule == "upcoming"
    assert list(standing.differences()) == []
    standing.mend()
    assert list(standing.differences()) == []


def test_thirds_add_up_exactly():
    lab = make_lab()
    for _ in range(3):
        commitment = make_commitment(lab=lab, made_on="2023-01-01", criteria=3)
        make_assessment(commitment=commitment, values=["met", "partly_met", "unverifiable"])
    totals = lab_totals([lab], today())
    assert (totals[0].score.low, totals[0].score.high) == (Fraction(1, 2), Fraction(5, 6))
    score, alike = added_up(totals)
    assert score == totals[0].score and sum(each.count for each in alike) == 3
