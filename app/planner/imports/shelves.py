"""Where files of keywords are kept."""

from datetime import timedelta

from app.core.media import Shelf

UPLOADS = Shelf("uploads", retention=timedelta(hours=6), quota=64 * 1024 * 1024)  # files of previews
IMPORTS = Shelf("imports", retention=timedelta(days=30))  # files of runs, which may be tried again
REPORTS = Shelf("reports", retention=timedelta(days=90))  # rejected rows
