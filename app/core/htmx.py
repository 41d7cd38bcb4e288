"""Answers for HTMX and for plain browsers from one route."""

import json
from typing import Any
from urllib.parse import urlsplit

from flask import Response, flash, g, redirect, render_template, request

TOAST_KEY = "hx_toasts"


def is_partial_request() -> bool:
    """True when HTMX wants a fragment, not when it restores history.

    A boosted link counts: it names what it replaces.
    """
    hx = request.htmx  # type: ignore[attr-defined]
    return bool(hx) and not hx.history_restore_request


def is_within(path: str) -> bool:
    """Whether HTMX asks from the page at this path."""
    return urlsplit(request.headers.get("HX-Current-URL", "")).path == path


def page_or_partial(page_template: str, partial_template: str, **context: Any) -> str:
    """The fragment for HTMX, the whole page (which includes the fragment) for everyone else."""
    return render_template(partial_template if is_partial_request() else page_template, **context)


def redirect_to(url: str) -> Response:
    """Send the browser to `url`: 303, or `HX-Redirect` when HTMX asked."""
    if request.htmx:  # type: ignore[attr-defined]
        for item in g.pop(TOAST_KEY, []):
            undoable = {"message": item["message"], "undo": item["undo"]}
            flash(undoable if item["undo"] else item["message"], item["level"])  # type: ignore[arg-type]
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url, code=303)  # type: ignore[return-value]


def toast(
    message: str, level: str = "success", field: str | None = None, *, changed: int | None = None, undo: str = ""
) -> None:
    """Show a short message: at once with HTMX, on the next page otherwise.

    `level` is ``success``, ``error`` or ``info``; a success by which 0 rows `changed` is shown as info, without a tick.
    `field` names the form field that it is about: the page shows it there if the form that was sent has that field.
    `undo` is an address that undoes it when something is posted to it: HTMX, and the page it leads to, get a button.
    """
    if level == "success" and changed == 0:
        level = "info"
    if is_partial_request():
        g.setdefault(TOAST_KEY, []).append({"message": message, "level": level, "field": field, "undo": undo})
    else:
        flash(message, level)


def attach_toasts(response: Response) -> Response:
    """after_request: put the toasts of this request into `HX-Trigger` (ASCII JSON)."""
    items = g.pop(TOAST_KEY, [])
    if items:
        message = " ".join(item["message"] for item in items)
        detail = {"message": message, "level": items[-1]["level"]}
        detail |= {name: items[-1][name] for name in ("field", "undo") if items[-1][name]}
        response.headers["HX-Trigger"] = json.dumps({"toast": detail})
    return response
