"""What was rightly published and would not be today: it comes back all the same, and is named.

Each case is a record that the rules let through, and then a change elsewhere that they let through
too. Beyond these, a file is held to every rule (test_record_files_refused.py).
"""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_criterion,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_quotation,
    make_reply,
    make_source,
)
from tests.curation.redactions import correct
from tests.interchange.recorded import brought_in, empty, exported, scores, take_back
from tracker.curation.editing import Refused, begin, finish
from tracker.curation.rules import problems_of
from tracker.evidence.models import Outcome
from tracker.records.models import State

pytestmark = pytest.mark.django_db


def a_tier_is_corrected():
    source = make_source(tier="primary_witness")
    commitment = make_commitment()
    seen = make_outcome(bears_on=commitment, sources=(source,))
    make_assessment(commitment=commitment, values=["met"], evidence=(seen,), confidence="medium")
    correct(source, tier="tertiary")
    return "confidence: The evidence allows at most low confidence, not medium."


def the_lab_denies_it_afterwards():
    commitment = make_commitment()
    seen = make_outcome(bears_on=commitment, direction="undermines")
    make_assessment(commitment=commitment, values=["not_met"], evidence=(seen,))
    reply = make_reply(commitment=commitment)
    correct(reply, status="replied", denies=True, words="No.", received_on=date(2024, 3, 9))
    return "contest.verdict: The lab's published reply denies it"


def evidence_is_retracted():
    commitment = make_commitment()
    seen = make_outcome(bears_on=commitment)
    make_assessment(commitment=commitment, values=["met"], evidence=(seen,))
    take_back(seen)
    return ""  # it is published, judged by and retracted again: no rule is broken


def a_source_of_the_evidence_is_retracted():
    source = make_source()
    make_outcome(sources=(source,), bears_on=make_commitment())
    take_back(source)
    return ""


def an_occasion_is_added():
    commitment = make_commitment()
    make_assessment(commitment=commitment, values=["met"])
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="The second year.")
        make_criterion(commitment=commitment, position=2, occasion="2025")
        finish(edit, commitment)
    return "findings: Criterion 2 has no finding."


def the_question_to_the_lab_is_retracted():
    commitment = make_commitment()
    reply = make_reply(commitment=commitment)
    seen = make_outcome(bears_on=commitment, direction="undermines")
    make_assessment(commitment=commitment, values=["not_met"], evidence=(seen,), reply_waiver="")
    take_back(reply)
    return "reply_waiver: A broken verdict needs a reply asked of the lab"


def a_source_turns_out_to_be_unnamed():
    commitment = make_commitment()
    seen = make_outcome(bears_on=commitment, direction="undermines")
    make_assessment(commitment=commitment, values=["not_met"], evidence=(seen,))
    with transaction.atomic():
        edit = begin(seen, by=EDITOR, reason="It names nobody.")
        seen.sourcing.update(unnamed=True)
        finish(edit, seen)
    return "findings[1].value: Not met cannot rest on a search alone"


def the_successor_passes_to_another_lab():
    lab = make_lab()
    newer = make_commitment(lab=lab)
    make_commitment(lab=lab, successor=newer, relation="restated")
    correct(newer, lab=make_lab())
    return "successor: Only the same lab's commitment can take its place."


def a_quotation_passes_to_another_source():
    quotation = make_quotation()
    make_discrepancy(quotations=(quotation, make_quotation()))
    outcome = make_outcome(sources=(quotation.source,))
    with transaction.atomic():
        edit = begin(outcome, by=EDITOR, reason="It quotes.")
        outcome.sourcing.update(quotation=quotation)
        finish(edit, outcome)
    correct(quotation, source=make_source())
    return "quotation: Another source prints this quotation."


def a_record_is_corrected_to_rest_on_what_was_retracted():
    source = make_source()
    commitment = make_commitment()
    take_back(source)
    correct(commitment, reported_by=source)
    return "it is retracted, and the commitment"


CASES = (
    a_tier_is_corrected,
    the_lab_denies_it_afterwards,
    evidence_is_retracted,
    a_source_of_the_evidence_is_retracted,
    an_occasion_is_added,
    the_question_to_the_lab_is_retracted,
    a_source_turns_out_to_be_unnamed,
    the_successor_passes_to_another_lab,
    a_quotation_passes_to_another_source,
    a_record_is_corrected_to_rest_on_what_was_retracted,
)


@pytest.mark.parametrize("happened", CASES, ids=lambda case: case.__name__)
def test_our_own_export_can_be_read_back(tmp_path, happened):
    warning = happened()
    data, scored = exported(), scores()
    empty()
    report = brought_in(tmp_path, data)
    assert exported() == data
    assert scores() == scored
    said = report.history.warnings
    assert bool(said) == bool(warning) and all(warning in each for each in said), said
    assert report.history.count == len(said)


def test_what_is_let_through_is_said_by_the_command(tmp_path):
    a_tier_is_corrected()
    file = tmp_path / "record.json"
    file.write_bytes(exported())
    empty()
    errors = StringIO()
    call_command("import_record", file, stdout=StringIO(), stderr=errors)
    assert errors.getvalue().startswith("Let through as history: assessment 'example-assessment-")


def test_a_later_file_brings_what_was_judged_on_what_is_retracted_here_already(tmp_path):
    commitment = make_commitment()
    seen = make_outcome(bears_on=commitment)
    make_assessment(commitment=commitment, values=["met"], evidence=(seen,))
    take_back(seen)
    data = json.loads(exported())
    empty()
    brought_in(tmp_path, json.dumps(data | {"assessments": []}).encode())
    assert Outcome.objects.get().state == State.RETRACTED
    report = brought_in(tmp_path, json.dumps(data).encode())
    assert "is not public; evidence has to be." in report.history.warnings[0]
    assert not report.retracted


def test_only_what_others_changed_is_history():
    """The rules mark as dated what a later change elsewhere can break, and nothing of a record's
    own: a new judgement above its evidence is refused at the desk, and so is this in a file."""
    commitment = make_commitment(criteria=2)
    with pytest.raises(Refused) as caught:
        make_assessment(
            commitment=commitment,
            values=["met", "met"],
            confidence="high",
            effective_on=date(2999, 1, 1),
            contest_verdict="kept",
            contest_held_by="The lab",
            contest_source=make_source(),
            contest_reading="As we read it.",
        )
    dated = {problem.field: problem.dated for problem in caught.value.problems}
    assert dated == {"confidence": True, "effective_on": False, "contest.verdict": False}
    lonely = make_commitment(criteria=0, draft=True)
    assert [problem.dated for problem in problems_of(lonely)] == [False]
