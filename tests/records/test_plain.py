"""The plain form: read off the models, whole, and the same both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import make_assessment, make_commitment, make_outcome
from tests.planting import plant
from tracker.commitments.models import Commitment
from tracker.curation.roles import NOUNS
from tracker.labs.models import Lab
from tracker.records.plain import PlainError, columns, complete, to_plain
from tracker.sources.models import Source

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
NAMES = st.sampled_from(["slug", "name", "kind", "lab", "deadline", "criteria", "made_on", "words"])


@given(st.dictionaries(NAMES | st.text(), ANYTHING))
def test_whatever_is_given_is_read_or_refused_with_sentences(data):
    for model in NOUNS:
        try:
            plain, _ = complete(model, data)
        except PlainError as error:
            assert error.problems
            assert all(problem.message.strip() for problem in error.problems)
        else:
            assert plain["slug"]


@pytest.mark.django_db
def test_what_is_written_is_what_is_read():
    """Every record of the seeds, through both directions."""
    plant()
    for model in NOUNS:
        for record in model._default_manager.all():
            plain = to_plain(record)
            assert complete(model, plain)[0] == plain, record


@pytest.mark.django_db
def test_groups_and_parts_are_nested_and_what_is_private_is_left_out():
    commitment = make_commitment(deadline_kind="by_date", deadline_due_on="2024-02")
    plain = to_plain(commitment)
    assert plain["deadline"] == {
        "kind": "by_date", "due_on": "2024-02", "basis": "", "note": "",
        "period": "", "trigger": "", "triggered_on": "",
    }  # fmt: skip
    assert plain["criteria"][0]["weight"] == "1"
    assert "made_on_start" not in plain and "state" not in plain and "version" not in plain
    assert "archived_text" not in {column.name for column in columns(Source)}


@pytest.mark.django_db
def test_findings_name_their_evidence_by_outcome():
    commitment = make_commitment()
    outcome = make_outcome(bears_on=commitment)
    assessment = make_assessment(commitment=commitment, values=["met"], evidence=(outcome,))
    assert to_plain(assessment)["findings"][0]["evidence"] == [outcome.slug]


def test_a_problem_says_where():
    with pytest.raises(PlainError) as caught:
        complete(Commitment, {"criteria": [{"position": 1}, 7]})
    places = {problem.field for problem in caught.value.problems}
    assert {"slug", "lab", "deadline.kind", "criteria[1].question", "criteria[2]"} <= places


def test_defaults_are_filled_in():
    plain, references = complete(Lab, {"slug": "example-lab", "name": "A", "kind": "ai_lab"})
    assert plain["summary"] == "" and references == []
