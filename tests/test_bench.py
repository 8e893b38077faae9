"""What the bench makes of what it has measured. `make soak` runs the whole of it in small."""

import json
from importlib import import_module
from xml.etree import ElementTree

import pytest

from bench.__main__ import PARTS
from bench.drawing import chart
from bench.figures import AT_MOST, Figure, Scale, middle, save, table

pytestmark = pytest.mark.once


def test_what_slows_both_of_a_turn_changes_no_ratio():
    ours, other = [100.0, 30.0, 120.0], [50.0, 15.0, 50.0]  # the second turn in a slow spell
    assert middle(ours, other) in [(100.0, 50.0), (30.0, 15.0)]


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("a page / another", "SQLite", "1/s", 200, 100, target=2.0), True),
        (Figure("a page / another", "SQLite", "1/s", 199, 100, target=2.0), False),
        (Figure("a time", "SQLite", "s", 60, bound=AT_MOST, target=60), True),
        (Figure("a time", "SQLite", "s", 61, bound=AT_MOST, target=60), False),
        (Figure("a page / a slower one", "", "ms", 3, 2, AT_MOST, 1.5), True),
        (Figure("a page / a slower one", "", "ms", 4, 2, AT_MOST, 1.5), False),
        (Figure("what has no target", "", "1/s", 4), None),
    ],
)
def test_a_figure_meets_its_target_or_misses_it(figure, met):
    assert figure.met is met
    said = {True: "met", False: "missed", None: ""}[met]
    assert table([figure]).splitlines()[-1].endswith(f" {said} |")


def test_all_of_it_is_saved_with_its_ratio(tmp_path):
    save(
        tmp_path / "new" / "run.json", [Figure("a", "", "1/s", 3, 2, target=1.0)], machine="made up"
    )
    saved = json.loads((tmp_path / "new" / "run.json").read_text())
    assert saved["machine"] == "made up"
    assert [(each["ratio"], each["met"]) for each in saved["figures"]] == [(1.5, True)]


def test_the_chart_has_each_line_from_the_first_size_to_the_last():
    said = chart("Cost <of> a page", [10, 1000], {"home": [2.0, 3.0]})
    drawn = ElementTree.fromstring(said)  # noqa: S314 - our own
    lines = drawn.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [2]


@pytest.mark.parametrize("part", PARTS)
def test_every_part_can_be_asked_to_measure(part):
    module = import_module(f"bench.{part}")
    assert iter(module.measure(Scale()))  # a generator: nothing is measured yet
    assert module.__doc__
