"""Public text is sent compressed to whoever can read it so."""

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.utils.cache import patch_vary_headers

#: Whoever names it so will not have it, where Django sees no more than the name.
_REFUSED = re.compile(r"\bgzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", re.IGNORECASE)


def accepts_gzip(accepted: str) -> bool:
    """Whether whoever sends this Accept-Encoding can read gzip."""
    return bool(re_accepts_gzip.search(accepted)) and not _REFUSED.search(accepted)


class PublicGZipMiddleware(GZipMiddleware):
    """Django's, for what any cache may keep.

    What is not to be stored may hold a token, whose letters compression would help to guess; a
    stream is sent as it is made. Nothing public is secret, so no random bytes are needed: the same
    page is the same bytes.
    """

    max_random_bytes = 0

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress, or leave as it is."""
        if response.streaming or "no-store" in response.get("Cache-Control", ""):
            return response
        if response.get("Content-Type") == "image/png":  # which is compressed already
            return response
        # said also of what is too short to be worth it, such as the 304 of a long answer
        patch_vary_headers(response, ("Accept-Encoding",))
        if not accepts_gzip(request.headers.get("Accept-Encoding", "")):
            return response
        return super().process_response(request, response)
