"""The record file's own reader: the same as Python's json, piece by piece, with lines."""

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.interchange.record_files import reading
from tracker.interchange.record_files.order import levels, referred_to_first
from tracker.interchange.record_files.reading import Damaged, Reader

pytestmark = pytest.mark.once

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
files = st.dictionaries(texts, st.lists(values, max_size=5) | values, max_size=5)


@given(files, st.sampled_from((None, 1, 3)), st.booleans(), st.integers(1, 60))
def test_every_member_is_read_whatever_the_spaces_and_the_size_of_a_piece(
    file, indent, ascii, piece
):
    raw = json.dumps(file, indent=indent, ensure_ascii=ascii).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "CHUNK", piece)
        members = list(Reader(BytesIO(raw)).members())
    read = {name: value for name, value in file.items() if value == []}
    for member in members:
        if member.listed:
            read.setdefault(member.name, []).append(member.data)
        else:
            read[member.name] = member.data
        assert 1 <= member.line <= 1 + raw.count(b"\n")
    assert read == file


@given(files, st.data(), st.integers(1, 60))
def test_a_file_that_is_cut_off_is_never_taken_for_whole(file, data, piece):
    raw = json.dumps(file, ensure_ascii=False).encode()
    cut = raw[: data.draw(st.integers(0, len(raw) - 1))]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Damaged):
        patch.setattr(reading, "CHUNK", piece)
        list(Reader(BytesIO(cut)).members())


@given(st.binary(max_size=80) | st.text('{}[]",:0 \nextrue\\u', max_size=40).map(str.encode))
def test_whatever_the_file_holds_it_is_read_or_refused_as_json_would(raw):
    try:
        members = list(Reader(BytesIO(raw)).members())
    except Damaged as damaged:
        assert damaged.message
    else:
        json.loads(raw)
        assert all(member.line >= 1 for member in members)


def test_one_endless_record_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(reading, "LONGEST", 200_000)
    raw = b'{"labs": [{"name": "' + b"x" * 900_000 + b'"}]}'
    with pytest.raises(Damaged, match="holds a record of more than 200,000 characters"):
        list(Reader(BytesIO(raw)).members())


def test_what_is_wrong_early_in_a_long_file_is_not_looked_for_at_its_end():
    file = BytesIO(b'{"labs": [{"name": oops}, ' + b" " * 5_000_000 + b"]}")
    with pytest.raises(Damaged, match="is not JSON: expecting value"):
        list(Reader(file).members())
    assert file.tell() <= reading.CHUNK


graphs = st.dictionaries(st.integers(0, 12), st.sets(st.integers(0, 12), max_size=3), max_size=12)


@given(graphs)
def test_whoever_refers_comes_after_unless_they_are_in_a_ring(refers):
    refers = {each: others - {each} for each, others in refers.items()}
    found, ringed = levels(refers)
    assert set(found) | ringed == set(refers) and not set(found) & ringed
    for each, level in found.items():
        assert level == 1 + max((found.get(other, 0) for other in refers[each]), default=0)
        assert not refers[each] & ringed
    for each in ringed:
        assert refers[each] & ringed
    everybody = sorted({*refers, *(other for others in refers.values() for other in others)})
    ordered = list(referred_to_first(everybody, refers))
    assert sorted(ordered) == everybody
    for each in found:
        assert all(ordered.index(other) < ordered.index(each) for other in refers[each])
    if not refers:
        assert ordered == everybody


def test_long_chains_need_no_deep_stack():
    chain = {number: [number + 1] for number in range(20_000)}
    assert list(referred_to_first(range(20_001), chain))[:2] == [20_000, 19_999]
    assert max(levels(chain)[0].values()) == 20_000
