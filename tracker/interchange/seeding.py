"""The seed files (format: seeds/README.md): checked whole, then written whole or not at all."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path as FilePath
from typing import Any

from django.db import transaction

from tracker.curation.editing import Actor, Refused
from tracker.curation.roles import NOUNS, PUBLISH
from tracker.curation.writing import Batch, Item, put_all
from tracker.interchange.toml_lines import Path, line_of, parse
from tracker.records.models import Record
from tracker.records.plain import Plain, PlainError, Problem, Reference, complete, lists

ACTOR = "seed files"  # no account can have this name: it holds a space
REASON = "Seeded from the record's two founding documents."
FILE_SIZE = 5_000_000  # bytes
SEEDS_FOLDER = FilePath(__file__).resolve().parents[2] / "seeds"

TABLES: dict[str, type[Record]] = {str(model._meta.verbose_name_plural): model for model in NOUNS}


class SeedError(Exception):
    """The files cannot be loaded; `lines` holds one sentence a problem, with file, line, field."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


@dataclass
class Row:
    """One record of a file, and where each of its fields stands."""

    model: type[Record]
    plain: Plain
    references: list[Reference]
    place: Callable[[Problem], str]


@dataclass
class Report:
    """What a seeding did: slugs by what became of them."""

    new: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


def seed(folder: FilePath, progress: Callable[[int, int], None] | None = None) -> Report:
    """Load every `*.toml` in `folder`, in one transaction, and log it. Idempotent.

    Raises SeedError, and then nothing has been written: for a malformed file, for a rule of the
    record, and for a record that a curator has changed since it was seeded.
    """
    rows = _in_order(read(folder))
    total = sum(len(group) for _, group in rows)
    batch = Batch(Actor(ACTOR, rights=frozenset({PUBLISH})), "seeds", REASON)
    report, problems, done = Report(), list[str](), 0
    with transaction.atomic():
        for model, group in rows:
            items = [Item(row.plain) for row in group]
            put_all(model, items, batch)
            for row, item in zip(group, items, strict=True):
                problems += [row.place(problem) for problem in item.problems]
                if item.outcome:
                    getattr(report, item.outcome).append(item.plain["slug"])
            done += len(group)
            if progress:
                progress(done, total)
            if problems:
                raise SeedError(problems)  # which rolls everything back
        try:
            batch.close()
        except Refused as refused:  # by the log
            raise SeedError([str(refused)]) from None
    return report


def read(folder: FilePath) -> list[Row]:
    """Every record of the folder's files, each checked by itself and for what it refers to."""
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise SeedError([f"{folder}: holds no .toml file."])
    rows, problems = list[Row](), list[str]()
    for file in files:
        try:
            rows += _read_file(file, problems)
        except SeedError as error:
            problems += error.lines
    problems += _twice(rows) + _dangling(rows)
    if problems:
        raise SeedError(problems)
    return rows


def _read_file(file: FilePath, problems: list[str]) -> Iterator[Row]:
    try:
        size = file.stat().st_size
        if size > FILE_SIZE:
            raise SeedError([f"{file.name}: is {size} bytes; at most {FILE_SIZE} are read."])
        data, lines = parse(file.read_bytes().decode())
    except UnicodeDecodeError as error:
        raise SeedError([f"{file.name}: is not UTF-8 text (byte {error.start})."]) from None
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise SeedError([f"{file.name}: is not TOML: {error}."]) from None
    except OSError as error:
        raise SeedError([f"{file.name}: cannot be read: {error.strerror}."]) from None
    for table, records in data.items():
        model = TABLES.get(table)
        if model is None or not isinstance(records, list):
            path: Path = (table, 0) if isinstance(records, list) else (table,)
            where = f"{file.name}, line {line_of(lines, path)}, {table}"
            problems.append(f"{where}: is no noun; the nouns are {', '.join(TABLES)}.")
            continue
        for place, record in enumerate(records):
            naming = _placer(file.name, lines, (table, place), record)
            try:
                plain, references = complete(model, record)
            except PlainError as error:
                problems += [naming(problem) for problem in error.problems]
            else:
                yield Row(model, plain, references, naming)


def _placer(file: str, lines: dict[Path, int], path: Path, record: Any) -> Callable[[Problem], str]:
    slug = record.get("slug", "?") if isinstance(record, dict) else "?"

    def place(problem: Problem) -> str:
        line = line_of(lines, path + problem.path)
        where = f", {problem.field}" if problem.path else ""
        return f"{file}, line {line}, {path[0]} {slug!r}{where}: {problem.message}"

    return place


def _twice(rows: list[Row]) -> list[str]:
    problems, seen = list[str](), set[tuple[type[Record], str]]()
    for row in rows:
        key = row.model, row.plain["slug"]
        if key in seen:
            problems.append(row.place(Problem(("slug",), "is used by another record of its noun.")))
        seen.add(key)
    return problems


def _dangling(rows: list[Row]) -> list[str]:
    """References to what neither the files nor the database hold."""
    known = {(row.model, row.plain["slug"]) for row in rows}
    stored: dict[type[Record], set[str]] = {
        model: set(model._default_manager.values_list("slug", flat=True)) for model in NOUNS
    }
    return [
        row.place(
            Problem(
                reference.path,
                f"there is no {reference.model._meta.verbose_name} {reference.slug!r}.",
            )
        )
        for row in rows
        for reference in row.references
        if (reference.model, reference.slug) not in known
        and reference.slug not in stored[reference.model]
    ]


def _in_order(rows: list[Row]) -> list[tuple[type[Record], list[Row]]]:
    """Nouns from the bottom up; within a noun, what is referred to comes first."""
    return [(model, _sorted(model, [row for row in rows if row.model is model])) for model in NOUNS]


def _sorted(model: type[Record], rows: list[Row]) -> list[Row]:
    by_slug = {row.plain["slug"]: row for row in rows}
    lists_own_kind = {many.name for many in lists(model) if many.related_model is model}
    graph = {
        slug: [
            reference.slug
            for reference in row.references
            if reference.model is model
            and reference.slug in by_slug
            and reference.path[0] not in lists_own_kind  # those may form a ring
        ]
        for slug, row in by_slug.items()
    }
    try:
        return [by_slug[slug] for slug in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        ring = " -> ".join(error.args[1])
        raise SeedError([f"{model._meta.verbose_name_plural} refer in a ring: {ring}."]) from None
