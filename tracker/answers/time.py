"""The day that a page shows the world on, and the ways from it to other days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.http import QueryDict

from tracker.reading.filtering import AS_OF
from tracker.records.dates import today


@dataclass(frozen=True)
class Shown:
    """The day that a page shows; `path` and `query` are the address that was asked."""

    day: date
    path: str
    query: QueryDict

    @cached_property
    def past(self) -> bool:
        """Whether it is a day before today, which a banner has to say."""
        return self.day < today()

    @property
    def value(self) -> str:
        """The day as a form's field and as the parameter have it; "" for today."""
        return self.day.isoformat() if self.past else ""

    @cached_property
    def suffix(self) -> str:
        """What keeps the day in an address without other parameters; "" for today."""
        return f"?{AS_OF}={self.value}" if self.past else ""

    @property
    def latest(self) -> str:
        """The last day that can be asked for."""
        return today().isoformat()

    @property
    def carried(self) -> Sequence[tuple[str, str]]:
        """The other parameters, which the form keeps; without the page of a list, since on
        another day the list is another."""
        rest = self._rest()
        return [(name, value) for name in rest for value in rest.getlist(name)]

    @property
    def today_url(self) -> str:
        """The same page as of today."""
        return self._at(self._rest())

    @property
    def permanent_url(self) -> str:
        """The address of this very view, whatever the day on which it is opened."""
        query = self._rest("")
        query[AS_OF] = self.day.isoformat()
        return self._at(query)

    def _rest(self, left_out: str = "page") -> QueryDict:
        rest = QueryDict(mutable=True)
        for name, values in self.query.lists():
            # a form sends its empty fields too: they ask for nothing
            if name not in (AS_OF, left_out) and any(values):
                rest.setlist(name, [value for value in values if value])
        return rest

    def _at(self, query: QueryDict) -> str:
        return f"{self.path}?{query.urlencode()}" if query else self.path
