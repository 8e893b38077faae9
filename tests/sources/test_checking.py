"""The quotation check: what is forgiven, what is not, where words stand, and what it costs."""

import os
import random
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tracker.sources.checking import (
    CLOSE,
    MAX_PARTS,
    MAX_QUOTE,
    Check,
    CheckResult,
    check_quote,
    context,
    locate,
    sha256_text,
    verify_selector,
)

pytestmark = pytest.mark.once

LEIKE = (
    "Leike wrote:\n\n> “Over the past years, safety culture\n and processes have taken a backseat"
    " to shiny products.”\n\nHe went on: “My team has been sailing against the wind. Sometimes we"
    " were struggling for compute.” It could not—or would not—be heard; the 20,000 unsafe"
    " non-binding GPUs weren't there. “I am hopeful they will... But I'm concerned.”\n"
)


def status(exact: str, document: str = LEIKE) -> Check:
    return check_quote(document, exact).status


# ---------------------------------------------------------------- plain examples


@pytest.mark.parametrize(
    "exact",
    [
        "Over the past years, safety culture and processes have taken a backseat",
        "Over  the\tpast years,\n\nsafety culture",
        '"Over the past years, safety culture and processes have taken a backseat to shiny'
        ' products."',
        "‘taken a backseat’",
        "«taken a backseat»",
        '"My team has been sailing against the wind',
        "It could not-or would not–be heard",
        "weren’t there",
        "Over the past years … have taken a backseat to shiny products",
        "Over the past years [...] shiny products",
        "Over the past years... shiny products....",
        "… safety culture […]",
        "[o]ver the past years",
        "[S]afety culture",
        "[W]e were struggling for compute",
        "“[O]ver the past years … [S]hiny products.”",
        "I am hopeful they will... But I'm concerned.",
        "I am hopeful they will… But I’m concerned.",
        "I am hopeful [...] concerned",
        "20,000",
        "non-binding",
    ],
)
def test_verifies_what_is_printed_with_what_is_forgiven(exact: str) -> None:
    result = check_quote(LEIKE, exact)
    assert result.status is Check.VERIFIED
    assert (result.similarity, result.diff, result.note) == (1.0, (), "")
    assert result.start is not None and result.end is not None
    assert result.parts[0][0] == result.start and result.parts[-1][1] == result.end
    assert result.true_words == " … ".join(LEIKE[a:b] for a, b in result.parts)


@pytest.mark.parametrize(
    "exact",
    [
        "over the past years",  # case
        "Over the past years safety culture",  # a comma
        "Over the years, safety culture and processes",  # a dropped word
        "Over the past few years, safety culture",  # an inserted word
        "Over the past years, safety culture and procedures have taken",  # a changed word
        "[the company's] safety culture and processes",  # an insertion, marked or not
        "It could not — or would not — be heard",  # spaces that are not printed
        "My team was sailing against the wind",
        "shiny products … Over the past years, safety culture",  # out of order
        "OVER the past years, safety",
    ],
)
def test_anything_else_that_is_close_is_altered(exact: str) -> None:
    result = check_quote(LEIKE, exact)
    assert result.status is Check.ALTERED
    assert CLOSE <= result.similarity < 1
    assert result.true_words and result.start is not None and result.end is not None
    if result.note == "":
        assert any(op != "same" for op, _, _ in result.diff)


@pytest.mark.parametrize(
    "exact",
    [
        "safe",  # in "unsafe" and "safety"
        "weren",
        "20",
        "000",
        "ver the past year",
        "GPU",
        "[U]nsaf",
        "The moon is made of the greenest cheese",
        "shiny moons",
    ],
)
def test_parts_of_words_and_other_words_are_not_found(exact: str) -> None:
    result = check_quote(LEIKE, exact)
    assert result.status is Check.NOT_FOUND
    assert (result.start, result.end, result.true_words, result.diff) == (None, None, "", ())


@pytest.mark.parametrize(
    "exact", ["", "  \n", "...", "… … [...]", '""', "“ ”", "'", " ", "…" * 10_000, "... " * 4_000]
)
def test_a_quote_without_words_is_refused_with_a_sentence(exact: str) -> None:
    for call in (check_quote, locate):
        with pytest.raises(ValueError, match="holds no words"):
            call(LEIKE, exact)


