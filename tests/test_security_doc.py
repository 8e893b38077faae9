"""docs/security.md is whole and true: no requirement is missing, each test it names is there."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tracker.answers.headers import EVERYWHERE, PUBLIC

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
DOC = (ROOT / "docs" / "security.md").read_text()

#: The levels of the requirements of OWASP ASVS 5.0.0, by section and in their order.
LEVELS = """
1.1=22 1.2=1111122223 1.3=112222222223 1.4=222 1.5=123 2.1=122 2.2=112 2.3=12223 2.4=23 3.1=3
3.2=113 3.3=12223 3.4=11222233 3.5=11122333 3.6=3 3.7=22333 4.1=12233 4.2=23333 4.3=22 4.4=1222
5.1=2 5.2=112333 5.3=113 5.4=222 6.1=122 6.2=111111112222 6.3=11223333 6.4=112233 6.5=22222333
6.6=2223 6.7=33 6.8=2222 7.1=222 7.2=1111 7.3=22 7.4=11222 7.5=223 7.6=22 8.1=1233 8.2=1123
8.3=133 8.4=23 9.1=111 9.2=1222 10.1=22 10.2=223 10.3=22223 10.4=1111122222233333 10.5=22222
10.6=22 10.7=222 11.1=2233 11.2=22233 11.3=11233 11.4=1222 11.5=23 11.6=23 11.7=33 12.1=12233
12.2=11 12.3=22223 13.1=2333 13.2=222223 13.3=2233 13.4=1222233 14.1=22 14.2=12223333 14.3=122
15.1=12233 15.2=12233 15.3=1222222 15.4=3333 16.1=2 16.2=22222 16.3=2222 16.4=222 16.5=2223
17.1=23 17.2=22223333 17.3=22
"""
ROW = re.compile(r"^\| V([\d.]+) \| (\d) \| (.+?) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def requirements() -> dict[str, str]:
    """The level of each requirement, by its number."""
    sections = dict(each.split("=") for each in LEVELS.split())
    return {
        f"{section}.{place}": level
        for section, levels in sections.items()
        for place, level in enumerate(levels, start=1)
    }


def test_there_are_as_many_requirements_as_the_standard_has():
    assert Counter(requirements().values()) == {"1": 70, "2": 183, "3": 92}


def test_every_requirement_of_the_first_two_levels_has_its_line():
    found = [(number, level) for number, level, _, _ in ROW.findall(DOC)]
    assert found == [each for each in requirements().items() if each[1] in "12"]


def test_every_line_says_how_it_stands_and_every_test_it_names_is_there():
    missing = []
    for number, _, asked, stands in ROW.findall(DOC):
        assert len(asked) > 2 and len(stands) > 2, number
        for file, name in TEST.findall(stands):
            path = ROOT / file
            code = path.read_text() if path.exists() else ""
            if not re.search(rf"^def {name}\(", code, re.MULTILINE):
                missing.append(f"V{number}: {file}::{name}")
        if "tests/" in stands:
            assert TEST.search(stands), number
    assert missing == []


def test_links_and_files_that_it_names_are_there():
    named = re.findall(r"`((?:tracker|tests|deploy|docs)/[\w./-]+\.\w+)`", DOC)
    links = re.findall(r"\]\(([^)#\s]+)", DOC)
    assert named and links
    assert [each for each in named if not (ROOT / each).exists()] == []
    local = [each for each in links if "://" not in each]
    assert [each for each in local if not (ROOT / "docs" / each).exists()] == []


def test_what_nginx_answers_itself_has_the_same_headers():
    text = (ROOT / "deploy/nginx/headers.conf").read_text()
    said = dict(re.findall(r'^add_header ([\w-]+) "?([^"\n]+?)"? always;', text, re.MULTILINE))
    for name, value in EVERYWHERE.items():
        assert said[name] == value, name
    ours, theirs = (
        sorted(each.strip() for each in policy.split(";"))
        for policy in (PUBLIC, said["Content-Security-Policy"])
    )
    assert ours == theirs
    assert said["X-Frame-Options"] == "DENY"
    assert "Strict-Transport-Security" in said
