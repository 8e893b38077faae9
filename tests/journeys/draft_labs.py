"""A new database with a Reviewer and so many drafts of labs: `python -m tests.journeys.draft_labs`.

Prints the drafts, a line each: the id and the slug.
"""

import sys

import django
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    from tests.builders import make_lab, make_user

    call_command("migrate", run_syncdb=True, verbosity=0)
    make_user("Reviewers", name="reviewer")
    for _ in range(int(sys.argv[1])):
        lab = make_lab(draft=True)
        print(lab.pk, lab.slug)
