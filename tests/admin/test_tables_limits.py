"""What a table costs, and how much of it goes at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.tables import bring, preview, problems, sealed
from tests.builders import make_lab, make_source, published
from tracker.labs.models import Lab, Person
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db


def queries_of(client, table, reason=""):
    with CaptureQueriesContext(connection) as captured:
        answer = preview(client, Source, table, reason)
    assert sealed(answer), problems(answer)
    return len(captured)


def test_queries_do_not_grow_with_new_or_unchanged_rows(curator):
    make_lab(slug="example-lab")
    headings = ["slug", "title", "tier", "lab", "origins", "read_via"]

    def rows(many):
        for number in range(many):
            yield [
                f"s{number}",
                "A",
                "tertiary",
                "example-lab",
                f"s{number - many}",
                f"s{many - 1}",
            ]

    few, many = ([headings, *rows(count)] for count in (4, 120))
    for table in (few, many):
        for row in table[1:]:
            row[4] = table[-1][0]
        table[-1][5] = ""
    # SQLite takes a thousand values in one statement
    assert queries_of(curator, many) <= queries_of(curator, few) + 120 // 20
    bring(curator, Source, many)
    unchanged = [["slug", "title"], *([row[0], "A"] for row in many[1:])]
    assert queries_of(curator, unchanged) == queries_of(curator, unchanged[:5])


def test_queries_grow_with_changed_rows_and_no_faster(curator, reviewer):
    sources = [make_source(draft=True) for _ in range(40)]
    table = [["slug", "version", "title"], *([each.slug, "1", "Another"] for each in sources)]
    few, many = queries_of(curator, table[:11]), queries_of(curator, table)
    assert many - few == 30  # one each
    for each in sources:
        published(each)
    table[1:] = [[each.slug, "2", "Another"] for each in sources]
    counts = [queries_of(reviewer, table[: size + 1], "Because.") for size in (10, 20, 40)]
    assert 2 * (counts[1] - counts[0]) == counts[2] - counts[1] <= 20 * 15


def test_a_table_changes_only_so_many_published_records(reviewer, monkeypatch):
    monkeypatch.setattr("tracker.curation.tabling.PUBLIC", 2)
    labs = [make_lab() for _ in range(3)]
    table = [["slug", "version", "summary"], *([each.slug, "2", "Facts."] for each in labs)]
    ((row, _, told),) = problems(preview(reviewer, Lab, table, "Because."))
    assert row == 4 and "at most 2 published records" in told
    assert sealed(preview(reviewer, Lab, table[:3], "Because."))


def test_a_long_preview_shows_the_first_rows_and_counts_the_rest(curator):
    table = [["slug", "name"], *([f"person-{number}", "Ada"] for number in range(203))]
    answer = preview(curator, Person, table)
    assert answer.context["result"].left_out == 3
    assert "And 3 more rows" in answer.content.decode()
    table = [["slug", "name", "summary"]]
    table += [[f"person-{number}", "Ada", "x" * 19_000] for number in range(60)]
    answer = preview(curator, Person, table)
    assert answer.context["result"].counts["new"] == 60
    assert len(answer.content) < 600_000
