"""JSON-LD for a page: data in a script element that no text of the record can end."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString, mark_safe

#: Of everything that the record gives away.

#: What could end the element or, read as JavaScript, the string: written as JSON escapes.
_ESCAPES = {ord(char): f"\\u{ord(char):04X}" for char in "<>&\u2028\u2029"}


def script(data: Mapping[str, Any]) -> SafeString:
    """`<script type="application/ld+json">` with the data.

    These characters occur in JSON inside of strings alone, where an escape means the same. NaN and
    infinity, which JSON has not, raise ValueError.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    escaped = text.translate(_ESCAPES)
    # no character of it can end the element: that is what was escaped
    return mark_safe(f'<script type="application/ld+json">{escaped}</script>')  # noqa: S308
