"""The databases' own full text: PostgreSQL's tsvector and SQLite's FTS5, asked in one way.

`install` runs after every migration and not in one: SQLite rebuilds a table whose column is
altered, and the new table has no triggers.

Nothing that a reader types reaches a query language. What is searched for are words of letters and
digits alone (`reading.folding`), each quoted, and joined by operators of our own.
"""

# ruff: noqa: S608 - statements are put together from names of our own; values go in as parameters

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, connections, transaction

from tracker.reading import replica
from tracker.reading.models import SearchDocument

TABLE = SearchDocument._meta.db_table
INDEX = f"{TABLE}_fts"  # SQLite's
CONFIG, STEMS = "tracker_words", "tracker_stems"  # PostgreSQL's

#: The columns of words, and how much a word weighs in each.
WEIGHTS = {"title_words": 8.0, "text_words": 2.0, "more_words": 1.0}
#: What a reader more likely looks for, among documents that hold the words alike.
LIKELY = {"lab": 2.0, "person": 2.0, "commitment": 1.6, "pledge": 1.3}
_LETTERS = "ABC"  # PostgreSQL's names for them
#: SQLite's index holds the noun as a word that no text has, or “lab” as a noun would be looked for
#: among all the places where “lab” is written.
_NOUN = "noun_word"
_INDEXED = (_NOUN, *WEIGHTS)
_COLUMNS = ", ".join(_INDEXED)

#: Of what is found the best so many are listed; the work of a query ends there too.
LISTED = 500
COUNTED = 1_000  # of a noun

#: Around a word that was found. No word holds either.
OPEN, CLOSE = "<", ">"

#: For PostgreSQL's types of words; numbers stay as they are.
_WORDS = "asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part"

_WHEN = " ".join(f"WHEN '{noun}' THEN {by}" for noun, by in LIKELY.items())
_LIKELY = f"CASE d.noun {_WHEN} ELSE 1.0 END"


@dataclass(frozen=True)
class Term:
    """Words that stand one after the other; where `open`, the last may go on."""

    words: tuple[str, ...]
    open: bool = False


@dataclass(frozen=True)
class Terms:
    """What is searched for: each of the terms or, where `any`, at least one."""

    terms: tuple[Term, ...]
    any: bool = False


@dataclass(frozen=True)
class Marked:
    """A document that was found: title and text as written, and which of their words were met."""

    noun: str
    slug: str
    title: str
    text: str
    in_title: frozenset[int]
    in_text: frozenset[int]


def counts(terms: Terms, nouns: Sequence[str]) -> dict[str, int]:
    """How many documents of each of these nouns hold the terms, where any does: of no noun more
    than COUNTED and one are counted."""
    parts, params = list[str](), list[Any]()
    for noun in nouns:
        matching, asked = _matching(terms, noun)
        some = f"SELECT 1 {matching} {_newest_first()} LIMIT {COUNTED + 1}"
        parts.append(f"SELECT '{noun}' AS noun, COUNT(*) FROM ({some}) c")
        params += asked
    rows = _rows(" UNION ALL ".join(parts), params)
    return {noun: count for noun, count in rows if count}


def _matching(terms: Terms, noun: str) -> tuple[str, list[Any]]:
    """FROM … WHERE …: the documents of a noun of our own that hold the terms."""
    if connection.vendor == "sqlite":
        # The noun is one more column of the index, so that no document has to be read for it.
        return f"FROM {INDEX} WHERE {INDEX} MATCH %s", [_fts5(terms, noun)]
    query, params = _tsquery(terms)
    return f"FROM {TABLE} WHERE noun = '{noun}' AND vector @@ {query}", params


def newest(terms: Terms, nouns: Sequence[str], start: int, size: int) -> list[int]:
    """As `ranked`, for what is found too often for each to be weighed: the newest of each noun,
    those with the terms in their title first."""
    parts, params = list[str](), list[Any]()
    for noun in nouns:
        matching, asked = _matching(terms, noun)
        key = "rowid" if connection.vendor == "sqlite" else "id"
        rows = f"SELECT {key} AS id {matching} {_newest_first()} LIMIT {each_of(nouns)}"
        parts.append(f"SELECT '{noun}' AS noun, id FROM ({rows}) n")
        params += asked
    found = {pk: noun for noun, pk in _rows(" UNION ALL ".join(parts), params)}
    titled = _titled(terms, found)
    best = sorted(found, key=lambda pk: (pk not in titled, -LIKELY.get(found[pk], 1.0), -pk))
    return best[start : start + size]


