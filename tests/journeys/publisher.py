"""A program that publishes steadily and tries again: `python -m tests.journeys.publisher`.

    python -m tests.journeys.publisher SECONDS PAUSE FILE

What the record has taken is a line of the file, `made SLUG`; what it has refused since its database
was away is one, too: `refused SLUG`, and is tried again under the same slug.
"""

import sys
import time
from pathlib import Path

import django


def publish(seconds: float, pause: float, file: Path) -> None:
    """A lab every so often."""
    from django.db import Error, connection

    from tests.builders import make_lab

    end, number = time.monotonic() + seconds, 0
    with file.open("a", buffering=1) as told:
        while time.monotonic() < end:
            slug = f"example-lab-of-the-hour-{number}"
            try:
                make_lab(slug=slug, name=f"Example Lab of the hour {number}")
                told.write(f"made {slug}\n")
                number += 1
            except Error as error:
                told.write(f"refused {slug} {type(error).__name__}\n")
            finally:
                connection.close()
            time.sleep(pause)


if __name__ == "__main__":
    django.setup()
    publish(float(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
