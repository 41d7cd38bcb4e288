"""Sending files of accounts: from the storage itself where browsers reach it, else through this process."""

from datetime import timedelta
from urllib.parse import quote

from flask import Response, send_file

from app.core.media import Shelf

# A browser asks again before the address that it was sent to has ended.
LED_ELSEWHERE = "private, max-age=240"
SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"
DAY = int(timedelta(days=1).total_seconds())


def send_media(
    shelf: Shelf,
    account_id: int,
    sha256: str,
    mime: str,
    *,
    name: str = "",
    is_attached: bool = False,
    is_final: bool = True,
) -> Response:
    """The bytes, or a redirect to where they are for five minutes. Raises NotFound.

    Browsers keep what `is_final`: never another file under the same address. What `is_attached` they save as `name`.
    """
    disposition = (
        f"{'attachment' if is_attached else 'inline'}; filename*=UTF-8''{quote(name, safe='')}" if name else ""
    )
    address = shelf.link_of(account_id, sha256, mime, disposition)
    if address is not None:
        answer = Response(status=302, headers={"Location": address})
        answer.headers["Cache-Control"] = LED_ELSEWHERE if is_final else "private, no-store"
        return answer
    path = shelf.path_of(account_id, sha256)
    answer = send_file(
        path, mimetype=mime, etag=sha256, max_age=DAY, as_attachment=is_attached, download_name=name or None
    )
    answer.headers["Cache-Control"] = f"private, max-age={DAY}, immutable" if is_final else "private, no-store"
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer
