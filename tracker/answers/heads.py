"""HEAD is answered with the headers of GET and without its body."""

from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from tracker.reading.asides import Answering


def answered_without_body(get_response: Answering) -> Answering:
    """Middleware: views answer HEAD as they answer GET, and the server must not be handed that.

    It stands outside of CommonMiddleware, so that Content-Length tells of the body that GET gets.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = get_response(request)
        if request.method == "HEAD":
            if isinstance(answer, StreamingHttpResponse):
                answer.streaming_content = ()
            else:
                cast(HttpResponse, answer).content = b""
        return answer

    return middleware
