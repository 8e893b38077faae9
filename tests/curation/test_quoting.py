"""The check of a quotation is made by us, whenever its words or its source's text are saved."""

import pytest
from django.db import transaction

from tests.builders import EDITOR, make_quotation, make_source
from tracker.changes.models import Change
from tracker.curation.editing import begin, finish
from tracker.sources.models import Quotation

pytestmark = pytest.mark.django_db

TEXT = "The lab said: “We promise an audit.” Nothing more was printed."


def saved(record, **values):
    with transaction.atomic():
        edit = begin(record, by=EDITOR, reason="A slip of the pen.")
        for name, value in values.items():
            setattr(record, name, value)
        record.save()
        finish(edit, record)
    return type(record).objects.get(pk=record.pk)


def test_words_are_found_in_the_archived_text_and_placed():
    quotation = make_quotation(source=make_source(archived_text=TEXT), start=None, draft=True)
    found = saved(quotation)
    assert (found.check_status, found.start) == ("verified", TEXT.index("We"))
    assert found.prefix.endswith("said: “") and found.suffix.startswith("” Nothing")


@pytest.mark.parametrize(
    ("words", "check"),
    [("We promise one audit.", "altered"), ("Something else was said entirely.", "not_found")],
)
def test_words_that_are_not_printed_are_not_called_verified(words, check):
    source = make_source(archived_text=TEXT)
    quotation = make_quotation(source=source, exact=words, start=None, draft=True)
    assert saved(quotation).check_status == check


def test_a_check_does_not_outlive_the_words_it_was_made_of():
    quotation = make_quotation(check_status="verified")
    assert saved(quotation, note="See page 3.").check_status == "verified"
    assert saved(quotation, exact="We promise two audits.").check_status == "unchecked"


def test_a_text_that_comes_later_checks_every_quotation_and_says_so_in_public():
    source = make_source()
    true = make_quotation(source=source, start=TEXT.index("We"))
    false = make_quotation(source=source, exact="We promise nothing at all of it.", start=3)
    draft = make_quotation(source=source, start=None, draft=True)
    saved(source, archived_text=TEXT)
    checks = dict(Quotation.objects.values_list("pk", "check_status"))
    assert (checks[true.pk], checks[draft.pk]) == ("verified", "verified")
    assert checks[false.pk] in ("altered", "not_found")
    changes = Change.objects.filter(kind="quotation_corrected")
    assert set(changes.values_list("subject_slug", flat=True)) == {true.slug, false.slug}
    assert not Change.objects.filter(kind="source_corrected").exists(), "the text is private"
