"""SCORING.md is the method's public wording: it must say what the code does."""

from pathlib import Path

import pytest

from tracker.scoring import Confidence, FindingValue, Tier, Verdict

pytestmark = pytest.mark.once

PAGE = (Path(__file__).parents[2] / "SCORING.md").read_text(encoding="utf-8")


def test_every_word_of_the_method_is_explained() -> None:
    words = [*FindingValue, *Verdict, *Confidence, *Tier]
    assert [word for word in words if f"`{word}`" not in PAGE] == []


def test_the_worked_example_shows_the_figures_that_the_code_gives() -> None:
    # The same numbers as test_a_mixed_commitment_is_the_weighted_mean_of_its_findings.
    for figure in ["2½ / 4 = 5/8", "3½ / 4 = 7/8", "63–88 %", "3 / 5"]:
        assert figure in PAGE
