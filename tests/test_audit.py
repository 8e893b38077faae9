"""What `make check` makes of the advisories: a weakness fails, and silence is said aloud."""

import json
import subprocess
from typing import Any

import pytest

from tests import audit

pytestmark = pytest.mark.once

SOUND: dict[str, Any] = {"name": "sound", "version": "1.0", "vulns": []}
WEAK: dict[str, Any] = {
    "name": "weak",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-0000-1", "fix_versions": ["1.1"]}],
}
SILENT: dict[str, Any] = {"name": "silent", "skip_reason": "not found"}


@pytest.mark.parametrize("strict", [False, True])
def test_a_weakness_fails_and_names_what_mends_it(strict):
    for answer in ([SOUND, WEAK], [SILENT, WEAK]):
        lines, code = audit.judged(answer, "", strict=strict)
        assert code == 1
        assert lines[0] == "weak 1.0: PYSEC-0000-1, mended in 1.1"


def test_no_weakness_is_said_with_how_many_were_asked_about():
    assert audit.judged([SOUND], "", strict=True) == (["1 libraries, no known weakness."], 0)


@pytest.mark.parametrize("answer", [[SOUND, SILENT], [SILENT], None])
def test_what_was_not_asked_is_said_aloud_and_fails_where_it_is_required(answer):
    for strict in (False, True):
        lines, code = audit.judged(answer, "nobody answers", strict=strict)
        assert lines[0].startswith("LEFT OUT: ") and code == int(strict)


def test_a_lock_without_libraries_is_no_clean_one():
    assert audit.judged([], "", strict=False)[1] == 1


def test_whatever_the_program_says_is_an_answer_or_a_reason(monkeypatch, tmp_path):
    def run(*args: Any, **kwargs: Any) -> Any:
        return subprocess.CompletedProcess(args, 1, stdout=told, stderr="Traceback\nNo route")

    monkeypatch.setattr("tests.audit.subprocess.run", run)
    told = json.dumps({"dependencies": [WEAK]})
    assert audit.asked(tmp_path) == ([WEAK], "")
    told = ""
    assert audit.asked(tmp_path) == (None, "No route")
