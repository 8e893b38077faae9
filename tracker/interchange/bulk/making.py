"""Making the package: by one maker at a time, whole or not at all, of one moment of the record."""

import fcntl
import hashlib
import json
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F

from tracker.assessments.models import Assessment
from tracker.changes.kinds import Kind
from tracker.changes.log import timestamp
from tracker.changes.models import Broad, ChangeTopic, LogHead
from tracker.changes.topics import ALL
from tracker.commitments.models import Commitment
from tracker.curation.roles import NOUNS
from tracker.interchange.bulk.computed import Computing
from tracker.interchange.bulk.describing import (
    DATABASE,
    DESCRIPTOR,
    LOG,
    README,
    RECORD,
    RECORD_SCHEMA,
    SUMS,
    TYPES,
    VIEWS,
    ZIP,
    as_json,
    descriptor,
    readme,
)
from tracker.interchange.bulk.files import File, Sheets, csv_name, measured, pieces, write_file
from tracker.interchange.bulk.logged import rows_of_entry
from tracker.interchange.bulk.tables import all_tables, rows_of
from tracker.interchange.bulk.totals import rows_of_totals
from tracker.interchange.record_files.format import named
from tracker.interchange.record_files.schema import record_schema
from tracker.interchange.record_files.snapshot import snapshot
from tracker.interchange.record_files.writing import chunks
from tracker.reading.head import Head
from tracker.reading.stream import lines_after
from tracker.records.dates import today
from tracker.records.models import Record
from tracker.records.plain import Plain

KEPT = 2  # packages: the newest, and the one that somebody may be in the middle of
LOT = 500  # records in memory at once
MANIFEST = ".made.json"
_UNFINISHED = ".making-"

#: The first and last moments that a ZIP file can name.
_ZIP_YEARS = (1980, 2107)


@dataclass(frozen=True)
class Made:
    """A package as it lies in its folder. `seconds` is how long it took."""

    folder: Path
    site: str
    sequence: int
    hash: str
    day: date
    at: datetime  # when it was made
    seconds: float
    files: Mapping[str, File]


def names() -> frozenset[str]:
    """Every file that a package has, the ZIP file of the others among them."""
    return frozenset({*TYPES, *map(csv_name, all_tables())})