def test_too_many_characters_are_refused_and_too_many_parts_not_taken_apart() -> None:
    assert status("a ... " * MAX_PARTS, "a b " * 200) is Check.VERIFIED
    assert status("a ... " * (MAX_PARTS + 1), "a b " * 200) is not Check.VERIFIED
    with pytest.raises(ValueError, match=f"more than the {MAX_QUOTE:,}"):
        check_quote(LEIKE, "a" * (MAX_QUOTE + 1))
    with pytest.raises(ValueError, match="The document has"):
        check_quote("a" * 4_000_001, "a")


def test_a_document_that_prints_its_ellipses_is_quoted_with_them_however_many() -> None:
    document = "so " + "and... " * 150 + "on"
    result = check_quote(document, ("and... " * 150).strip())
    assert result.status is Check.VERIFIED
    assert document[result.start : result.end] == ("and... " * 150).strip()


def test_an_empty_document_prints_nothing() -> None:
    assert status("words", "") is Check.NOT_FOUND
    assert status("words", " \n ") is Check.NOT_FOUND


def test_marks_that_do_not_enclose_the_whole_are_not_forgiven() -> None:
    assert status('"A pledge" and "a plan"', 'He said "A pledge" and "a plan".') is Check.VERIFIED
    assert status('"A pledge" and "a plan"', 'The A pledge" and "a plan B') is not Check.VERIFIED
    assert status("'The labs' plan'", "The labs' plan failed") is Check.VERIFIED
    assert status("“He said “no” twice”", "Then He said “no” twice, and left") is Check.VERIFIED


def test_single_and_double_marks_stay_apart() -> None:
    assert status("the 'shiny' ones are", 'Now the "shiny" ones are') is Check.ALTERED


def test_a_bracket_that_the_document_prints_is_quoted_as_it_is() -> None:
    document = "They wrote [O]ver the years; over the years."
    assert check_quote(document, "[O]ver the years").start == 11
    assert check_quote("claims", "claim[s]").status is Check.NOT_FOUND


def test_only_the_bracketed_letter_may_differ_in_case() -> None:
    assert status("[O]ver The past years") is Check.ALTERED
    assert status("[o]VER the past years") is Check.ALTERED
    assert status("[s]afety", "Unsafe, SAFETY, Safety") is Check.VERIFIED
    assert status("[i]'m here", "I'm here") is Check.VERIFIED
    assert status("claim [s]", "claims; claim S; claim s") is Check.VERIFIED


def test_soft_hyphens_and_marks_make_no_word_boundary() -> None:
    assert status("safe", "un\u00adsafe") is Check.NOT_FOUND
    assert status("cafe", "cafe\u0301") is Check.NOT_FOUND
    assert status("café", "a cafe\u0301 here") is Check.VERIFIED


def test_half_of_a_hyphenated_word_is_altered_and_shows_the_whole() -> None:
    document = "a non-binding pledge—and a smarter-than-human one, 2020–2024"
    for half in ("binding", "binding pledge", "non-", "a non", "smarter-than"):
        result = check_quote(document, half)
        assert result.status is Check.ALTERED, half
        assert re.search(r"non-binding|smarter-than-human", result.true_words)
    for whole in ("pledge", "and a", "smarter–than—human one", "non−binding pledge-and", "2024"):
        assert status(whole, document) is Check.VERIFIED, whole


def test_positions_count_the_document_before_folding() -> None:
    document = "E\u0301te\u0301 \U0001f600  \r\n— e\u0301tait\u00a0\u00a0«la»"
    result = check_quote(document, "- était «la»")
    assert result.status is Check.VERIFIED
    assert document[result.start : result.end] == "— e\u0301tait\u00a0\u00a0«la»"


def test_altered_shows_word_by_word_what_was_done() -> None:
    document = "Over the past years, safety culture and processes have taken a backseat."
    result = check_quote(document, "Over the years, our safety culture and procedures have taken")
    assert result.diff == (
        ("same", "Over the", "Over the"),
        ("dropped", "", "past"),
        ("same", "years,", "years,"),
        ("inserted", "our", ""),
        ("same", "safety culture and", "safety culture and"),
        ("changed", "procedures", "processes"),
        ("same", "have taken", "have taken"),
    )
    assert result.true_words == document[: document.index(" a backseat")]
    assert (result.start, result.end) == (0, len(result.true_words))


