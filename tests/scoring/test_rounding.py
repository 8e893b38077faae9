from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from tracker.scoring import decimal6, percent

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        ("0", 0),
        ("1", 100),
        ("5/8", 63),
        ("1/200", 1),
        ("3/200", 2),
        ("4999/1000000", 0),
        ("1/3", 33),
        ("2/3", 67),
        ("199/200", 100),
    ],
)
def test_percent_rounds_a_half_up(share: str, shown: int) -> None:
    assert percent(Fraction(share)) == shown


@pytest.mark.parametrize(
    ("share", "text"),
    [
        ("0", "0"),
        ("1", "1"),
        ("1/2", "0.5"),
        ("5/8", "0.625"),
        ("1/3", "0.333333"),
        ("2/3", "0.666667"),
        ("1/2000000", "0.000001"),
        ("1/2000001", "0"),
        ("10", "10"),
    ],
)
def test_decimal6_has_at_most_six_places_and_no_trailing_zeros(share: str, text: str) -> None:
    assert f"{decimal6(Fraction(share)):f}" == text


def test_decimal6_ignores_the_callers_decimal_context() -> None:
    with localcontext() as context:
        context.prec = 2
        assert decimal6(Fraction(1, 3)) == Decimal("0.333333")
