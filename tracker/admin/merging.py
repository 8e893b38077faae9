"""What a form showed, what others have saved since, and what was typed: three ways, nothing lost.

A form carries, signed, the words that it showed. Where its record is newer by the time it is saved,
what the editor left alone takes the new words, what the editor typed stays, and a table says both.
The save itself waits until the editor has ticked that they looked.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.db.models import QuerySet
from django.http import QueryDict

from tracker.admin.fields import LONGEST_ID
from tracker.changes.topics import newest, record_topic
from tracker.changes.wording import changed_fields
from tracker.curation.editing import Actor
from tracker.records.models import Record
from tracker.records.plain import to_plain

FORM_SALT, PAGE_SALT = "on-record/seen-form", "on-record/seen-page"
LONG = 5_000  # characters: a longer text is remembered by its digest
LOOKED, THEIRS = "looked", "take_theirs"
SEEN, SEEN_VERSION = "seen_words", "seen_version"
NEWER, NEWER_VERSION = "newer_words", "newer_version"

WRITERS = 20  # changes that are looked through for names

Values = dict[str, list[str]]  # what a browser posts for one form, by the field's own name


@dataclass
class Shown:
    """The words of a form: its own, and those of each inline's rows by their id."""

    own: Values = field(default_factory=dict)
    rows: dict[str, dict[str, Values]] = field(default_factory=dict)
    empty: dict[str, list[Values]] = field(default_factory=dict)  # rows that stood ready
    at: float = field(default_factory=time.time)  # seconds since 1970

    def sealed(self) -> str:
        """For a hidden field; long texts as digests."""
        rows = {
            prefix: {pk: _short(values) for pk, values in of.items()}
            for prefix, of in self.rows.items()
        }
        empty = {prefix: [_short(each) for each in of] for prefix, of in self.empty.items()}
        return signing.dumps(
            [_short(self.own), rows, empty, self.at], salt=FORM_SALT, compress=True
        )

    @classmethod
    def opened(cls, text: str) -> "Shown | None":
        """What `sealed` made; None for anything else."""
        match _opened(text, FORM_SALT):
            case [dict() as own, dict() as rows, dict() as empty, float() as at]:
                return cls(own, rows, empty, at)
        return None


@dataclass(frozen=True)
class Difference:
    """One field that somebody else has changed. `mine` is None where the editor left it alone."""

    label: str
    old: str
    new: str
    mine: str | None
    name: str  # of the field in the form below, "" where it cannot be chosen


@dataclass(frozen=True)
class Merging:
    """What the form shows above itself after a stale save."""

    who: str
    differences: Sequence[Difference]
    newer_words: str
    newer_version: int


@dataclass(frozen=True)
class Newer:
    """What a step's page shows after a stale one: the fields are (field, old, new)."""

    who: str
    fields: Sequence[tuple[str, Any, Any]]
    newer_words: str
    newer_version: int


def sealed_plain(record: Record) -> str:
    """The record as a page without a form shows it."""
    return signing.dumps([to_plain(record), time.time()], salt=PAGE_SALT, compress=True)


def _opened(sealed: str, salt: str) -> Any:
    """What was sealed with this salt; None where it was not, such as another page's seal."""
    try:
        return signing.loads(sealed, salt=salt)
    except (signing.BadSignature, ValueError):
        return None


def newer_than(sealed: str, record: Record) -> Newer | None:
    """What has changed since `sealed_plain`; None where that is forged, or the record is gone."""
    now = type(record)._default_manager.filter(pk=record.pk).first()
    match _opened(sealed, PAGE_SALT):
        case [dict() as before, float() as at] if now is not None:
            fields = changed_fields(before, to_plain(now))
            return Newer(who_since(now, at), fields, sealed_plain(now), now.version)
    return None


