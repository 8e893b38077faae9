"""The seed files: checked whole, written whole or not at all, and never over a curator's work."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from tests.builders import EDITOR
from tests.planting import plant
from tracker.assessments.models import Assessment
from tracker.changes.models import Change
from tracker.commitments.models import Commitment
from tracker.curation.editing import begin, finish
from tracker.curation.roles import NOUNS
from tracker.interchange.seeding import SeedError, seed
from tracker.labs.models import Lab
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db

SEEDS = Path(__file__).resolve().parents[2] / "seeds"

GOOD = """
[[labs]]
slug = "example-lab"
name = "Example Lab"
kind = "ai_lab"

[[sources]]
slug = "example-source"
title = "Example Source"
tier = "tertiary"

[[commitments]]
slug = "example-commitment"
lab = "example-lab"
title = "Publish the audit"
reported_words = "that it would publish an audit"
reported_by = "example-source"
force = "promise"
category = "transparency"
obligation = "Publish an audit."
made_on = "2024-01"

[commitments.deadline]
kind = "by_date"
due_on = "2024-02-29"
basis = "stated"

[[commitments.criteria]]
position = 1
question = "Did it appear?"
evidence_needed = "The audit."
"""


def folder(tmp_path: Path, text: str = GOOD) -> Path:
    (tmp_path / "record.toml").write_text(text)
    return tmp_path


def counts() -> dict[str, int]:
    return {str(model.noun()): model._default_manager.count() for model in (*NOUNS,)} | {
        "changes": Change.objects.count()
    }


def refused(tmp_path: Path, text: str) -> str:
    before = counts()
    with pytest.raises(SeedError) as caught:
        seed(folder(tmp_path, text))
    assert counts() == before, "something was written although the seeds were refused"
    return "\n".join(caught.value.lines)


def test_the_founding_record_loads_and_a_second_time_changes_nothing():
    first = seed(SEEDS)
    assert not first.corrected and not first.unchanged
    before = counts()
    assert before["changes"] == len(first.new)  # each has one entry of the log
    again = seed(SEEDS)
    assert not again.new and not again.corrected
    assert sorted(again.unchanged) == sorted(first.new)
    assert counts() == before
    call_command("rescore", "--check", stdout=StringIO())


def test_every_seeded_record_is_published():
    plant()
    assert set(Change.objects.values_list("actor", flat=True)) == {"seed files"}
    drafts = [
        model for model in NOUNS if model._default_manager.exclude(state="published").exists()
    ]
    assert not drafts


def test_the_twenty_per_cent_pledge_is_what_two_compiled_documents_allow():
    plant()
    pledge = Assessment.objects.filter(commitment__slug="openai-20-percent-compute")
    assessment = pledge.order_by("-effective_on")[0]
    assert (assessment.verdict, assessment.provisional) == ("broken", True)
    assert (assessment.confidence, assessment.ceiling) == ("low", "low")
    assert assessment.contested
    assert assessment.origin == "imported"
    assert set(Assessment.objects.values_list("confidence", flat=True)) == {"low"}


def test_what_a_file_changes_is_a_correction_with_its_change(tmp_path):
    seed(folder(tmp_path))
    report = seed(folder(tmp_path, GOOD.replace('"Publish the audit"', '"Publish one audit"')))
    assert report.corrected == ["example-commitment"]
    assert Commitment.objects.get().title == "Publish one audit"
    assert Change.objects.order_by("-sequence")[0].kind == "commitment_corrected"


def test_a_curators_work_is_not_overwritten(tmp_path):
    seed(folder(tmp_path))
    lab = Lab.objects.get()
    with transaction.atomic():
        edit = begin(lab, by=EDITOR, reason="It has a new name.")
        lab.name = "Sample Lab"
        lab.save()
        finish(edit, lab)
    said = refused(tmp_path, GOOD)
    assert "record.toml, line 2, labs 'example-lab'" in said
    assert "last changed by Eve Editor" in said
    assert Lab.objects.get().name == "Sample Lab"


def test_a_draft_of_a_curator_is_not_overwritten(tmp_path):
    Lab.objects.create(slug="example-lab", name="A curator's draft", kind="ai_lab")
    assert "a curator, as a draft" in refused(tmp_path, GOOD)


NOT_A_FIELD = "sumary: is not a field of this record. Did you mean 'summary'?"
SAME_PLACE = "\n\n[[commitments.criteria]]\nposition = 1"
TWICE = "criteria[2]: has the same edition and position as another."
NO_WORDS = "Give the lab's words (a quotation), or the reported words"
NO_TRIGGER = "A triggered deadline, and no other, names its trigger."
ONE_MEGABYTE = "x" * 1_000_000

KIND = 'kind = "ai_lab"'
MISTAKES = {
    "not TOML": ("", "x = = 1\n", "record.toml: is not TOML"),
    "30 February": (
        '"2024-01"',
        '"2024-02-30"',
        "line 21, commitments 'example-commitment', made_on",
    ),
    "no leap year": (
        '"2024-02-29"',
        '"2023-02-29"',
        "line 25, commitments 'example-commitment', dead",
    ),
    "unknown slug": (
        'lab = "example-lab"',
        'lab = "no-such"',
        "line 14, commitments 'example-commi",
    ),
    "which slug": ('lab = "example-lab"', 'lab = "no-such"', "lab: there is no lab 'no-such'"),
    "NUL": (
        '"Example Lab"',
        '"Exa\\u0000mple"',
        "line 4, labs 'example-lab', name: Character 4 is U+",
    ),
    "script": (
        KIND,
        KIND + '\nwebsite = "javascript:alert(1)"',
        "website: Give a full web address",
    ),
    "unknown value": (KIND, 'kind = "startup"', "line 5, labs 'example-lab', kind: "),
    "unknown field": (KIND, KIND + '\nsumary = "x"', NOT_A_FIELD),
    "wrong type": (KIND, "kind = 7", "kind: must be text, not 7."),
    "1 MB": (
        KIND,
        f'{KIND}\nsummary = "{ONE_MEGABYTE}"',
        "line 6, labs 'example-lab', summary: Ens",
    ),
    "half a place": (
        "position = 1",
        "position = 1.5",
        "criteria[1].position: must be a whole number",
    ),
    "no number": ("position = 1", 'position = 1\nweight = "two"', "criteria[1].weight: "),
    "no reason": (
        "position = 1",
        'position = 1\nweight = "2"',
        "A weight other than 1 needs a public",
    ),
    "one place twice": ("position = 1", "position = 1" + SAME_PLACE, TWICE),
    "no trigger": ('basis = "stated"', 'basis = "stated"\ntrigger = "an audit"', NO_TRIGGER),
    "unknown noun": ("[[sources]]", "[[documents]]", "record.toml, line 7, documents: is no noun"),
    "no words": ('reported_by = "example-source"', "", NO_WORDS),
    "bad slug": ('slug = "example-lab"', 'slug = "Example Lab"', "Use lowercase letters"),
    "a number of thousands of digits": ("position = 1", "position = " + "1" * 5000, "is not TOML"),
    "brackets without end": ("", "x = " + "[" * 5000, "record.toml: is not TOML"),
    "its own successor": (
        'lab = "example-lab"',
        'lab = "example-lab"\nsuccessor = "example-commitment"\nrelation = "replaced"',
        "refer in a ring",
    ),
    "no slug": ('slug = "example-source"', "", "line 7, sources '?', slug: is required."),
}


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_file_line_and_field(tmp_path, old, new, said):
    text = GOOD.replace(old, new, 1) if old else GOOD + new
    assert said in refused(tmp_path, text)


def test_every_mistake_is_named_at_once(tmp_path):
    text = GOOD.replace("ai_lab", "startup").replace("2024-02-29", "2024-02-30")
    assert len(refused(tmp_path, text).splitlines()) == 2


def test_a_slug_is_used_once(tmp_path):
    text = GOOD + '\n[[labs]]\nslug = "example-lab"\nname = "Another"\nkind = "ai_lab"\n'
    assert "is used by another record" in refused(tmp_path, text)


def test_a_ring_of_references_is_refused_but_sources_may_share_origins(tmp_path):
    ring = GOOD.replace('tier = "tertiary"', 'tier = "tertiary"\nread_via = "second"') + (
        '\n[[sources]]\nslug = "second"\ntitle = "Second"\ntier = "tertiary"\n'
        'read_via = "example-source"\n'
    )
    assert "refer in a ring" in refused(tmp_path, ring)
    origins = GOOD.replace('tier = "tertiary"', 'tier = "tertiary"\norigins = ["second"]') + (
        '\n[[sources]]\nslug = "second"\ntitle = "Second"\ntier = "secondary"\n'
        'read_via = "example-source"\n'
    )
    seed(folder(tmp_path, origins))
    assert Source.objects.get(slug="example-source").origins.get().slug == "second"


def test_not_utf8_is_said(tmp_path):
    (tmp_path / "record.toml").write_bytes(b'[[labs]]\nname = "\xff"\n')
    with pytest.raises(SeedError, match="is not UTF-8 text"):
        seed(tmp_path)


def test_an_empty_folder_is_said(tmp_path):
    with pytest.raises(SeedError, match=r"holds no \.toml file"):
        seed(tmp_path)


def test_the_command_fails_with_the_sentences(tmp_path):
    folder(tmp_path, GOOD.replace("ai_lab", "startup"))
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("seed", str(tmp_path))


def test_a_published_judgement_in_a_file_cannot_change(tmp_path):
    plant()
    shutil.copytree(SEEDS, tmp_path / "seeds")
    file = tmp_path / "seeds" / "assessments.toml"
    text = file.read_text()
    file.write_text(text.replace('confidence = "low"', 'confidence = "medium"', 1))
    with pytest.raises(SeedError, match="never edited"):
        seed(tmp_path / "seeds")


def test_the_same_parts_in_another_order_are_no_correction(tmp_path):
    criterion = """
[[commitments.criteria]]
position = {}
question = "Did it appear?"
evidence_needed = "The audit."
"""
    head = GOOD[: GOOD.index("[[commitments.criteria]]")]
    seed(folder(tmp_path, head + criterion.format(1) + criterion.format(2)))
    report = seed(folder(tmp_path, head + criterion.format(2) + criterion.format(1)))
    assert "example-commitment" in report.unchanged and not report.corrected


def test_a_criterion_is_referred_to_by_its_number(tmp_path):
    text = (
        GOOD
        + """
[[outcomes]]
slug = "example-outcome"
title = "The audit appears"
statement = "It appears."
kind = "event"
occurred_on = "2024-02"

[[outcomes.sources]]
source = "example-source"

[[outcomes.bearings]]
commitment = "example-commitment"
criterion = "abc"
direction = "supports"
"""
    )
    assert "bearings[1].criterion: must be a whole number" in refused(tmp_path, text)
