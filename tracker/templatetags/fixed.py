"""What says the same on many pages, and is rendered once."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from tracker.answers.following import Following
from tracker.web.choosing import Field

register = template.Library()


@register.simple_tag
@lru_cache(64)
def fixed(name: str, site_name: str) -> SafeString:
    """A template of every page, which knows the site and nothing of the page."""
    return render_to_string(name, {"site_name": site_name, "everything": Following()})


@register.simple_tag(name="field")
@lru_cache(256)
def field_of_form(field: Field) -> SafeString:
    """One field of a form above a list, with all that can be chosen."""
    return render_to_string("_field.html", {"field": field})
