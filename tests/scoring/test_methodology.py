import json
import pickle
from fractions import Fraction

import pytest

from tracker.scoring import BY_VERSION, V1, FindingValue

pytestmark = pytest.mark.once


def test_version_one_says_what_the_design_says() -> None:
    assert V1.as_dict() == {
        "version": "v1",
        "findings": {
            "met": {"low": "1", "high": "1"},
            "partly_met": {"low": "1/2", "high": "1/2"},
            "not_met": {"low": "0", "high": "0"},
            "unverifiable": {"low": "0", "high": "1"},
            "pending": None,
            "not_applicable": None,
        },
        "kept_at": "9/10",
        "broken_at": "1/10",
        "rated_for_percent": 3,
    }
    assert json.loads(json.dumps(V1.as_dict())) == V1.as_dict()


def test_its_text_reads_back_as_the_exact_fraction() -> None:
    assert Fraction(str(V1.as_dict()["kept_at"])) == V1.kept_at


def test_every_version_is_found_under_its_name() -> None:
    assert all(method.version == version for version, method in BY_VERSION.items())
    assert BY_VERSION["v1"] is V1


def test_every_finding_value_has_an_entry() -> None:
    assert {value for value, _ in V1.worths} == set(FindingValue)


def test_it_is_hashable_and_survives_a_cache() -> None:
    assert pickle.loads(pickle.dumps(V1)) == V1  # noqa: S301  (our own bytes)
    assert hash(V1) == hash(BY_VERSION["v1"])
