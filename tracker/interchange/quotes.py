"""Every quotation of the record against the texts that are said to print it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tracker.reading.published import published
from tracker.sources.checking import Check, sha256_text, verify_selector
from tracker.sources.models import Quotation

Texts = Mapping[str, str]  # the text of a document by the SHA-256 of its bytes


@dataclass(frozen=True)
class QuoteReport:
    """The check of one quotation; `start` counts code points of the text before folding."""

    id: str
    source: str
    exact: str
    start: int | None
    status: str
    message: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The line of `check_quotes --json`."""
        return {name: value for name, value in asdict(self).items() if name != "message"}


def texts_in(folder: Path) -> Texts:
    """The UTF-8 texts in a folder. Raises NotADirectoryError, or ValueError naming the file."""
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder.")
    files = [file for file in sorted(folder.iterdir()) if file.is_file()]
    return {sha256_text(file.read_bytes()): text_of(file) for file in files}


def text_of(file: Path) -> str:
    """A file's text, as it stands. Raises OSError, or ValueError where it is not UTF-8."""
    try:
        return file.read_bytes().decode()  # not read_text, which would change its line ends
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not UTF-8 text (byte {error.start}).") from None


def check_all(texts: Texts) -> Iterator[QuoteReport]:
    """Check each published quotation, against `texts` or else the source's own archived text."""
    quotations = published(Quotation).select_related("source").order_by("source__slug", "start")
    for quotation in quotations.iterator(chunk_size=500):
        yield check(quotation, texts)


def check(quotation: Quotation, texts: Texts) -> QuoteReport:
    """Check one quotation: verified only where the words stand at its start, between its ends."""
    source = quotation.source
    text = texts.get(source.sha256) or source.archived_text
    if not text:
        missing = f"no text with the SHA-256 of {source.slug!r} is at hand"
        return _report(quotation, Check.UNCHECKED, quotation.start, missing)
    if quotation.start is None:
        return _report(quotation, Check.UNCHECKED, None, "its start is not recorded")
    try:
        result = verify_selector(
            text, quotation.exact, quotation.prefix, quotation.suffix, quotation.start
        )
    except ValueError as error:  # no words, or more text than is checked
        return _report(quotation, Check.UNCHECKED, quotation.start, str(error))
    message = ""
    if result.status == Check.ALTERED:
        message = f"the document prints: {result.true_words}"
    elif result.status != Check.VERIFIED:
        message = "the document does not print it there"
    return _report(quotation, result.status, result.start, message)


def _report(quotation: Quotation, status: Check, start: int | None, message: str) -> QuoteReport:
    return QuoteReport(
        quotation.slug, quotation.source.slug, quotation.exact, start, status.value, message
    )
