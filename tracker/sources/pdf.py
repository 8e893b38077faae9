"""The text of a PDF, in a process of its own: `python -I pdf.py CHARACTERS SECONDS < file.pdf`.

A PDF is a program: a page can draw a form that draws others, a stream can unpack to gigabytes. The
process limits its own time and memory, so the worst a file can do is to end it. It imports nothing
of the project.
"""

import logging
import resource
import sys
from io import BytesIO

SECONDS = 20
"""Of processor time."""
MEMORY = 1_000_000_000
"""Bytes of address space."""
MAX_PAGES = 2_000
REFUSED = 3
"""The exit status that comes with a sentence on standard error."""
TOO_MUCH = "takes too much work to read; save its text as .txt."


class Unread(Exception):
    """The file is not read; the message is the end of a sentence that begins with its name."""


def text_of_pages(data: bytes, most: int) -> str:
    """The text of at most `most` characters, a blank line between pages. Raises Unread."""
    from pypdf import PdfReader  # only where it is used: the site's own processes never need it
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted:
            raise Unread("is encrypted; save it without a password, or its text as .txt.")
        if len(reader.pages) > MAX_PAGES:
            raise Unread(f"has more than {MAX_PAGES:,} pages.")
        pages: list[str] = []
        for page in reader.pages:
            pages.append(page.extract_text().strip())
            most -= len(pages[-1])
            if most < 0:
                raise Unread("holds more text than is archived.")
    except (MemoryError, RecursionError):
        raise Unread(TOO_MUCH) from None
    # What a damaged file breaks in the library is not always named by it.
    except (PyPdfError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError):
        raise Unread("is damaged: it cannot be read as a PDF.") from None
    return "\n\n".join(page for page in pages if page)


def main() -> int:
    """Read standard input, write the text to standard output; 0, or REFUSED with a sentence."""
    most, seconds = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    logging.disable()  # standard error is for our sentence
    try:
        text = text_of_pages(sys.stdin.buffer.read(), most)
    except Unread as unread:
        sys.stderr.write(str(unread))
        return REFUSED
    sys.stdout.buffer.write(text.encode(errors="replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
