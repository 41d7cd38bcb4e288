"""gunicorn's worker of ours, in which a slow client holds no thread."""
