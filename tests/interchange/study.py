"""A made-up study of 100 indicators, 10 labs and 23 sections, and its figures worked out by hand.

The table is the one below. The figures are whole numbers over whole numbers taken from it, in code
that shares nothing with the product's: what the product computes is held against them.
"""

from collections.abc import Iterator, Sequence
from random import Random

Percent = tuple[int, int] | None  # low and high

#: What was found of each lab, section by section: 1 met, h half (partly met), 0 not met,
#: ? unverifiable, - blank, p pending.
FOUND = {
    "Example Lab A": "0101 10011101 0 011011001100 110 11001000 10 10101 1 00111110"
    " 0h11 111111 1 0100010111 111 11100011 0 11 10101 1 0111 11 1",
    "Example Lab B": "0000 00000000 0 000000000000 000 00000000 00 00000 0 00000000"
    " 0000 000000 0 0000000000 000 00000000 0 00 00000 0 00h0 00 0",
    "Example Lab C": "1111 11111111 1 111111111111 111 11111111 11 11111 1 11111111"
    " 1h11 111111 1 1111111111 111 11111111 1 11 11111 1 1111 11 1",
    "Example Lab D": "?010 10000000 0 h0010110??1? 000 00??0001 0? 01?00 0 000?0?10"
    " 00?0 0?00?0 0 01??000?0? ??? 000?10?0 0 00 ??0?0 0 0000 00 1",
    "Example Lab E": "1111 10011110 1 1--11101-00- --1 00110111 11 000-- 1 01111111"
    " 10-- 1-1100 1 0-010-0101 11- 11010000 0 01 1---0 - 111- -1 0",
    "Example Lab F": "-0-0 0000-00- 0 --10000-000- -0- --0----- -- 0---- - -0000---"
    " 0-00 -000-- - -00----0-- --0 0---0--- - -- 0-0-0 - -0-- -- -",
    "Example Lab G": "10h1 1h-1-1p- 1 ----1--h-11- 1p- 11-p-h1- 11 hp111 1 1-1-1-h-"
    " 1h11 -11h-1 - 1111--1110 1-- 11hp-1-- 1 h1 h-111 1 111h p1 1",
    "Example Lab H": "010h 1??10111 0 ?h---0h?h1h- ?1? hh100001 10 hp001 h 00h11h11"
    " ??1h 0h-1p0 h -01-h11h01 000 10011h1h 1 00 h-100 1 h010 ?? 0",
    "Example Lab I": "00-1 01001001 0 010110000010 000 10010001 01 01000 0 00000100"
    " 0111 001110 0 0101000001 010 00000100 0 00 00101 0 1011 11 1",
    "Example Lab J": "---- -------- - --------p--- --- -------- -- ----- - --------"
    " ---- -----p - ---------- p-- -------- - -- ----- - ---p -- -",
}
LABS = list(FOUND)
SIZES = [len(cells) for cells in FOUND["Example Lab A"].split()]
SECTIONS = [f"Example section {place}" for place in range(1, len(SIZES) + 1)]
#: Where the study has three parts, of which the sections are a part each.
PARTS = ["Upstream"] * 6 + ["Model"] * 8 + ["Downstream"] * 9
#: Thousandths, section by section.
WEIGHTS = [
    [round(1000 * float(weight)) for weight in section.split()]
    for section in (
        "4 3 0.125 1",
        "3 2 1.5 2 0.125 1 1 1",
        "0.5",
        "0.5 2 1.5 0.125 1 3 4 4 3 0.5 3 1.5",
        "3 1 4",
        "0.25 1 0.5 3 2 2 0.25 1",
        "4 0.5",
        "4 4 2 1 1",
        "1",
        "2 1.5 0.125 0.125 0.5 0.125 0.5 0.125",
        "0.5 0.25 0.25 4",
        "0.25 0.5 0.25 0.25 0.25 0.5",
        "0.125",
        "0.5 0.5 2 0.25 0.25 4 4 0.5 1 1",
        "1 4 1.5",
        "0.125 0.125 2 0.25 0.25 0.25 3 4",
        "0.125",
        "4 0.25",
        "4 3 3 3 3",
        "1",
        "3 0.5 1.5 3",
        "4 3",
        "0.125",
    )
]
EVEN = [[1000] * size for size in SIZES]

