"""Pass 1 over a record file: everything that is wrong with it, before anything is written."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError

from tracker.curation.roles import NOUNS
from tracker.interchange.record_files.format import FORMAT, STATE, TABLES
from tracker.interchange.record_files.index import Index, InRing
from tracker.interchange.record_files.problems import Problems
from tracker.interchange.record_files.reading import Damaged, Member, Reader
from tracker.records.models import Record, State
from tracker.records.plain import Plain, PlainError, Problem, Reference, complete

Progress = Callable[[str, int, int], None]  # what is done, how much of it, of how much

EVERY = 500  # records between two words on progress


def check(
    file: BinaryIO, size: int, index: Index, problems: Problems, progress: Progress | None
) -> None:
    """Read the whole file into the index, and raise RecordFileError if anything is wrong."""
    reader, said = Reader(file), 0
    try:
        for member in reader.members():
            _take(member, index, problems)
            said += 1
            if progress and said % EVERY == 0:
                progress("checked, in bytes", reader.read, size)
    except Damaged as damaged:
        _names(reader, problems)
        problems.stop(f"{damaged.message}.", damaged.line)
    _names(reader, problems)
    if "format" not in dict(reader.names):
        problems.add(f'"format" is missing; a record file says {FORMAT!r} there.')
    _missing(index, problems)
    for model in NOUNS:
        try:
            index.put_in_order(model)
        except InRing as ring:
            slugs = " -> ".join(row.slug for row in ring.rows)
            problems.add(
                f"{model._meta.verbose_name_plural} refer in a ring: {slugs}.", ring.rows[0].line
            )
    problems.refuse_if_any()
    if progress:
        progress("checked, in bytes", size, size)


def _take(member: Member, index: Index, problems: Problems) -> None:
    """One value of the file: the format, or a record."""
    model = TABLES.get(member.name)
    if member.name == "format":
        if member.listed or member.data != FORMAT:
            given = member.data if isinstance(member.data, str) else "something else"
            problems.stop(
                f"its format is {given[:80]!r}; this version reads {FORMAT!r}.", member.line
            )
    elif model and not member.listed:
        problems.add("must be a list of records.", member.line, member.name)
    elif model:
        _record(model, member, index, problems)


def _names(reader: Reader, problems: Problems) -> None:
    """Lists that are none of a record file, or there twice."""
    seen = set[str]()
    for name, line in reader.names:
        if name in seen:
            problems.add(f"{name[:80]!r} is there more than once.", line)
        elif name not in ("format", *TABLES):
            near = get_close_matches(name, TABLES, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"The nouns are {', '.join(TABLES)}."
            problems.add(f"{name[:80]!r} is no noun. {hint}", line)
        seen.add(name)


def _record(model: type[Record], member: Member, index: Index, problems: Problems) -> None:
    slug = _slug(member.data)
    found = [Problem((), noted) for noted in member.noted]
    try:
        plain, references, retracted = parted(model, member.data)
    except PlainError as error:
        found += error.problems
    except RecursionError:
        found.append(Problem((), "is nested too deeply."))
    else:
        other = index.add(model, plain, references, member.line, retracted=retracted)
        if other:
            found.append(Problem(("slug",), f"the record in line {other} has the same."))
    if found:
        index.add_wrong(model, slug)
        problems.of_record(model, slug, member.line, found)


def parted(model: type[Record], data: Any) -> tuple[Plain, list[Reference], bool]:
    """The complete plain form with what the file brings beside it, what it refers to, and whether
    it is retracted. Raises PlainError."""
    if not isinstance(data, dict):
        raise PlainError([Problem((), "must be a record, in braces.")])
    beside = {name: data[name] for name in (STATE, *model.brought) if name in data}
    rest = {name: value for name, value in data.items() if name not in beside}
    found: list[Problem] = []
    brought = {
        name: _brought(model, name, beside[name], found) for name in model.brought if name in beside
    }
    if beside.get(STATE, State.RETRACTED) != State.RETRACTED:
        found.append(Problem((STATE,), 'must be "retracted", or left out.'))
    try:
        plain, references = complete(model, rest)
    except PlainError as error:
        raise PlainError([*found, *error.problems]) from None
    if found:
        raise PlainError(found)
    return plain | brought, references, STATE in beside


def _brought(model: type[Record], name: str, value: Any, found: list[Problem]) -> str:
    if not isinstance(value, str):
        found.append(Problem((name,), "must be text."))
        return ""
    column: Any = model._meta.get_field(name)
    try:
        return str(column.clean(value, None))
    except ValidationError as error:
        found += [Problem((name,), message) for message in error.messages]
        return ""


def _slug(data: Any) -> str:
    slug = data.get("slug", "?") if isinstance(data, dict) else "?"
    return slug[:120] if isinstance(slug, str) else "?"


def _missing(index: Index, problems: Problems) -> None:
    """References to what neither the file nor the database holds."""
    for lot in index.missing():
        model = lot[0].model
        rows = model._default_manager.filter(slug__in=[each.slug for each in lot])
        stored = set(rows.values_list("slug", flat=True))
        for each in lot:
            if each.slug not in stored:
                problems.add(
                    f"there is no {model._meta.verbose_name} {each.slug!r}.",
                    each.row.line,
                    f"{each.row.model._meta.verbose_name_plural} {each.row.slug!r}",
                    each.path,
                )
