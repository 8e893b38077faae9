"""A lab's score over time: replayed, and the same as what each day's page says."""

import random
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import (
    make_assessment,
    make_commitment,
    make_lab,
    make_source,
)
from tests.reading.one_by_one import lab_standings
from tracker.commitments.models import Commitment, LifecycleEvent
from tracker.curation.standing import mend
from tracker.labs.models import Lab
from tracker.reading.pages.scores import score_history
from tracker.records.dates import today

pytestmark = pytest.mark.django_db

VALUES = ("met", "partly_met", "unverifiable", "pending", "not_applicable")


def figures(score) -> tuple[object, ...]:
    return score.low, score.high, score.rated, score.total


def history(lab: Lab, day: date | None = None):
    return score_history(lab, day or today())


def assert_the_last_point_is_the_score_of_the_day(lab: Lab, day: date) -> None:
    (standing,) = lab_standings([lab], day)
    points = history(lab, day)
    if not points:
        assert standing.score.total == 0, day
        return
    assert points[-1].day <= day
    assert figures(points[-1].score) == figures(standing.score), day


def end(commitment: Commitment, lifecycle: str, on: str) -> None:
    LifecycleEvent.objects.create(
        commitment=commitment, lifecycle=lifecycle, on=on, source=make_source()
    )
    mend()


def made_up_lab(seed: int) -> Lab:
    """A lab with promises of coarse dates, judged and superseded at random, also on one day."""
    chance = random.Random(seed)
    lab = make_lab()
    dates = ("2021", "2021-Q3", "2021-11", "2022-02-28", "2022-01-01/2022-06-30", str(today().year))
    for _ in range(chance.randint(1, 6)):
        commitment = make_commitment(
            lab=lab,
            made_on=chance.choice(dates),
            basis=chance.choice(("promised", "promised", "promised", "measured")),
            draft=chance.random() < 0.1,
            criteria=2,
        )
        for _ in range(chance.randint(0, 3)):
            make_assessment(
                commitment=commitment,
                values=chance.choices(VALUES, k=2),
                effective_on=date(2021, 6, 1) + timedelta(days=30 * chance.randint(0, 30)),
                draft=chance.random() < 0.2 or commitment.state == "draft",
            )
        for _ in range(chance.randint(0, 2)):
            end(
                commitment,
                chance.choice(("superseded", "in_force", "withdrawn")),
                chance.choice(("2022", "2022-05", "2022-05-17", "2022-05/2023-01", "2023-02-01")),
            )
    return lab


@pytest.mark.parametrize("seed", range(8))
def test_the_last_point_is_what_the_labs_page_says_on_any_day(seed):
    lab = made_up_lab(seed)
    chance = random.Random(seed)
    points = history(lab)
    days = {point.day for point in points} | {today(), today() - timedelta(days=1)}
    days |= {point.day - timedelta(days=1) for point in points}
    days |= {date(2021, 1, 1) + timedelta(days=chance.randint(0, 900)) for _ in range(8)}
    for day in sorted(days):
        assert_the_last_point_is_the_score_of_the_day(lab, day)


def test_each_point_says_what_moved_it_and_where_to_read_it():
    lab = make_lab()
    first = make_commitment(lab=lab, title="Publish the audit", made_on="2023-01-01")
    judged = make_assessment(commitment=first, values=["met"], effective_on=date(2023, 6, 1))
    second = make_commitment(lab=lab, title="Publish the report", made_on="2023-09-01")
    end(first, "superseded", "2024-01-01")
    said = [
        (point.day, [(move.commitment, move.words, move.url) for move in point.moves])
        for point in history(lab)
    ]
    assert said == [
        (date(2023, 1, 1), [(first, "promised", first.get_absolute_url())]),
        (
            date(2023, 6, 1),
            [(first, "judged reported kept, until then not assessed", judged.get_absolute_url())],
        ),
        (date(2023, 9, 1), [(second, "promised", second.get_absolute_url())]),
        (
            date(2024, 1, 1),
            [
                (
                    first,
                    "superseded by words as strong, and so no longer counted",
                    first.get_absolute_url(),
                )
            ],
        ),
    ]


def test_two_things_on_one_day_are_one_point_with_both():
    lab = make_lab()
    for title in ("Publish the audit", "Publish the report"):
        promise = make_commitment(lab=lab, title=title, made_on="2023-01-01")
        make_assessment(commitment=promise, values=["partly_met"], effective_on=date(2023, 6, 1))
    points = history(lab)
    assert [(point.day, point.score.rated, point.score.total) for point in points] == [
        (date(2023, 1, 1), 0, 2),
        (date(2023, 6, 1), 2, 2),
    ]
    assert len(points[1].moves) == 2


def test_what_does_not_change_the_score_is_no_point():
    lab = make_lab()
    promise = make_commitment(lab=lab, made_on="2023-01-01")
    for month in (2, 3):
        make_assessment(commitment=promise, values=["met"], effective_on=date(2023, month, 1))
    end(promise, "withdrawn", "2023-05-01")
    make_commitment(lab=lab, basis="measured", made_on="2023-06-01")
    assert [point.day for point in history(lab)] == [date(2023, 1, 1), date(2023, 2, 1)]


def test_a_percentage_is_there_from_three_rated_up():
    lab = make_lab()
    for month in (1, 2, 3):
        promise = make_commitment(lab=lab, made_on="2023-01-01")
        make_assessment(commitment=promise, values=["met"], effective_on=date(2023, month, 2))
    assert [point.score.percent for point in history(lab)] == [None, None, None, (100, 100)]


def test_a_lab_that_promised_nothing_has_no_history():
    assert history(make_lab()) == []


def test_it_asks_the_database_as_often_however_long_the_history():
    for rows in (1, 4):
        lab = make_lab()
        for month in range(1, rows + 1):
            promise = make_commitment(lab=lab, made_on=f"2023-{month:02d}-01")
            make_assessment(commitment=promise, values=["met"], effective_on=date(2023, month, 2))
        with CaptureQueriesContext(connection) as queries:
            assert history(lab)
        assert len(queries) == 6
