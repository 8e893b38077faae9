#!/usr/bin/env python
"""Django's command line for On Record."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    if sys.argv[1:2] == ["demo"]:
        # The demo needs nothing from its user: settings keep a secret of its own in var/.
        os.environ.setdefault("ON_RECORD_DEMO", "1")

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # A missing setting is a sentence for whoever starts the site, not a traceback.
        sys.exit(f"On Record cannot start: {error}")
    except Exception as error:
        # Nor is a full disk, a folder nobody may enter or a database that is away; a mistake is.
        from tracker.operations.telling import told

        if "--traceback" in sys.argv or not (said := told(error)):
            raise
        sys.exit(said)


if __name__ == "__main__":
    main()
