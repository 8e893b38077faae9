"""A redaction takes the words out of a retracted record too, and out of the desk's own log."""

from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command

from tests.builders import make_lab, make_source, make_user
from tests.curation.redactions import (
    SECRET,
    STEWARD,
    WHY,
    chain_holds,
    correct,
    newest,
    one_of_each,
    take_back,
)
from tracker.changes.models import Change
from tracker.curation.redacting import redact
from tracker.reading.represent import represent
from tracker.records.models import Record
from tracker.records.plain import to_plain
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db


def texts(record: Record) -> set[str]:
    """Every text of a record and of its parts that is no slug, choice, date or other record's."""
    said: set[str] = set()

    def collect(value: Any, name: str) -> None:
        if isinstance(value, dict):
            for key, each in value.items():
                collect(each, key)
        elif isinstance(value, list):
            for each in value:
                collect(each, name)
        elif isinstance(value, str) and (" " in value or (value and name in ("prefix", "suffix"))):
            said.add(value)

    collect(to_plain(record), "")
    return said


def test_a_retracted_record_of_any_noun_loses_its_words_and_its_parts():
    for record in one_of_each():
        assert texts(record), record
        number = Change.objects.filter(
            subject_type=record.noun(), subject_slug=record.slug
        ).latest("sequence").pk  # fmt: skip
        taken = take_back(record).pk
        redact([number, taken], by=STEWARD, reason=WHY)
        after = type(record)._default_manager.get(pk=record.pk)
        assert {each for each in texts(after) if not each.startswith("[redacted")} == set(), record
        assert after.version > record.version + 1
        assert (after.state, after.slug) == ("retracted", record.slug)
        assert represent(after)
        assert str(after)
    assert chain_holds()
    call_command("rescore", "--check", stdout=StringIO())


def test_two_redacted_labs_do_not_collide():
    for _ in range(2):
        lab = make_lab()
        number = newest().pk
        take_back(lab)
        redact([number], by=STEWARD, reason=WHY)


def test_the_private_text_of_a_retracted_source_goes_too():
    source = make_source(
        archived_text=SECRET, url="https://lab.example/x", sha256="a" * 64, link_note="Not found."
    )
    number = newest().pk
    take_back(source)
    redact([number], by=STEWARD, reason=WHY)
    after = Source.objects.get(pk=source.pk)
    assert (after.archived_text, after.url, after.sha256, after.link_note) == ("", "", "", "")
    assert after.title == "[redacted]"
    assert after.tier == "secondary"


def test_a_record_that_is_still_public_keeps_its_words():
    lab = make_lab(name="Example Lab", summary=SECRET)
    first = newest().pk
    correct(lab, summary="An example.")
    redact([first], by=STEWARD, reason=WHY)
    lab.refresh_from_db()
    assert (lab.name, lab.summary) == ("Example Lab", "An example.")


@pytest.mark.parametrize(("gone", "shown"), [(True, "[redacted"), (False, "Example Lab")])
def test_the_desks_own_log_loses_the_words(gone, shown):
    lab, other = make_lab(name="Ada's Lab"), make_lab()
    first = Change.objects.get(subject_slug=lab.slug).pk
    user, kind = make_user("Curators"), ContentType.objects.get_for_model(lab)
    for each in (lab, other):
        LogEntry.objects.create(
            user=user, content_type=kind, object_id=str(each.pk), object_repr=str(each),
            action_flag=CHANGE, change_message=f"Changed “{SECRET}”.",
        )  # fmt: skip
    correct(lab, name="Example Lab")
    if gone:
        take_back(lab)
    redact([first], by=STEWARD, reason=WHY)
    entry, untouched = LogEntry.objects.order_by("pk")
    assert entry.object_repr.startswith(shown)
    assert (entry.change_message, entry.user) == ("", user)
    assert untouched.change_message
