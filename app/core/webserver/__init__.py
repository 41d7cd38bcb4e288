"""Our gunicorn worker, in which a slow client does not hold a thread."""