def test_altered_shows_changed_words_at_either_end() -> None:
    result = check_quote(LEIKE, "Her team has been sailing against the storm")
    assert result.true_words == "My team has been sailing against the wind"
    assert result.diff[0] == ("changed", "Her", "My")
    assert result.diff[-1] == ("changed", "storm", "wind")


def test_altered_does_not_reach_past_the_sentence_for_inserted_words() -> None:
    result = check_quote("It failed. We were struggling for compute.", "But We were struggling for")
    assert result.true_words == "We were struggling for"
    assert result.diff[0] == ("inserted", "But", "")


def test_altered_takes_the_tighter_of_equal_alignments() -> None:
    document = "We were struggling to get compute for our crucial work."
    result = check_quote(document, "We were struggling for compute")
    assert result.true_words == "We were struggling to get compute"


def test_altered_with_an_elision_keeps_the_parts_apart() -> None:
    result = check_quote(LEIKE, "Over the past decades, safety culture … taken a backseat to")
    assert result.status is Check.ALTERED
    assert [words for op, words, _ in result.diff if op == "changed"] == ["decades"]
    assert ("same", "…", "…") in result.diff
    assert result.true_words.count(" … ") == 1 and len(result.parts) == 2


def test_parts_out_of_order_are_altered_and_say_so() -> None:
    result = check_quote(LEIKE, "sailing against the wind … taken a backseat")
    assert result.status is Check.ALTERED
    assert "order" in result.note


def test_parts_may_not_overlap() -> None:
    assert status("one two … two three", "one two three") is not Check.VERIFIED
    assert status("one two … two three", "one two two three") is Check.VERIFIED


def test_elided_parts_take_the_shortest_span_unless_told_where() -> None:
    document = "we will. We say we will, x, do it. we will y do it. do it"
    assert check_quote(document, "we will … do it").parts[0][0] == 35
    assert check_quote(document, "we will … do it", near=1).parts[0][0] in {0, 16}
    assert check_quote(document, "we will … do it", near=0).start == 0
    assert check_quote(document, "we will … do it", near=17).start == 16


def test_near_takes_the_closest_occurrence() -> None:
    document = "safety first, safety second, safety third"
    starts = [found.start() for found in re.finditer("safety", document)]
    for near in range(len(document)):
        result = check_quote(document, "safety", near=near)
        assert result.start in starts
        assert abs(result.start - near) == min(abs(start - near) for start in starts)
    for near in (-5, 10_000):
        assert check_quote(document, "safety", near=near).status is Check.VERIFIED


# ---------------------------------------------------------------- selectors

REPEATED = "We promise compute. They promise nothing. You promise compute — in time."


def test_locate_picks_by_prefix_suffix_and_start() -> None:
    third = REPEATED.index("promise compute —")
    assert locate(REPEATED, "promise").start == 3
    assert locate(REPEATED, "promise", prefix="They ").start == REPEATED.index("promise nothing")
    assert locate(REPEATED, "promise", suffix=" compute - in").start == third
    assert locate(REPEATED, "promise", start=third).start == third
    assert locate(REPEATED, "promise", start=third - 2).start == third
    assert locate(REPEATED, "promise", prefix="They", start=third).start == 25
    assert locate(REPEATED, "promise", prefix="Nobody at all").status is Check.VERIFIED
    assert locate(REPEATED, "We promise nothing").status is Check.ALTERED
    assert locate(REPEATED, "a wholly other thing").status is Check.NOT_FOUND


