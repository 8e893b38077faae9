"""Public text is sent compressed to whoever can read it so."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


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
        return super().process_response(request, response)
