"""The site as it is installed for service: `gunicorn bench.served:application`.

What comes with the extra `dev` alone is not there, as where that is not installed. Libraries of
ours take some of it up where they find it: twenty megabytes in memory that no site has.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

ABSENT = {"chardet", "html5lib", "lxml", "numpy"}


class NotInstalled(MetaPathFinder):
    """Finds none of those. (Whether pandas is there is asked otherwise, and it is loaded late.)"""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        """Nothing at all, or an error."""
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, NotInstalled())

from tracker.wsgi import application  # noqa: E402 - once those are away

__all__ = ["application"]
