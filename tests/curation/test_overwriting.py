"""On SQLite, what a redaction takes away is gone from the file as well."""

import subprocess

import pytest
from django.db import connection

from tests.builders import make_lab
from tests.curation.redactions import SECRET, STEWARD, WHY, newest, take_back
from tracker.curation.redacting import redact

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="It is SQLite's file."),
]


def in_the_file() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert cursor.fetchone()[0] == 0
    # By another process: closing the file in this one would drop SQLite's own locks on it.
    file = subprocess.run(
        ["cat", connection.settings_dict["NAME"]], capture_output=True, check=True
    )
    return SECRET.encode() in file.stdout


def test_redacted_words_are_overwritten():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete")
        assert cursor.fetchone() == (1,)
    lab = make_lab(summary=SECRET)
    published = newest()
    assert in_the_file()
    taken = take_back(lab)
    redact([published.sequence, taken.sequence], by=STEWARD, reason=WHY)
    assert not in_the_file()
