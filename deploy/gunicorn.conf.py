"""How gunicorn serves the site: `gunicorn --config deploy/gunicorn.conf.py tracker.wsgi`."""

workers = 2
threads = 8  # a browser keeps idle connections open, each of which would keep a whole worker
timeout = 120  # seconds
loglevel = "warning"
control_socket_disable = True
logger_class = "tracker.letters.serverlog.MaskingLogger"
# the address of a next page can hold a search and the words it stopped at
limit_request_line = 8190
