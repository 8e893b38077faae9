"""The site's settings, with what tests want otherwise. Plain `pytest` needs no environment."""

import os
import tempfile
from pathlib import Path

# Before tracker.settings reads them. What a developer's shell holds must not bend a test.
os.environ.setdefault("SECRET_KEY", "only-for-tests")
for name in (
    *("DEBUG", "ON_RECORD_DEMO", "ALLOWED_HOSTS", "SITE_URL", "SITE_NAME"),
    *("DATABASE_REPLICA_URL", "DATABASE_POOL"),
    *("PROXIES", "STAFF_TOTP", "CHECKPOINT_KEY", "CHECKPOINT_DIR", "WEBSUB_HUB"),
    *("EMAIL_URL", "DEFAULT_FROM_EMAIL", "SECURITY_CONTACT", "LOG_FORMAT"),
    *("CACHE_URL", "PAGE_CACHE_BYTES"),
):
    os.environ.pop(name, None)

from tracker.databases import SQLITE_OPTIONS  # noqa: E402
from tracker.settings import *  # noqa: E402, F403
from tracker.settings import DATABASES, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads get connections and locks of their own, as in service. One per
    # process, so that two runs do not meet; durability is no use to a test.
    file = Path(tempfile.gettempdir()) / f"on-record-tests-{os.getpid()}.sqlite3"
    DATABASES["default"]["TEST"] = {"NAME": str(file)}
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS | {
        "init_command": SQLITE_OPTIONS["init_command"].replace(
            "synchronous=FULL", "synchronous=OFF"
        )
    }
else:
    # A test's threads hold a connection each, where a served site gives it back after a request.
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 60, "timeout": 60}
    # A machine under test may stop for longer than a served site should.
    DATABASES["default"]["OPTIONS"]["options"] = "-c lock_timeout=60000"

# One per process, made when a test first writes into it (tests/conftest.py).
CHECKPOINT_DIR = Path(tempfile.gettempdir()) / f"on-record-tests-{os.getpid()}-checkpoints"

# A test looks at once at what it has published, or written past the log. tests/answers/ has a
# cache.
HEAD_SECONDS = 0
PAGE_CACHE_BYTES = 0

# Static files as they lie in the tree, also where somebody ran collectstatic once.
STATIC_ROOT = None
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = True

# Fast on purpose, and only here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# One per process, emptied by tests/admin/conftest.py.
WAITING_IMPORTS = Path(tempfile.gettempdir()) / f"on-record-tests-{os.getpid()}-imports"

# One per process, emptied by tests/conftest.py.
DATA_DIR = Path(tempfile.gettempdir()) / f"on-record-tests-{os.getpid()}-data"
