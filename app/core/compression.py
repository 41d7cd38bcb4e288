"""Answers are sent compressed: pages and fragments shrink to about a seventh; tables and feeds are compressed too.

Style sheets and scripts are compressed when they are asked for first, and kept so. Other files, and what is streamed,
go as they are. The token against forged requests is masked (`app/core/csrf.py`).
"""

from flask import Flask, Response, current_app, request
from flask_compress import Compress

compress = Compress()
TEXT_FILES = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
MIN_BYTES = 1000


def init_app(app: Flask) -> None:
    """Compress what people read, above the size at which that saves more than it costs."""
    app.config.update(
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_MIMETYPES=["text/html", "application/json", "text/csv", "text/plain"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_LEVEL=5,
        COMPRESS_MIN_SIZE=MIN_BYTES,
        COMPRESS_STREAMS=False,
    )
    compress.init_app(app)
    app.after_request(_CompressedFiles().send)


class _CompressedFiles:
    """The style sheets and scripts of this process as brotli has them, by name and version."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def send(self, response: Response) -> Response:
        """after_request: send the file compressed to whoever takes it so.

        Its ETag is weak then: it stands for either form, and a browser may ask by it whether the file has changed.
        """
        is_text = request.endpoint == "static" and response.mimetype in TEXT_FILES and response.status_code == 200
        if not is_text or not request.accept_encodings["br"] or (response.content_length or 0) < MIN_BYTES:
            return response
        etag = response.get_etag()[0]
        if etag is None:
            return response
        version = request.path, etag
        if version not in self._kept:
            response.direct_passthrough = False
            self._kept[version] = compress.compress(current_app, response, "br")
        response.close()
        response.direct_passthrough = False
        response.set_data(self._kept[version])
        response.headers["Content-Encoding"] = "br"
        response.headers.pop("Accept-Ranges", None)
        response.set_etag(etag, weak=True)
        return response