def test_verify_selector_wants_the_words_at_start_between_prefix_and_suffix() -> None:
    start = REPEATED.index("promise nothing")
    good = verify_selector(REPEATED, "promise nothing", "compute. They ", ". You", start)
    assert (good.status, good.start) == (Check.VERIFIED, start)
    stripped = verify_selector(REPEATED, "promise nothing", "compute. They", ".  You", start)
    assert stripped.status is Check.VERIFIED
    assert verify_selector(REPEATED, "promise", "", "", start).status is Check.VERIFIED
    for prefix, suffix in (("compute. We ", ". You"), ("compute. They ", "? You")):
        bad = verify_selector(REPEATED, "promise nothing", prefix, suffix, start)
        assert (bad.status, bad.start) == (Check.NOT_FOUND, start)
        assert "not with this" in bad.note
    moved = verify_selector(REPEATED, "promise nothing", "", "", start + 1)
    assert (moved.status, moved.start) == (Check.NOT_FOUND, start)
    assert moved.note == f"The words stand at {start}, not at {start + 1}."
    assert verify_selector(REPEATED, "we promise compute", "", "", 0).status is Check.ALTERED
    for start in (-1, 10**9):
        assert verify_selector(REPEATED, "promise", "", "", start).status is Check.NOT_FOUND


def test_verify_selector_takes_enclosed_words_on_either_side_of_the_mark() -> None:
    at = LEIKE.index("“My team")
    exact = "“My team has been sailing against the wind. Sometimes we were struggling for compute.”"
    assert verify_selector(LEIKE, exact, "", "", at).status is Check.VERIFIED
    assert verify_selector(LEIKE, exact, "“", "”", at + 1).status is Check.VERIFIED


def test_context_fills_a_selector() -> None:
    prefix, suffix = context(REPEATED, 25, 32)
    assert (prefix, suffix) == (REPEATED[:25], REPEATED[32:64])
    assert context(REPEATED, 0, len(REPEATED)) == ("", "")
    assert context("x" * 500, 250, 251, 400) == ("x" * 100, "x" * 100)
    assert context("abc", 1, 2, -5) == ("", "")
    assert context("abc", -5, 99) == ("", "")
    # Not from the middle of a character that is written as two.
    assert context("ae\u0301 b e\u0301", 4, 5, 2) == (" ", " ")


