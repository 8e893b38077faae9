"""Finding changes by what they concern."""

import pytest

from tests.builders import make_assessment, make_commitment, make_lab
from tracker.changes.topics import ALL, newest, record_topic, topic

pytestmark = pytest.mark.django_db


def test_the_newest_of_a_topic_come_first_and_no_more_than_asked():
    labs = [make_lab() for _ in range(3)]
    assert [each.subject_slug for each in newest(ALL, 2)] == [labs[2].slug, labs[1].slug]
    assert newest(record_topic("lab", "nobody"), 5) == []


def test_a_commitment_has_a_topic_for_itself_and_one_for_all_that_concerns_it():
    commitment = make_commitment()
    make_assessment(commitment=commitment, values=["pending"])
    itself = newest(record_topic("commitment", commitment.slug), 5)
    assert [each.kind for each in itself] == ["commitment_published"]
    concerned = newest(topic("commitment", commitment.slug), 5)
    assert [each.kind for each in concerned] == ["assessment_published", "commitment_published"]
    assert newest(topic("commitment", commitment.slug), 5, kind="reply_received") == []
