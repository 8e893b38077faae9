"""The site's settings, with less patience for a database: a test waits for each to run out."""

from tracker.settings import *  # noqa: F403
from tracker.settings import DATABASES, INSTALLED_APPS

for _each in DATABASES.values():
    _each["OPTIONS"]["pool"] |= {"timeout": 1, "reconnect_timeout": 1}
    _each["OPTIONS"]["options"] = "-c statement_timeout=1000 -c lock_timeout=300"

# Fast on purpose, and only here: tables are made at once and not by their history.
_LABELS = [name.removesuffix(".apps.TrackerConfig").rpartition(".")[2] for name in INSTALLED_APPS]
MIGRATION_MODULES = dict.fromkeys(_LABELS)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
