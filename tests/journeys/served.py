"""gunicorn's settings where a test kills its processes: a successor answers at once.

The site is imported once, before gunicorn forks. It has no connection to the database by then.
"""

import importlib
from typing import Any

preload_app = True
workers = 2
loglevel = "error"
control_socket_disable = True


def when_ready(server: Any) -> None:
    """Import every page as well, which else the first request of each worker would do."""
    importlib.import_module("tracker.urls")