def make(*, wait: bool = True) -> Made | None:
    """The package of where the log ends now; made only if there is none yet.

    One maker works at a time, whatever the processes: the others wait, or get None.
    """
    home: Path = settings.DATA_DIR
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home, wait) as alone:
        if not alone:
            return None
        _throw_away(each for each in home.glob(f"{_UNFINISHED}*"))  # of a maker that was killed
        earlier = packages()
        redaction = newest_redaction() if earlier else 0
        _throw_away(each.folder for each in earlier if each.sequence < redaction)
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=home))
        try:
            made = _make(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        kept = sorted(packages(), key=lambda each: each.at, reverse=True)[:KEPT]
        folders = {each.folder for each in (*kept, made)}
        _throw_away(each for each in home.iterdir() if each.is_dir() and each not in folders)
        return made


def packages() -> list[Made]:
    """Those that there are, of whatever site and log."""
    home: Path = settings.DATA_DIR
    if not home.is_dir():
        return []
    found = (_read(each) for each in home.iterdir() if not each.name.startswith("."))
    return [each for each in found if each is not None]


def newest_redaction() -> int:
    """The number of its entry, or 0: a package made before it may hold what it took away."""
    redactions = ChangeTopic.objects.filter(Broad(F("topic")), topic=ALL, kind=Kind.REDACTION)
    redactions = redactions.order_by("-sequence")
    return redactions.values_list("sequence", flat=True).first() or 0


def site_key() -> str:
    """Of all that the files hold and the record does not."""
    tables = [[name, *table.names] for name, table in all_tables().items()]
    site = [settings.RELEASE, settings.SITE_URL, settings.SITE_NAME, tables]
    return hashlib.sha256(json.dumps(site).encode()).hexdigest()[:12]


def folder_of(sequence: int, log_hash: str, day: date) -> Path:
    """Where the package of this entry and day lies, if it was made."""
    home: Path = settings.DATA_DIR
    return home / f"{sequence}-{day.isoformat()}-{log_hash[:16]}-{site_key()}"


def package_of(sequence: int, log_hash: str, day: date) -> Made | None:
    """The package of this entry and day."""
    return _read(folder_of(sequence, log_hash, day))


def _read(folder: Path) -> Made | None:
    try:
        made = _parsed(folder, (folder / MANIFEST).stat().st_mtime_ns)
        sizes = [((folder / name).stat().st_size, file.size) for name, file in made.files.items()]
    except (OSError, ValueError, KeyError):  # thrown away, in part perhaps, or not ours
        return None
    return made if all(there == said for there, said in sizes) else None


@lru_cache(maxsize=8)
def _parsed(folder: Path, written: int) -> Made:
    said = json.loads((folder / MANIFEST).read_text())
    return Made(
        folder=folder,
        site=said["site"],
        sequence=said["sequence"],
        hash=said["hash"],
        day=date.fromisoformat(said["day"]),
        at=datetime.fromisoformat(said["at"]),
        seconds=said["seconds"],
        files={name: File(**file) for name, file in said["files"].items()},
    )


@contextmanager
def _alone(home: Path, wait: bool) -> Iterator[bool]:
    """Hold the lock of all makers; it ends with its process, however that ends."""
    with (home / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def _throw_away(folders: Iterator[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


# --- The files -----------------------------------------------------------------------------------


def _make(folder: Path) -> Made:
    began = time.monotonic()
    with snapshot():
        head = Head(*LogHead.objects.values_list("sequence", "at", "hash").get(pk=1))
        day = today()
        goal = folder_of(head.sequence, head.hash, day)
        if there := _read(goal):
            return there
        files = _of_the_record(folder, day)
    tables = all_tables().values()
    for name, text in (
        (RECORD_SCHEMA, as_json(record_schema())),
        (README, readme(head, day, tables)),
    ):
        files[name] = write_file(folder / name, [text])
    described = as_json(descriptor(head, day, tables, files))
    files[DESCRIPTOR] = write_file(folder / DESCRIPTOR, [described])
    files[SUMS] = write_file(folder / SUMS, [_sums(files)])
    files[ZIP] = _zipped(folder, sorted(files), head.at)
    beside = {name: file for name, file in files.items() if name != SUMS}
    files[SUMS] = write_file(folder / SUMS, [_sums(beside)])
    _write_manifest(folder, head, day, time.monotonic() - began, files)
    if goal.exists():  # without a manifest that can be read, or no longer whole
        shutil.rmtree(goal)
    folder.chmod(0o755)  # the command may be run by another account than the site
    folder.rename(goal)
    made = _read(goal)
    assert made is not None
    return made


def _of_the_record(folder: Path, day: date) -> dict[str, File]:
    """Record file, log, tables and database, in the transaction of one moment."""
    files = {
        RECORD: write_file(folder / RECORD, chunks()),
        LOG: write_file(folder / LOG, lines_after(0)),
    }
    sheets = Sheets(folder, all_tables(), folder / DATABASE)
    try:
        computing, begins = Computing(day), _begins(folder / RECORD)
        # first what others are computed from
        for model in sorted(NOUNS, key=lambda each: (each is not Commitment, each is Assessment)):
            for plains in _lots(folder / RECORD, begins.get(model)):
                for plain, computed in zip(plains, computing.of(model, plains), strict=True):
                    sheets.add(rows_of(model, plain, computed))
        sheets.add(rows_of_totals(day))
        with (folder / LOG).open(encoding="utf-8", newline="\n") as log:
            for line in log:
                sheets.add(rows_of_entry(json.loads(line)))
        files |= sheets.done(VIEWS)
    finally:
        sheets.close()
    files[DATABASE] = measured(folder / DATABASE)
    return files


def _begins(path: Path) -> dict[type[Record], int]:
    """Where the list of each noun that has records begins: the byte after its heading."""
    headings = {f'"{named(model)}": ['.encode(): model for model in NOUNS}
    found, at = dict[type[Record], int](), 0
    with path.open("rb") as file:
        for line in file:
            at += len(line)
            if model := headings.get(line[:-1]):
                found[model] = at
    return found


def _lots(path: Path, begin: int | None) -> Iterator[list[Plain]]:
    """The records of a noun from the record file, which has one a line, some at a time."""
    lot: list[Plain] = []
    if begin is None:  # there are none
        return
    with path.open("rb") as file:
        file.seek(begin)
        for line in file:
            if not line.startswith(b'{"'):
                break
            lot.append(json.loads(line.rstrip(b",\n")))
            if len(lot) == LOT:
                yield lot
                lot = []
    if lot:
        yield lot


def _sums(files: Mapping[str, File]) -> str:
    """As sha256sum writes and checks them."""
    return "".join(f"{file.sha256}  {name}\n" for name, file in sorted(files.items()))


def _zipped(folder: Path, members: list[str], at: datetime | None) -> File:
    """The same bytes for the same files: the time of each is that of the log's head."""
    moment = (at or datetime(1980, 1, 1, tzinfo=UTC)).astimezone(UTC).timetuple()[:6]
    first, last = _ZIP_YEARS
    moment = (min(max(moment[0], first), last), *moment[1:])
    with zipfile.ZipFile(folder / ZIP, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in members:
            about = zipfile.ZipInfo(name, moment)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.create_system, about.external_attr = 3, 0o100644 << 16  # Unix, a file
            about.file_size = (folder / name).stat().st_size  # so that a long one gets 64 bits
            with archive.open(about, "w") as member:
                for piece in pieces(folder / name):
                    member.write(piece)
    return measured(folder / ZIP)


def _second_of_its_own() -> datetime:
    """Now, once no other package bears this second: readers may ask by it (Last-Modified)."""
    others = {each.at.replace(microsecond=0) for each in packages()}
    while (now := datetime.now(UTC)).replace(microsecond=0) in others:
        time.sleep(1 - now.microsecond / 1_000_000)
    return now


def _write_manifest(
    folder: Path, head: Head, day: date, seconds: float, files: Mapping[str, File]
) -> None:
    said: dict[str, Any] = {
        "site": site_key(),
        "sequence": head.sequence,
        "hash": head.hash,
        "day": day.isoformat(),
        "at": timestamp(_second_of_its_own()),
        "seconds": round(seconds, 3),
        "files": {name: {"size": file.size, "sha256": file.sha256} for name, file in files.items()},
    }
    (folder / MANIFEST).write_text(json.dumps(said))
