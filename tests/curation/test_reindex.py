"""`reindex`: what it finds amiss, how it mends that, and what is made again after a migration."""

import io
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models

from tests.builders import make_commitment, make_lab, make_outcome
from tests.curation.redactions import correct, one_of_each
from tests.curation.search_index import kept, slugs
from tests.threads import at_once
from tracker.apps import make_what_every_database_needs
from tracker.curation import indexing, standing
from tracker.curation.indexing import differences
from tracker.reading import fulltext
from tracker.reading.models import SearchDocument


def after_a_migration() -> None:
    """What the site makes after every migration."""
    make_what_every_database_needs(sender=None, using="default")  # type: ignore[arg-type]  # unused


def told(*arguments: str) -> str:
    out = io.StringIO()
    call_command("reindex", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_reindex_tells_what_is_wrong_and_mends_it():
    make_lab(slug="lost", name="Wombat Lab")
    make_lab(slug="wrong", name="Pangolin Lab")
    draft = make_lab(slug="secret", name="Secret Lab", draft=True)
    assert "no difference" in told("--check")
    SearchDocument.objects.get(slug="lost").delete()
    SearchDocument.objects.filter(slug="wrong").update(title_words="another")
    SearchDocument.objects.create(noun="lab", slug=draft.slug, title="Secret Lab")
    before = kept()
    with pytest.raises(CommandError) as error:
        told("--check")
    lines = str(error.value).splitlines()
    assert lines == [
        "lab 'lost': what search holds is not what is published.",
        "lab 'wrong': what search holds is not what is published.",
        "lab 'secret': search holds it, and it is not published.",
        "3 differences: run reindex.",
    ]
    assert kept() == before  # looking changes nothing
    assert told() == "2 documents, 3 made again.\n"
    assert "no difference" in told("--check")
    assert slugs("wombat") == {"lost"}


@pytest.mark.django_db
def test_a_record_older_than_search_is_held_after_the_migration():
    for record in one_of_each():
        assert record.pk
    before = kept()
    SearchDocument.objects.all().delete()
    after_a_migration()
    assert kept() == before
    after_a_migration()
    assert kept() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="Its triggers get lost, no others.")
def test_a_table_made_anew_is_searched_again_after_the_migration():
    make_outcome(slug="old", title="Wombats")
    altered = models.TextField(default="")
    altered.set_attributes_from_name("title")
    altered.model = SearchDocument
    with connection.schema_editor() as editor:  # as a migration's AlterField does
        editor.alter_field(SearchDocument, SearchDocument._meta.get_field("title"), altered)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
            [SearchDocument._meta.db_table],
        )
        assert cursor.fetchone() == (0,)
    make_outcome(slug="between", title="Wombats too")  # while nothing keeps the index
    after_a_migration()
    make_outcome(slug="new", title="Wombats again")
    assert slugs("wombats") == {"old", "between", "new"}
    with connection.cursor() as cursor:
        assert fulltext.sound(cursor)


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL's is part of the table.")
def test_an_index_that_lost_a_word_is_noticed():
    make_outcome(slug="it", title="Wombats")
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {fulltext.INDEX} ({fulltext.INDEX}) VALUES ('delete-all')")  # noqa: S608 - our own name
    assert slugs("wombats") == set()
    with pytest.raises(CommandError, match="The index does not agree with the documents"):
        told("--check")
    told()
    assert slugs("wombats") == {"it"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="One writes at a time there.")
def test_a_check_takes_nobodys_publication_for_a_difference(monkeypatch):
    commitment, own = make_commitment(), threading.current_thread()

    def corrected_first(read):
        def reading(*asked):
            if threading.current_thread() is own:
                title = f"Publish audit no. {len(raised)}"
                raised.append(at_once(lambda: correct(commitment, title=title)))
            return read(*asked)

        return reading

    raised: list[list[BaseException]] = []
    for room, name in ((indexing, "documents"), (standing, "work_out")):
        monkeypatch.setattr(room, name, corrected_first(getattr(room, name)))
    assert list(differences()) == []
    assert len(raised) > 2
    assert not any(raised)
