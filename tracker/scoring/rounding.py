"""Exact shares to the figures that readers see. Round once, from the fraction, at the end."""

from decimal import Decimal
from fractions import Fraction
from math import floor

_HALF = Fraction(1, 2)
_PLACES = 6


def percent(share: Fraction) -> int:
    """A share (1 = everything) as whole per cent, a half going up: 5/8 -> 63.

    Source: DESIGN section 5. Python's round() would send 62.5 to 62.
    """
    return floor(share * 100 + _HALF)


def decimal6(share: Fraction) -> Decimal:
    """A share as a decimal of at most six places, a half going up, no trailing zeros.

    Source: DESIGN section 8 (low, high and coverage in the API).
    """
    units, places = floor(share * 10**_PLACES + _HALF), _PLACES
    while places and units % 10 == 0:
        units, places = units // 10, places - 1
    # From text, because arithmetic on Decimals obeys whatever context the caller has set.
    return Decimal(f"{units}E-{places}")
