"""HEAD is answered with the headers of GET and without its body."""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

Answering = Callable[[HttpRequest], HttpResponse]


def answered_without_body(get_response: Answering) -> Answering:
    """Middleware: views answer HEAD as they answer GET, and the server must not be handed that.

    It stands outside of CommonMiddleware, so that Content-Length tells of the body that GET gets.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        answer = get_response(request)
        if request.method == "HEAD":
            if answer.streaming:
                cast(StreamingHttpResponse, answer).streaming_content = ()
            else:
                answer.content = b""
        return answer

    return middleware
