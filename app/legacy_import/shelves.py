"""Where uploaded dumps are kept until their import is over."""

from datetime import timedelta

from app.core.media import Shelf

DUMPS = Shelf("dumps", retention=timedelta(days=30), quota=512 * 1024 * 1024)
