"""What a record file may bring although today's rules would not let it be published.

The file holds what has been published before. Some rules look at other records, which may have
changed since with entries of their own in the log: a source's tier was corrected, a lab denied
what had been judged, an outcome or a question to the lab was retracted, a criterion was added for a
new occasion. `curation.rules` marks exactly those problems as `dated`; every other one refuses a
file as it refuses a curator. What is let through is told to whoever imports, problem by problem.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tracker.records.models import Record
from tracker.records.plain import Problem

KEPT = 200  # warnings; of more, only the number


@dataclass
class History:
    """Collects what was let through as history: at most KEPT sentences, and how many there are."""

    warnings: list[str] = field(default_factory=list)
    count: int = 0

    def tell(self, record: Record, problem: Problem) -> None:
        """Note one problem that does not keep the record from being written."""
        self.count += 1
        if len(self.warnings) < KEPT:
            self.warnings.append(f"{record._meta.verbose_name} {record.slug!r}: {problem}")


def remaining(
    record: Record, problems: Sequence[Problem], history: History | None
) -> list[Problem]:
    """The problems that refuse the record; with a `history`, the dated ones are told there."""
    if history is None:
        return list(problems)
    for problem in problems:
        if problem.dated:
            history.tell(record, problem)
    return [problem for problem in problems if not problem.dated]
