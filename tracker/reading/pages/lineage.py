"""What became of a commitment's words: those before it and after it, word by word."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from tracker.commitments.models import Commitment
from tracker.reading.published import commitments
from tracker.reading.wordings import Change, Piece, reworded
from tracker.records.dates import today
from tracker.records.models import State


@dataclass(frozen=True)
class Rewording:
    """One step of a lineage: a commitment, what took its place, and what that did to the words.

    `other` is the one of the two whose page this is not.
    """

    old: Commitment
    new: Commitment
    other: Commitment
    obligation: Sequence[Piece]
    words: Sequence[Piece]  # empty where one is quoted and the other only reported

    @property
    def later(self) -> bool:
        """True where the other took the place of the one whose page this is."""
        return self.other == self.new

    @property
    def same_obligation(self) -> bool:
        """Whether the obligation stayed as it was, to the word."""
        return _unchanged(self.obligation)

    @property
    def same_words(self) -> bool:
        """Whether the words stayed as they were."""
        return _unchanged(self.words)


def lineage_of(commitment: Commitment, day: date) -> list[Rewording]:
    """The steps that lead to a commitment and on from it, as far as they were made by `day`.

    One query; the successor comes with the commitment, words and all, if it has one.
    """
    steps = [_step(before, commitment, before) for before in _predecessors(commitment, day)]
    after = commitment.successor
    if after is not None and after.state == State.PUBLISHED and _made_by(after, day):
        steps.append(_step(commitment, after, after))
    return steps


def _predecessors(commitment: Commitment, day: date) -> QuerySet[Commitment]:
    rows = commitments(day).filter(successor=commitment)
    return rows.order_by("made_on_start", "slug")


def _made_by(commitment: Commitment, day: date) -> bool:
    """As `published.commitments` has it: what is published has been made, as far as today goes."""
    made = commitment.made_on_end
    return day >= today() or (made is not None and made <= day)


def _step(old: Commitment, new: Commitment, other: Commitment) -> Rewording:
    return Rewording(
        old, new, other, reworded(old.obligation, new.obligation), _reworded_words(old, new)
    )


def _reworded_words(old: Commitment, new: Commitment) -> Sequence[Piece]:
    """Quoted words are set against quoted ones, reported against reported: each is its own kind."""
    quoted = [_quoted(each) for each in (old, new)]
    if all(quoted):
        return reworded(*quoted)
    if not any(quoted):
        return reworded(old.reported_words, new.reported_words)
    return ()


def _quoted(commitment: Commitment) -> str:
    """The words that a source prints, unless they have been retracted."""
    words = commitment.words
    return words.exact if words is not None and words.state == State.PUBLISHED else ""


def _unchanged(pieces: Iterable[Piece]) -> bool:
    return all(piece.change is Change.SAME for piece in pieces)