def test_sha256_is_lowercase_hex() -> None:
    assert sha256_text(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


# ---------------------------------------------------------------- properties

WORDS = st.text(alphabet="abcdeéñåßİжЖ가ก็AB", min_size=1, max_size=6)
CHUNKS = st.one_of(
    WORDS,
    WORDS.map(lambda word: word + ","),
    WORDS.map(lambda word: f"“{word}”"),
    st.tuples(WORDS, st.sampled_from("-—’'…–."), WORDS).map("".join),
    st.sampled_from(["—", "...", "3.5", "20,000", "don't", "[x]", "\U0001f600", "≠", "\x00"]),
    st.text(min_size=1, max_size=5),
)
SPACES = st.text(alphabet=" \n\t\u00a0\r\u2009", min_size=1, max_size=3)
DOCUMENTS = st.lists(st.tuples(CHUNKS, SPACES), min_size=1, max_size=25).map(
    lambda pairs: "".join(chunk + space for chunk, space in pairs)
)
SWAPS = [('“”"„', '"'), ("‘’'", "'"), ("-‐‑–—−", "-")]


def refolded(text: str, source: random.Random) -> str:
    """The same words in other clothes: other marks and dashes, decomposed, other white space."""
    for variants, _ in SWAPS:
        text = "".join(source.choice(variants) if char in variants else char for char in text)
    text = unicodedata.normalize(source.choice(["NFD", "NFC"]), text)
    pieces = re.split(r"\s+", text)
    spaces = [source.choice([" ", "\n\n", "\u00a0 ", "\t"]) for _ in pieces]
    return "".join(piece + space for piece, space in zip(pieces, spaces, strict=True)).strip()


def has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


@settings(max_examples=200)
@given(DOCUMENTS, st.data())
def test_any_stretch_of_any_document_verifies_where_it_stands(
    document: str, data: st.DataObject
) -> None:
    chunks = list(re.finditer(r"\S+", document))
    assume(chunks)
    first = data.draw(st.integers(0, len(chunks) - 1))
    last = data.draw(st.integers(first, len(chunks) - 1))
    begin, end = chunks[first].start(), chunks[last].end()
    assume(has_words(document[begin:end]))
    quote = refolded(document[begin:end], random.Random(data.draw(st.integers(0, 99))))
    result = check_quote(document, quote, near=begin)
    assert result.status is Check.VERIFIED
    assert (result.start, result.end) == (begin, end)
    assert verify_selector(document, quote, *context(document, begin, end), begin) == result
    assert check_quote(document, quote).status is Check.VERIFIED


@st.composite
def sentences(draw: st.DrawFn) -> list[str]:
    """Words that occur once each, so that no change leaves a stretch that stands elsewhere."""
    count = draw(st.integers(5, 30))
    return draw(st.permutations([f"w{n}x" for n in range(count)]))


@given(sentences(), st.data())
def test_dropping_inserting_or_changing_a_word_never_verifies(
    words: list[str], data: st.DataObject
) -> None:
    document = " ".join(words)
    first = data.draw(st.integers(0, len(words) - 5))
    last = data.draw(st.integers(first + 5, len(words)))
    quoted = words[first:last]
    at = data.draw(st.integers(1, len(quoted) - 2))
    dropped = quoted[:at] + quoted[at + 1 :]
    inserted = [*quoted[:at], "not", *quoted[at:]]
    changed = [*quoted[:at], "never", *quoted[at + 1 :]]
    for tampered, op in ((dropped, "dropped"), (inserted, "inserted"), (changed, "changed")):
        result = check_quote(document, " ".join(tampered))
        assert result.status is Check.ALTERED
        assert result.true_words == " ".join(quoted)
        assert [o for o, _, _ in result.diff if o != "same"] == [op]
        assert " ".join(t for _, _, t in result.diff if t) == result.true_words
        assert " ".join(q for _, q, _ in result.diff if q) == " ".join(tampered)


@given(sentences(), st.data(), st.sampled_from(["...", "…", "[...]", "[…]", "...."]))
def test_elisions_verify_in_order_and_not_out_of_order(
    words: list[str], data: st.DataObject, ellipsis: str
) -> None:
    cuts = data.draw(
        st.lists(st.integers(0, len(words)), min_size=4, max_size=4, unique=True).map(sorted)
    )
    one, two = words[cuts[0] : cuts[1]], words[cuts[2] : cuts[3]]
    document = " ".join(words)
    spaced = data.draw(st.sampled_from([f" {ellipsis} ", ellipsis, f"{ellipsis} "]))
    result = check_quote(document, spaced.join([" ".join(one), " ".join(two)]))
    assert result.status is Check.VERIFIED
    assert [document[a:b].split() for a, b in result.parts] == [one, two]
    turned = check_quote(document, spaced.join([" ".join(two), " ".join(one)]))
    assert turned.status is not Check.VERIFIED
    glued = check_quote(document, " ".join([*one, *two]))
    assert (glued.status is Check.VERIFIED) == (cuts[1] == cuts[2])


@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=9), st.integers(-5, 70))
def test_any_text_gives_a_result_or_a_sentence(
    document: str, exact: str, prefix: str, start: int
) -> None:
    for name in ("check", "near", "locate", "verify"):
        try:
            if name == "check":
                result = check_quote(document, exact)
            elif name == "near":
                result = check_quote(document, exact, near=start)
            elif name == "locate":
                result = locate(document, exact, prefix, prefix, start)
            else:
                result = verify_selector(document, exact, prefix, prefix, start)
        except ValueError as error:
            assert str(error).endswith(".")
        else:
            assert_sound(document, result)


def assert_sound(document: str, result: CheckResult) -> None:
    assert 0 <= result.similarity <= 1
    assert (result.similarity == 1) == (result.status is Check.VERIFIED)
    assert (result.status is Check.ALTERED) <= bool(result.diff)
    if result.start is not None and result.end is not None:
        assert 0 <= result.start < result.end <= len(document)
        assert result.true_words == " … ".join(document[a:b] for a, b in result.parts)


# ---------------------------------------------------------------- cost

