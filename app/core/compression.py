"""Answers are sent compressed: pages and fragments shrink to about a seventh; tables and feeds are compressed too.

Files and what is streamed go as they are. The token against forged requests is masked (`app/core/csrf.py`).
"""

from flask import Flask
from flask_compress import Compress

compress = Compress()


def init_app(app: Flask) -> None:
    """Compress what people read, above the size at which that saves more than it costs."""
    app.config.update(
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_MIMETYPES=["text/html", "application/json", "text/csv", "text/plain"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_LEVEL=5,
        COMPRESS_MIN_SIZE=1000,
        COMPRESS_STREAMS=False,
    )
    compress.init_app(app)
