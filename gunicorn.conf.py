"""How `gunicorn config.wsgi` serves Paperpost; the command line and GUNICORN_CMD_ARGS say otherwise."""

worker_class = "config.server.WaitressWorker"
logger_class = "config.json_logs.ServerLogger"
workers = 2
threads = 4
worker_connections = 2000  # of each process, where the system lets it have as many files
max_requests = 5000
max_requests_jitter = 500
# No access log: an address with a reader's token is that reader's key.
accesslog = None
