"""What stands in an entry: verdict old and new, what changed, the reason, the words behind it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tracker.assessments.wording import verdict_words
from tracker.changes.kinds import ASIDE
from tracker.changes.models import Change
from tracker.changes.wording import REDACTED, body_of, changed_fields, field_words, reason
from tracker.feeds.text import clean, cut
from tracker.reading.grounds import Quoted
from tracker.sources.checking import Check

CONTENT = 20_000  # bytes of one entry
FIELDS = 20  # of a correction
VALUE = 400  # characters of an old or a new value

Plain = Mapping[str, Any]

#: What a record newly published is known by, in the order in which it is told.
_TOLD = {
    "commitment": ("obligation", "reported_words"),
    "outcome": ("statement",),
    "pledge": ("summary",),
    "lab": ("summary",),
    "discrepancy": ("question", "resolution"),
    "indicator": ("question", "confirms", "refutes"),
    "reply": ("words",),
}

_CHECKED = {
    Check.VERIFIED: "Printed in",
    Check.ALTERED: "Altered: other words are printed in",
    Check.NOT_FOUND: "Not found in",
}
_UNCHECKED = "Not yet checked, said to be printed in"


@dataclass(frozen=True)
class Links:
    """The permanent page of an entry, and that of its record ("" where it has none)."""

    permanent: str
    about: str


def content_of(change: Change, quoted: Sequence[Quoted], links: Links) -> SafeString:
    """The entry as HTML of at most some 20 kB, ending in the link to the whole."""
    body = body_of(change)
    said = [format_html("<p>{}</p>", REDACTED)] if change.body is None else _said(change, body)
    told, room, whole = [], CONTENT, True
    for block in [*said, *_why(change), *map(_quotation, quoted), *_corrections(change, body)]:
        room -= len(block.encode())
        whole = whole and room >= 0
        if whole:
            told.append(block)
    told.append(_links(change, links, whole))
    return format_html_join("\n", "{}", ((block,) for block in told))


def _said(change: Change, body: Plain) -> Iterator[SafeString]:
    if change.kind in ASIDE:  # its sentence says it all, and `after` is no record
        return
    before, after = body.get("before") or {}, body.get("after") or {}
    if change.subject_type == "assessment" and after:
        yield from _judgement(before, after)
    elif not before:
        for name in _TOLD.get(change.subject_type, ()):
            if after.get(name):
                yield _labelled(field_words(name).capitalize(), after[name])


def _judgement(before: Plain, after: Plain) -> Iterator[SafeString]:
    """The verdict with all that belongs to it, and before it the one it takes the place of."""
    new = format_html("<b>{}</b>", _judged(after))
    if before:
        yield format_html("<p>Verdict: {} → {}</p>", _judged(before), new)
    else:
        yield format_html("<p>Verdict: {}, the first judgement.</p>", new)
    contest = after.get("contest") or {}
    if contest.get("verdict"):
        yield format_html(
            '<p>Contested: <span dir="auto">{}</span> reads it as {}. {}</p>',
            cut(clean(contest["held_by"]), VALUE),
            _verdict(after, contest["verdict"], bare=True),
            cut(clean(contest["reading"])),
        )
    for dissent in after.get("dissents") or ():
        yield format_html(
            '<p>Dissent: <span dir="auto">{}</span> judges {}.</p>',
            cut(clean(dissent["held_by"]), VALUE),
            _verdict(after, dissent["verdict"], bare=True),
        )
    if after.get("origin") == "imported":
        yield SafeString("<p>Imported, not reviewed by two people.</p>")


def _judged(plain: Plain) -> str:
    """“reported broken so far (low confidence, contested; 0–50 %)”."""
    contested = ", contested" if plain.get("contested") else ""
    percent = (plain.get("score") or {}).get("percent")
    shown = f"; {percent[0]}–{percent[1]} %" if percent else ""
    return (
        f"{_verdict(plain, plain['verdict'])} ({plain['confidence']} confidence{contested}{shown})"
    )


def _verdict(plain: Plain, verdict: str, bare: bool = False) -> str:
    return verdict_words(
        verdict,
        provisional=not bare and plain["provisional"],
        confidence="high" if bare else plain["confidence"],
        force=plain["force"],
        basis=plain["basis"],
    )


def _corrections(change: Change, body: Plain) -> Iterator[SafeString]:
    """Field by field, old and new. A judgement corrects nothing: it takes another's place."""
    before, after = body.get("before"), body.get("after")
    if not before or not after or change.subject_type == "assessment":
        return
    rows = changed_fields(before, after)
    for name, old, new in rows[:FIELDS]:
        yield format_html(
            "<p>{}: <del>{}</del> → <ins>{}</ins></p>",
            cut(clean(field_words(name)), VALUE),
            _value(old),
            _value(new),
        )
    if rows[FIELDS:]:
        yield format_html("<p>And {} fields more.</p>", len(rows) - FIELDS)


def _value(value: Any) -> str:
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return cut(clean("; ".join(_items(value))), VALUE)
    return cut(clean(value), VALUE)


def _items(values: Iterable[Any]) -> Iterator[str]:
    """The members of a list: slugs as they are, parts of a record by what they hold."""
    for value in values:
        if isinstance(value, dict):
            held = (str(each) for each in value.values() if each and not isinstance(each, list))
            yield ", ".join(held)
        else:
            yield str(value)


def _why(change: Change) -> Iterator[SafeString]:
    if why := reason(change):
        yield _labelled("Reason", why)


def _labelled(label: str, text: object) -> SafeString:
    return format_html("<p>{}: {}</p>", label, cut(clean(text)))


def _quotation(quoted: Quoted) -> SafeString:
    said = format_html(', attributed to <span dir="auto">{}</span>', clean(quoted.speaker))
    return format_html(
        "<blockquote><p>“{}”</p><p>{} <cite>{}</cite>{}.</p></blockquote>",
        cut(clean(quoted.exact)),
        _CHECKED.get(Check(quoted.check), _UNCHECKED) if quoted.check else _UNCHECKED,
        cut(clean(quoted.source), VALUE),
        said if quoted.speaker else "",
    )


def _links(change: Change, links: Links, whole: bool) -> SafeString:
    about = format_html(
        ' · <a href="{}">The {} on record</a>', links.about, clean(change.subject_type)
    )
    return format_html(
        '<p>{}<a href="{}">Entry no. {} of the public log</a>{}</p>',
        "" if whole else "… ",
        links.permanent,
        change.sequence,
        about if links.about else "",
    )
