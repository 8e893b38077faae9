"""Charts as a template draws them, and names that are hard to draw."""

from typing import Any

from django.template import Context, Template

from tests.web.markup import Markup

LONG = "Example Laboratory for the Very Long Name of Which Nobody Ever Remembers the End " * 2
RTL = "مختبر المثال"


def render(source: str, **context: Any) -> Markup:
    """Drawn on a page, which is found to be well formed."""
    drawn = html(source, **context)
    markup = Markup(f"<!doctype html><html><body><h1>A page</h1>{drawn}</body></html>")
    assert markup.problems == []
    return markup


def html(source: str, **context: Any) -> str:
    return Template("{% load charts record %}" + source).render(Context(context))
