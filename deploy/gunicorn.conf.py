"""How gunicorn serves the site: `gunicorn --config deploy/gunicorn.conf.py tracker.wsgi`.

systemd's unit, the demo, the bench and the tests of deploying and stopping start it with this file;
tests that kill its processes have another (tests/journeys/served.py), so that a successor is at
hand. BIND and WEB_CONCURRENCY of the environment say where and with how many processes; a socket
that systemd hands over (on-record-web.socket) wins over BIND.
"""

import os
from pathlib import Path
from typing import Any

bind = os.environ.get("BIND") or "127.0.0.1:8000"

# Rendering keeps a core busy, and one more process answers while another starts. Each holds some
# 100 MB: a machine with many cores and little memory says fewer by WEB_CONCURRENCY.
workers = int(os.environ.get("WEB_CONCURRENCY") or max(2, min(os.cpu_count() or 1, 8)))
# A browser keeps idle connections open, each of which would keep a whole process; and who waits for
# the database keeps no other waiting. Each process has one pool of as many connections.
worker_class = "gthread"
threads = 8

# Not loaded before the fork: no connection, pool or thread is made that a fork would tear in two.
# (A new release is a restart all the same, on systemd's socket: HUP would give the new processes
# what this one has imported of the old release, such as the class of its log.)
preload_app = False
# Never replaced by age: a new process begins with an empty cache of pages, and what grows without
# end should be seen (docs/operations.md) and mended. MemoryMax of the unit is the last resort.
max_requests = 0

timeout = 120  # seconds without a sign of life, after which a process is taken for hung
graceful_timeout = 30  # seconds that answers have to be finished when it stops
# Longer than nginx keeps its end open (60 s), or it might write into what is just being closed.
keepalive = 75
# The sign of life is a file's date: on a disk that is busy, it would wait for the disk.
if Path("/dev/shm").is_dir():  # noqa: S108 - gunicorn makes a private file in it
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# The address of a next page can hold a search and the words it stopped at; nginx in front refuses
# what is longer (414) or has larger headers. Nobody sends us names for the application's own place.
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
forwarder_headers = ""
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}

# forwarded_allow_ips is left as it is: who says by X-Forwarded-Proto how the reader came is
# believed on a Unix socket and from this machine; another's nginx is named in FORWARDED_ALLOW_IPS.

loglevel = "warning"
logger_class = "tracker.letters.serverlog.MaskingLogger"  # no reader's link reaches a log
accesslog = None  # nginx in front keeps one, without addresses and tokens
control_socket_disable = True


# --- What all processes count meets in one folder (tracker/answers/measuring.py) ------------------

_counts = Path(__file__).resolve().parent.parent / "var" / "metrics"
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_counts))


def on_starting(server: Any) -> None:
    """Forget what processes counted that are gone."""
    from tracker.answers import measuring

    measuring.forget_the_dead()


def child_exit(server: Any, worker: Any) -> None:
    """Keep of one that has ended what must not go back to nothing."""
    from tracker.answers import measuring

    measuring.ended(worker.pid)
