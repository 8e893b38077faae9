"""How many entries a second one publisher appends on PostgreSQL: in one statement, or one a table.

    python bench/appending.py

Both ways by turns, a transaction an entry, on a PostgreSQL started for it (durability off); the
best of the rounds, since anything else on the machine only makes a round slower.
"""

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS, ENTRIES = 8, 200


def rate() -> float:
    from django.db import transaction

    from tests.changes.logs import entry
    from tracker.changes.log import append

    begun = time.perf_counter()
    for number in range(ENTRIES):
        with transaction.atomic():
            append([entry(number, commitments=["example-commitment"], pledge="example-pledge")])
    return ENTRIES / (time.perf_counter() - begun)


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from tracker.changes import log, storing

    ways = {"one statement": storing.store_at_once, "one a table": storing.store_by_table}
    call_command("migrate", verbosity=0)
    best = dict.fromkeys(ways, 0.0)
    for _ in range(ROUNDS):
        for name, way in ways.items():
            log.store = way
            best[name] = max(best[name], rate())
    for name, figure in best.items():
        print(f"{name}: {figure:.0f} entries a second")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from tests.both_databases import postgres, postgres_programs

    programs = postgres_programs()
    if programs is None:
        sys.exit("PostgreSQL is not on this machine.")
    with postgres(programs) as url:
        os.environ.update(
            DATABASE_URL=url, SECRET_KEY=url, DJANGO_SETTINGS_MODULE="tracker.settings",
            CHECKPOINT_DIR=str(ROOT / "var" / "none"),
        )  # fmt: skip
        main()