#: Least and most that a cell is worth, in halves; the others are left out.
HALVES = {"1": (2, 2), "h": (1, 1), "0": (0, 0), "?": (0, 2)}
WRITTEN = {"1": "1", "h": "0.5", "0": "0", "?": "?", "-": "", "p": "pending"}


def cell(lab: str, section: int, weights: Sequence[Sequence[int]] = EVEN) -> Percent:
    """A lab's percentage in one section."""
    return _percent(list(_taken(lab, section, weights)))


def total(lab: str, weights: Sequence[Sequence[int]] = EVEN) -> Percent:
    """A lab's percentage over all its indicators, not the mean of its sections."""
    sections = range(len(SIZES))
    return _percent([each for section in sections for each in _taken(lab, section, weights)])


def cells(weights: Sequence[Sequence[int]] = EVEN) -> list[list[Percent]]:
    """Section by section, lab by lab."""
    return [[cell(lab, section, weights) for lab in LABS] for section in range(len(SIZES))]


def totals(weights: Sequence[Sequence[int]] = EVEN) -> list[Percent]:
    """Lab by lab."""
    return [total(lab, weights) for lab in LABS]


def on_the_half(weights: Sequence[Sequence[int]]) -> int:
    """How many figures of the sections fall halfway between two whole per cents."""
    return sum(
        1
        for lab in LABS
        for section in range(len(SIZES))
        for numbers in [list(_taken(lab, section, weights))]
        if (whole := 2 * sum(weight for weight, _, _ in numbers))
        for end in (1, 2)
        if (200 * sum(each[0] * each[end] for each in numbers)) % (2 * whole) == whole
    )


def _taken(
    lab: str, section: int, weights: Sequence[Sequence[int]]
) -> Iterator[tuple[int, int, int]]:
    found = FOUND[lab].split()[section]
    for mark, weight in zip(found, weights[section], strict=True):
        if mark in HALVES:
            yield weight, *HALVES[mark]


def _percent(numbers: Sequence[tuple[int, int, int]]) -> Percent:
    whole = 2 * sum(weight for weight, _, _ in numbers)
    if not whole:
        return None
    low = sum(weight * least for weight, least, _ in numbers)
    high = sum(weight * most for weight, _, most in numbers)
    # half up, in whole numbers: (100 x / whole + 1/2) without its fraction
    return (200 * low + whole) // (2 * whole), (200 * high + whole) // (2 * whole)


def wide(weights: Sequence[Sequence[int]] | None = None) -> str:
    """The table with a column for each lab, and with the weights where given."""
    head = ["clause", "criterion", "group", *(["weight"] if weights else []), *LABS]
    lines = [head]
    for section, name in enumerate(SECTIONS):
        for place in range(SIZES[section]):
            marks = [FOUND[lab].split()[section][place] for lab in LABS]
            weight = [_decimal(weights[section][place])] if weights else []
            first = [name if not place else "", _indicator(section, place), PARTS[section]]
            lines.append([*first, *weight, *(WRITTEN[mark] for mark in marks)])
    return "".join(",".join(line) + "\n" for line in lines)


def long(weights: Sequence[Sequence[int]] | None = None, shuffled: int = 0) -> str:
    """The same with a row for each value that is not blank, its columns in another order.

    `shuffled` seeds another order of the rows; but for the first of each lab, section, indicator.
    """
    head = ["lab", "value", "group", "criterion", "clause", *(["weight"] if weights else [])]
    lines = []
    for section, name in enumerate(SECTIONS):
        for place in range(SIZES[section]):
            for lab in LABS:
                mark = FOUND[lab].split()[section][place]
                weight = [_decimal(weights[section][place])] if weights else []
                row = [lab, WRITTEN[mark], PARTS[section], _indicator(section, place), name]
                if mark != "-" or (section, place) == (0, 0):
                    lines.append([*row, *weight])
    if shuffled:
        Random(shuffled).shuffle(lines)
    return "".join(",".join(line) + "\n" for line in [head, *lines])


def _indicator(section: int, place: int) -> str:
    return f"Indicator {section + 1}.{place + 1}"


def _decimal(thousandths: int) -> str:
    return f"{thousandths / 1000:g}"