def typed_since(data: QueryDict, base: Shown) -> list[tuple[str, str]]:
    """(field, words) of what was typed into a form that showed `base`."""
    shown = dict(base.own)
    for prefix, rows in base.rows.items():
        for place, values in enumerate([*rows.values(), *base.empty.get(prefix, [])]):
            shown |= {f"{prefix}-{place}-{name}": each for name, each in values.items()}
    aside = {"csrfmiddlewaretoken", SEEN, SEEN_VERSION, NEWER, NEWER_VERSION, LOOKED, THEIRS}
    return [
        (name.replace("-", " ").replace("_", " "), ", ".join(many))
        for name, many in data.lists()
        if name not in aside
        and not name.startswith("_")
        and not name.endswith("_FORMS")
        and not _same(many, shown.get(name, [""]))
    ]


def look_ahead(data: QueryDict) -> None:
    """Who ticked that they looked edits on top of the version that they were shown."""
    if data.get(LOOKED) and data.get(NEWER_VERSION):
        data.setlist(SEEN_VERSION, data.getlist(NEWER_VERSION))
        data.setlist(SEEN, data.getlist(NEWER))


def who_since(record: Record, at: float) -> str:
    """The names of those who wrote the record since an instant; the log knows imports too."""
    since = datetime.fromtimestamp(at, UTC)
    entries = own_log(record).filter(action_time__gte=since).order_by("pk")
    names = [Actor.of(each.user).name for each in entries.select_related("user")]
    changes = newest(record_topic(record.noun(), record.slug), WRITERS)
    names += [each.actor for each in reversed(changes) if each.at >= since]
    return ", ".join(dict.fromkeys(names)) or "Somebody else"


def own_log(record: Record) -> QuerySet[LogEntry]:
    """The admin's own log of one record."""
    kind = ContentType.objects.get_for_model(type(record))
    return LogEntry.objects.filter(content_type=kind, object_id=str(record.pk))


def shown_by(form: Any, formsets: Any) -> Shown:
    """What these unbound forms show."""
    shown = Shown(_values(form))
    for formset in formsets:
        shown.rows[formset.prefix] = {
            str(each.instance.pk): _values(each) for each in formset.initial_forms
        }
        shown.empty[formset.prefix] = [_values(each) for each in formset.extra_forms]
    return shown


def _values(form: Any) -> Values:
    hidden = {SEEN, SEEN_VERSION, "reason"}
    return {name: _posted(form[name]) for name in form.fields if name not in hidden}


def _posted(bound: Any) -> list[str]:
    value, widget = bound.value(), bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if value else []
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    shown = widget.format_value(value)
    if isinstance(shown, list | tuple):  # a choice
        return [str(each) for each in shown] or [""]
    return ["" if shown is None else str(shown)]


def _short(values: Values) -> Values:
    return {name: [_digest(each) for each in many] for name, many in values.items()}


def _digest(text: str) -> str:
    text = _plain(text)
    if len(text) <= LONG:
        return text
    return (
        f"a text of {len(text):,} characters, SHA-256 {hashlib.sha256(text.encode()).hexdigest()}"
    )


def _plain(text: str) -> str:
    """As it is saved: browsers write line ends otherwise, and forms strip."""
    return text.replace("\r\n", "\n").strip()


def _same(left: list[str], right: list[str]) -> bool:
    return [_digest(each) for each in left] == [_digest(each) for each in right]


def take(data: QueryDict, theirs: Shown) -> None:
    """Put the newer words where the editor chose them over their own."""
    for html in data.getlist(THEIRS):
        prefix, _, rest = html.partition("-")
        place, _, name = rest.partition("-")
        if html in theirs.own:
            data.setlist(html, theirs.own[html])
            continue
        row = theirs.rows.get(prefix, {}).get(data.get(f"{prefix}-{place}-id", ""), {})
        if name in row:
            data.setlist(html, row[name])


def merge(
    data: QueryDict, base: Shown, theirs: Shown, form: Any, formsets: Any
) -> list[Difference]:
    """Bring `data` onto `theirs`, and tell what they changed since `base`.

    `form` and `formsets` are the unbound forms behind `theirs`, for their labels.
    """
    found = list(_merge_form(data, base.own, theirs.own, form))
    for formset in formsets:
        found += _merge_rows(data, formset, base, theirs)
    return found


