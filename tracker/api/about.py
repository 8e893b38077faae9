"""What every address of the API has in common, in words: for its description and for its page.

Names of parameters and the like stand between backticks.
"""

from tracker.api.nouns import AFTER, CURSOR, FIELDS, LIMIT, NOUNS
from tracker.api.views import ITEMS, MOST
from tracker.reading.filtering import AS_OF


def about() -> list[tuple[str, str]]:
    """Headings, each with a paragraph."""
    dated = ", ".join(name for name, noun in NOUNS.items() if noun.takes_as_of)
    return [
        (
            "What it is",
            "All that the pages show, as JSON, to be read by anybody: no key and no "
            "account. Pages of other sites may read it too (CORS). It holds what is published, "
            "and nothing of the private texts of sources. The data are under CC BY 4.0.",
        ),
        (
            "Lists and pages",
            f"A list is `results` and `next`, the address of the next page: ask for it as it "
            f"stands until it is null. The `{CURSOR}` in it is signed and good for that list "
            f"alone, so it is given out and never made. `{LIMIT}` says how many items stand on a "
            f"page: {ITEMS}, at most {MOST}. The log is walked by `{AFTER}`, the number of the "
            "last entry that you have.",
        ),
        (
            "Some fields alone",
            f"`{FIELDS}` slims each item to the fields that you name, with commas between.",
        ),
        (
            "The world on a day",
            f"`{AS_OF}` gives the world as it was on a day, as today’s record dates it: {dated} "
            "take it. “Today” is the date at UTC−12. What the record itself said then is in its "
            "log, the changes.",
        ),
        (
            "Numbers",
            "`low`, `high` and `coverage` are shares from 0 to 1 of at most six decimals; "
            "`percent` is both ends in whole per cent, halves rounded up. The axes of a "
            "commitment (verdict, so far, confidence, contested, schedule, lifecycle) are apart "
            "and are to be said together; `said` says it. `words` is the text as it is printed and "
            "`quotation` its slug, which the tables and the record file call `words`.",
        ),
        (
            "Caching",
            "Every good answer has an `ETag`. Send it back as `If-None-Match`, and the answer is "
            "304 without a body until the record changes or a day passes. Errors are never "
            "cached.",
        ),
        (
            "Errors",
            "Problem details (RFC 9457), `application/problem+json`: `detail` is a sentence. A "
            "parameter that is unknown, malformed or given twice is 400, and `parameter` names "
            "it; an empty one counts as none. What is not there, or not public, is 404; what was "
            "retracted is 410, with the entry of the log that says why; anything but GET and HEAD "
            "is 405. An address of some thousands of characters may be refused with 414 by a "
            "server on the way, in its own words.",
        ),
        (
            "Versions",
            "Within `/api/v1/` fields and values may be added, and none is taken away or given "
            "another meaning.",
        ),
    ]