SIZE = int(os.environ.get("HOSTILE_SIZE", "100000"))
"""Characters of a hostile document; `HOSTILE_SIZE=1000000` for the megabyte that is promised."""
VOCABULARY = [f"word{n}" for n in range(4_000)] + ["the", "of"] * 900
PROSE = " ".join(random.Random(1).choices(VOCABULARY, k=SIZE // 7))
WORD_OF_A = "a " * (SIZE // 2)
HOSTILE = {
    "long prose, long quote with a change": (PROSE, PROSE[SIZE // 2 :][:9_990] + " not"),
    "long prose, other words": (PROSE, "of the " * 1_400),
    "one word for ever": (WORD_OF_A, "a " * 4_900 + "b"),
    "one word for ever, which stands": (WORD_OF_A, "a " * 4_900 + "a"),
    "one letter for ever": ("a" * SIZE, "a" * 9_999),
    "letters and a stop": ("a" * SIZE, "a" * 9_000 + " b"),
    "parts of one word": (WORD_OF_A, "a … " * (MAX_PARTS - 1) + "b"),
    "parts of one word that stand": (WORD_OF_A, "a … " * (MAX_PARTS - 1) + "a"),
    "parts of many words": (PROSE, " … ".join(f"word{n} the" for n in range(MAX_PARTS))),
    "brackets": (WORD_OF_A, "[A] " * 2_400 + "A"),
    "brackets of many forms": ("a b A B " * (SIZE // 8), "[a] [b] " * 1_000 + "b"),
    "hyphens": ("a a-b " * (SIZE // 6), "a a … " * (MAX_PARTS - 1) + "a a c"),
    "hyphens that stand": ("a a-b " * (SIZE // 6) + "a a a a", "a a … " * 2),
    "case": ("A b " * (SIZE // 4), "[a] B " * 1_000),
    "open brackets": ("[" * SIZE, "x" + "[" * 10_000),
    "bracketed spaces": ("[ " * (SIZE // 2), "x" + "[   " * 3_000),
    "quote marks": ("' \" " * (SIZE // 4), "x" + "' \" " * 2_500),
    "joiners": ("a-" * (SIZE // 2), "a-" * 4_000 + "b"),
    "half a word without end": ("a-" * (SIZE // 2), "a-a"),
    "marks": ("e" + "\u0301\u0323" * (SIZE // 2), "e" + "\u0301\u0323" * 4_000),
    "dots": ("." * SIZE, "a" + "." * 10_000 + "b"),
    "ellipses": ("a... " * (SIZE // 5), "a" + "…" * 10_000 + "b"),
    "punctuation": (", " * (SIZE // 2), "a " + ", " * 4_000),
    "white space": (" " * SIZE, "a" + " " * 9_000 + "b"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_long_document_and_quote_are_answered_whatever_they_hold(case: str) -> None:
    """No time is asserted: a quadratic step makes the run take minutes, and is seen there."""
    document, exact = HOSTILE[case]
    assert_sound(document, check_quote(document, exact))


def test_locate_among_occurrences_without_end_is_bounded() -> None:
    at = SIZE // 2
    assert locate(WORD_OF_A, "a", WORD_OF_A, WORD_OF_A, at).start == at


# ---------------------------------------------------------------- the seed documents

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"


def seed(name: str) -> str:
    found = sorted(SEEDS.glob(name))
    if not found:
        pytest.skip(f"the seed documents are not in {SEEDS}")
    return found[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["000_*.txt", "002_*.txt"])
def test_everything_between_quote_marks_in_the_seeds_verifies(name: str) -> None:
    document = seed(name)
    quoted = list(re.finditer(r'"([^"\n]*\w[^"\n]*)"', document))
    assert len(quoted) > 15
    for found in quoted:
        result = check_quote(document, found[0], near=found.start())
        assert (result.status, result.start) == (Check.VERIFIED, found.start())
        curly = f"“{found[1]}”".replace("'", "’").replace(" ", "  ")
        inside = verify_selector(
            document, curly, *context(document, *found.span(1)), found.start(1)
        )
        assert inside.status is Check.VERIFIED


def test_the_seeds_two_wordings_are_each_altered_in_the_other() -> None:
    one, other = seed("000_*.txt"), seed("002_*.txt")
    exact = "My team was sailing against the wind. We were struggling to get compute"
    assert status(exact, one) is Check.VERIFIED
    result = check_quote(other, exact)
    assert result.status is Check.ALTERED
    assert "sailing against the wind. Sometimes we were struggling" in result.true_words