def _merge_form(
    data: QueryDict, base: Values, theirs: Values, form: Any, prefix: str = "", where: str = ""
) -> Iterator[Difference]:
    for name, new in theirs.items():
        old, mine = base.get(name, []), data.getlist(name)
        if _same(old, new):
            continue
        kept = not _same(mine, old) and not _same(mine, new)
        if not kept:
            data.setlist(name, new)
        bound = form[name]
        yield Difference(
            f"{where}{bound.label}",
            _said(bound, old),
            _said(bound, new),
            _said(bound, mine) if kept else None,
            f"{prefix}{name}" if kept else "",
        )


def _merge_rows(data: QueryDict, formset: Any, base: Shown, theirs: Shown) -> Iterator[Difference]:
    prefix, noun = formset.prefix, str(formset.model._meta.verbose_name)
    now, before = theirs.rows[prefix], base.rows.get(prefix, {})
    shown = {str(each.instance.pk): each for each in formset.initial_forms}
    kept: list[Values] = []
    new: list[Values] = []
    gone = set(now)
    for values in _typed(data, formset):
        pk = (values.get("id") or [""])[0]
        old = before.get(pk, {})
        if pk in gone:
            row = QueryDict(mutable=True)
            for name, each in values.items():
                row.setlist(name, each)
            where = f"{noun} “{shown[pk].instance}”: "
            yield from _merge_form(row, old, now[pk], shown[pk], f"{prefix}-{len(kept)}-", where)
            kept.append(dict(row.lists()))
            gone.discard(pk)
        elif pk and _touched(values, old):
            new.append(values | {"id": [""]})
            yield Difference(noun, _row(formset, old), "taken away", "kept, as a new one", "")
        elif pk:
            yield Difference(noun, _row(formset, old), "taken away", None, "")
        elif all(_touched(values, each) for each in base.empty.get(prefix, [])):
            new.append(values)
    for pk, values in now.items():
        if pk in gone:
            kept.append(values)
            yield Difference(noun, "", _row(formset, values), None, "")
    _write(data, prefix, kept, new)


def _typed(data: QueryDict, formset: Any) -> Iterator[Values]:
    """The posted rows, each field by its own name; no more of them than the form allows."""
    try:
        count = int(data.get(f"{formset.prefix}-TOTAL_FORMS", "0"))
    except ValueError:
        count = 0
    names = [*formset.empty_form.fields, "DELETE"]
    for place in range(min(max(count, 0), formset.absolute_max)):
        start = f"{formset.prefix}-{place}-"
        yield {name: data.getlist(start + name) for name in names if start + name in data}


def _touched(values: Values, shown: Values) -> bool:
    names = {*values, *shown}
    return any(not _same(values.get(name, []), shown.get(name, [])) for name in names)


def _write(data: QueryDict, prefix: str, kept: list[Values], new: list[Values]) -> None:
    for name in [name for name in data if name.startswith(f"{prefix}-")]:
        if not name.endswith("_NUM_FORMS"):
            del data[name]
    for place, values in enumerate([*kept, *new]):
        for name, many in values.items():
            data.setlist(f"{prefix}-{place}-{name}", many)
    data[f"{prefix}-TOTAL_FORMS"] = str(len(kept) + len(new))
    data[f"{prefix}-INITIAL_FORMS"] = str(len(kept))


def _row(formset: Any, values: Values) -> str:
    form = formset.empty_form
    said = (
        _said(form[name], many)
        for name, many in values.items()
        if name not in ("id", "DELETE", formset.fk.name)
    )
    return " · ".join(text for text in said if text)


def _said(bound: Any, values: list[str]) -> str:
    """Values as people read them: the names of what was chosen, not the ids."""
    if isinstance(bound.field.widget, forms.CheckboxInput):
        return "yes" if values else "no"
    return ", ".join(_named(bound.field, value) for value in values)


def _named(asked: Any, value: str) -> str:
    if isinstance(asked, forms.ModelChoiceField):
        known = value.isdecimal() and len(value) <= LONGEST_ID
        model: Any = getattr(asked.queryset, "model", None)
        found = model._default_manager.filter(pk=value).first() if known else None
        return str(found or value)
    if isinstance(asked, forms.ChoiceField):
        choices: Any = asked.choices
        return str(dict(choices).get(value, value))
    return value