def _titled(terms: Terms, found: Mapping[int, str]) -> set[int]:
    """Those of these documents, by id their noun, that have the terms in their title."""
    if not found:
        return set()
    if connection.vendor == "sqlite":
        # from the oldest on: where each id is asked for, the index is begun anew each time
        oldest = {noun: pk for pk, noun in sorted(found.items(), reverse=True)}
        each = f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s AND rowid >= %s"
        titled = " UNION ALL ".join([each] * len(oldest))
        params = list[Any]()
        for noun, pk in oldest.items():
            params += [_fts5(terms, noun, ("title_words",)), pk]
    else:
        query, asked = _tsquery(terms)
        only = f"ts_filter(vector, '{{{_LETTERS[0].lower()}}}')"
        wanted = ", ".join(["%s"] * len(found))
        titled = f"SELECT id FROM {TABLE} WHERE {only} @@ {query} AND id IN ({wanted})"
        params = [*asked, *found]
    return {pk for (pk,) in _rows(titled, params)}


def _newest_first() -> str:
    """Also where only the first few are counted: as the index of SearchDocument has it, or else
    PostgreSQL looks through the table for them."""
    return "ORDER BY rowid DESC" if connection.vendor == "sqlite" else "ORDER BY id * -1"


def each_of(nouns: Collection[str]) -> int:
    """How many documents of each of these nouns are listed by `newest`."""
    return -(-LISTED // len(nouns))


def ranked(terms: Terms, noun: str, start: int, size: int) -> list[int]:
    """The ids of the best documents of a noun, or of all nouns where it is "", from `start`.

    Each that holds the terms is weighed, so that it is for what no more than LISTED hold.
    """
    if connection.vendor == "sqlite":
        weights = ", ".join(str(weight) for weight in (0.0, *WEIGHTS.values()))
        best = (
            f"SELECT rowid AS id, bm25({INDEX}, {weights}) AS score FROM {INDEX} "
            f"WHERE {INDEX} MATCH %s"
        )
        params: list[Any] = [_fts5(terms, noun)]  # below 0, the lower the better
    else:
        query, asked = _tsquery(terms)
        heaviest = max(WEIGHTS.values())
        scale = [0.0, *(weight / heaviest for weight in reversed(WEIGHTS.values()))]
        # 1: divided by the logarithm of the length, as the other does in its way
        best = (
            f"SELECT id, -ts_rank(%s::float4[], vector, {query}, 1) AS score FROM {TABLE} "
            f"WHERE vector @@ {query}"
        )
        params = [scale, *asked, *asked]
        if noun:
            best, params = f"{best} AND noun = %s", [*params, noun]
    return [
        pk
        for (pk,) in _rows(
            f"SELECT d.id FROM ({best} ORDER BY score, id LIMIT {LISTED}) f "
            f"JOIN {TABLE} d ON d.id = f.id "
            f"ORDER BY f.score * {_LIKELY}, d.noun, d.slug LIMIT %s OFFSET %s",
            [*params, size, start],
        )
    ]


def titles(terms: Terms, nouns: Sequence[str], size: int) -> list[tuple[str, str, str]]:
    """Noun, slug and title of the first documents of these nouns that come to hand."""
    wanted = ", ".join(["%s"] * len(nouns))
    if connection.vendor == "sqlite":
        matching = f"{INDEX} f JOIN {TABLE} d ON d.id = f.rowid WHERE {INDEX} MATCH %s"
        params: list[Any] = [_fts5(terms)]
    else:
        query, params = _tsquery(terms)
        matching = f"{TABLE} d WHERE d.vector @@ {query}"
    return _rows(
        f"SELECT d.noun, d.slug, d.title FROM {matching} AND d.noun IN ({wanted}) LIMIT %s",
        [*params, *nouns, size],
    )


def marked(terms: Terms, ids: Sequence[int]) -> list[Marked]:
    """These documents, in the order given, with what was met in them."""
    if not ids:
        return []
    wanted = ", ".join(["%s"] * len(ids))
    if connection.vendor == "sqlite":
        marks = ", ".join(f"highlight({INDEX}, {place}, '{OPEN}', '{CLOSE}')" for place in (1, 2))
        # for each id the index is begun anew, and gathers again what a beginning can go on as:
        # then rather once (by the +, which keeps SQLite from looking up the ids), between the ends
        once = "+" if any(term.open for term in terms.terms) else ""
        sql = (
            f"SELECT d.id, d.noun, d.slug, d.title, d.text, {marks} FROM {INDEX} f "
            f"JOIN {TABLE} d ON d.id = f.rowid WHERE {INDEX} MATCH %s "
            f"AND f.rowid BETWEEN %s AND %s AND {once}f.rowid IN ({wanted})"
        )
        rows = _rows(sql, [_fts5(terms), min(ids), max(ids), *ids])
    else:
        query, params = _tsquery(terms)
        options = f"HighlightAll=true, StartSel={OPEN}, StopSel={CLOSE}"
        marks = ", ".join(
            f"ts_headline('{CONFIG}', {column}, {query}, '{options}')"
            for column in ("title_words", "text_words")
        )
        sql = f"SELECT id, noun, slug, title, text, {marks} FROM {TABLE} WHERE id IN ({wanted})"
        rows = _rows(sql, [*params, *params, *ids])
    found = {
        pk: Marked(noun, slug, title, text, _met(in_title), _met(in_text))
        for pk, noun, slug, title, text, in_title, in_text in rows
    }
    return [found[pk] for pk in ids if pk in found]


def _met(words: str) -> frozenset[int]:
    """Which words of “call <ada example> now” stand between the marks, counted from 0."""
    found, inside = [], False
    for number, word in enumerate(words.split()):
        inside = inside or word.startswith(OPEN)
        if inside:
            found.append(number)
        inside = inside and not word.endswith(CLOSE)
    return frozenset(found)


def _rows(sql: str, params: Sequence[Any]) -> list[Any]:
    with replica.connection().cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


# --- What is asked -------------------------------------------------------------------------------


def _fts5(terms: Terms, noun: str = "", columns: Sequence[str] = tuple(WEIGHTS)) -> str:
    each = [f'"{" ".join(term.words)}"{" *" if term.open else ""}' for term in terms.terms]
    asked = f"{{{' '.join(columns)}}} : ({(' OR ' if terms.any else ' AND ').join(each)})"
    return f"{_NOUN} : noun{noun} AND {asked}" if noun else asked


def _tsquery(terms: Terms) -> tuple[str, list[Any]]:
    """The terms as one tsquery."""
    each = [_tsquery_of(term) for term in terms.terms]
    params = [param for _, own in each for param in own]
    return "(" + (" || " if terms.any else " && ").join(sql for sql, _ in each) + ")", params


def _tsquery_of(term: Term) -> tuple[str, list[Any]]:
    """One term. Operators are read here, so each word is in quotes.

    Several words are looked for in one column or another: the vector has the first word of a text
    follow the last one of its title.
    """
    *before, last = (f"'{word}'" for word in term.words)
    columns = _LETTERS if before else [""]
    each = [
        " <-> ".join([*(f"{word}:{column}" for word in before), f"{last}{_label(term, column)}"])
        for column in columns
    ]
    return f"to_tsquery('{CONFIG}', %s)", [" | ".join(each)]


def _label(term: Term, column: str) -> str:
    said = f"{'*' if term.open else ''}{column}"
    return f":{said}" if said else ""


# --- Making it -----------------------------------------------------------------------------------


def install(using: str) -> None:
    """Make what searches the table, where the table is. Twice changes nothing."""
    connection = connections[using]
    with transaction.atomic(using), connection.cursor() as cursor:
        if TABLE not in connection.introspection.table_names(cursor):
            return
        if connection.vendor == "sqlite":
            _install_sqlite(cursor)
        else:
            _install_postgresql(cursor)


def _install_sqlite(cursor: Any) -> None:
    cursor.execute(f"PRAGMA table_xinfo({TABLE})")
    if _NOUN not in (column for _, column, *_ in cursor.fetchall()):
        cursor.execute(
            f"ALTER TABLE {TABLE} ADD COLUMN {_NOUN} TEXT "
            "GENERATED ALWAYS AS ('noun' || noun) VIRTUAL"
        )
    new, old = (", ".join(f"{row}.{name}" for name in _INDEXED) for row in ("NEW", "OLD"))
    enter = f"INSERT INTO {INDEX} (rowid, {_COLUMNS}) VALUES (NEW.id, {new})"
    leave = f"INSERT INTO {INDEX} ({INDEX}, rowid, {_COLUMNS}) VALUES ('delete', OLD.id, {old})"
    wanted = {
        INDEX: f"CREATE VIRTUAL TABLE {INDEX} USING fts5({_COLUMNS}, content='{TABLE}', "
        "content_rowid='id', tokenize='porter unicode61 remove_diacritics 2', prefix='2 3 4')"
    }
    for verb, steps in (
        ("insert", [enter]),
        ("delete", [leave]),
        ("update", [leave, enter]),
    ):
        name = f"{TABLE}_search_{verb}"
        wanted[name] = (
            f"CREATE TRIGGER {name} AFTER {verb.upper()} ON {TABLE} BEGIN {'; '.join(steps)}; END"
        )
    names = ", ".join(f"'{name}'" for name in wanted)
    cursor.execute(f"SELECT name, sql FROM sqlite_master WHERE name IN ({names})")
    there = dict(cursor.fetchall())
    if set(there) == set(wanted) and all(there[name] == sql for name, sql in wanted.items()):
        return
    cursor.execute(f"DROP TABLE IF EXISTS {INDEX}")
    for name in wanted:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
    for sql in wanted.values():
        cursor.execute(sql)
    rebuild_index(cursor)


def _install_postgresql(cursor: Any) -> None:
    # A configuration without stop words: “not met” and “no promise” are searched for as they stand.
    cursor.execute("SELECT 1 FROM pg_ts_config WHERE cfgname = %s", [CONFIG])
    if not cursor.fetchone():
        cursor.execute(
            f"CREATE TEXT SEARCH DICTIONARY {STEMS} (TEMPLATE = snowball, LANGUAGE = english)"
        )
        cursor.execute(f"CREATE TEXT SEARCH CONFIGURATION {CONFIG} (COPY = simple)")
        cursor.execute(
            f"ALTER TEXT SEARCH CONFIGURATION {CONFIG} ALTER MAPPING FOR {_WORDS} WITH {STEMS}"
        )
    vector = " || ".join(
        f"setweight(to_tsvector('{CONFIG}', {column}), '{letter}')"
        for column, letter in zip(WEIGHTS, _LETTERS, strict=True)
    )
    # A migration that alters one of the columns of words drops the vector first.
    cursor.execute(
        f"ALTER TABLE {TABLE} ADD COLUMN IF NOT EXISTS vector tsvector "
        f"GENERATED ALWAYS AS ({vector}) STORED"
    )
    cursor.execute(f"CREATE INDEX IF NOT EXISTS {TABLE}_vector ON {TABLE} USING gin (vector)")


def rebuild_index(cursor: Any) -> None:
    """Make SQLite's index anew from the table; PostgreSQL's is part of the table."""
    if connection.vendor == "sqlite":
        cursor.execute(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('rebuild')")


def forget(cursor: Any) -> None:
    """Take what was deleted out of SQLite's index too, where it stays until pages are merged."""
    if connection.vendor == "sqlite":
        cursor.execute(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('optimize')")


def sound(cursor: Any) -> bool:
    """Whether SQLite's index agrees with the table; PostgreSQL's cannot but agree."""
    if connection.vendor == "sqlite":
        try:
            with transaction.atomic():
                cursor.execute(f"INSERT INTO {INDEX} ({INDEX}, rank) VALUES ('integrity-check', 1)")
        except DatabaseError:
            return False
    return True
