"""What is wrong with a record file: a sentence each, with file, line and field."""

from collections.abc import Iterable
from typing import NoReturn

from tracker.records.models import Record
from tracker.records.plain import Problem

MOST = 200  # sentences; of more, only the number


class RecordFileError(Exception):
    """The file cannot be brought in, and nothing was written; `lines` say why."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


class Problems:
    """Collects sentences, at most MOST of them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self._lines: list[str] = []

    def add(self, message: str, line: int = 0, *where: str) -> None:
        """One sentence; `where` are the record and the field."""
        self.count += 1
        if len(self._lines) < MOST:
            at = [self.file, *([f"line {line}"] if line else []), *(each for each in where if each)]
            self._lines.append(visible(f"{', '.join(at)}: {message}"))

    def of_record(
        self, model: type[Record], slug: str, line: int, problems: Iterable[Problem]
    ) -> None:
        """Those of one record."""
        for problem in problems:
            named = f"{model._meta.verbose_name_plural} {slug!r}"
            self.add(problem.message, line, named, problem.field)

    def stop(self, message: str, line: int = 0) -> NoReturn:
        """One sentence that ends the reading; raises RecordFileError with all there are."""
        self.add(message, line)
        raise self._error()

    def refuse_if_any(self) -> None:
        """Raise RecordFileError where there is a problem."""
        if self.count:
            raise self._error()

    def _error(self) -> RecordFileError:
        more = self.count - len(self._lines)
        also = [f"And {more:,} more problem{'s' if more > 1 else ''}."] if more else []
        return RecordFileError(self._lines + also)


def visible(text: str) -> str:
    """The text on one line, whatever it holds: what cannot be shown is written as its code."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
