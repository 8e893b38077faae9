"""The addresses of the API (DESIGN section 8)."""

from django.urls import path, re_path, register_converter

from tracker.api import description, views, whatifs
from tracker.api.nouns import NOUNS, Noun


class NounConverter:
    """The name of a noun in an address."""

    regex = "|".join(NOUNS)

    def to_python(self, value: str) -> Noun:
        """The noun."""
        return NOUNS[value]

    def to_url(self, value: Noun | str) -> str:
        """Its name."""
        return value if isinstance(value, str) else value.name


register_converter(NounConverter, "noun")

urlpatterns = [
    path("", views.index, name="api"),
    path("openapi.json", description.openapi, name="openapi"),
    path("docs/", description.docs, name="api-docs"),
    path("sensitivity/", whatifs.sensitivity, name="api-sensitivity"),
    path("sources/<slug:slug>/falling/", whatifs.falling, name="api-falling"),
    path("<noun:noun>/", views.items, name="api-list"),
    path("<noun:noun>/<slug:slug>/", views.item, name="api-detail"),
]

#: Whatever else stands below /api/, line breaks included.
nowhere = re_path(r"^[\s\S]*$", views.nowhere)
