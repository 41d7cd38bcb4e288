"""The side navigation, in the order of the pipeline."""

from typing import Any

from flask import request, url_for

from app.accounts import module_routes
from app.core import features
from app.core.languages import gettext


def navigation(path: str) -> list[dict[str, Any]]:
    """Entries with label, address, icon name and whether `path` lies in them; modules that are off have none."""
    entries = []
    for line in features.navigation():
        if not module_routes.is_served(line.endpoint):
            continue
        kids = [_entry(text, target, None, path) for text, target in line.children]
        entry = _entry(line.label, line.endpoint, line.icon, path)
        entry["children"] = _with_one_active(kids)
        entry["active"] = entry["active"] or any(kid["active"] for kid in kids)
        entries.append(entry)
    return entries


def _entry(label: str, endpoint: str, icon: str | None, path: str) -> dict[str, Any]:
    href = url_for(endpoint)
    return {"label": gettext(label), "href": href, "icon": icon, "active": path.startswith(href)}


def _with_one_active(kids: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of lines whose addresses begin alike, the page belongs to the longest."""
    nearest = max((kid["href"] for kid in kids if kid["active"]), key=len, default="")
    return [{**kid, "active": kid["href"] == nearest} for kid in kids]


def list_of_page(nav: list[dict[str, Any]]) -> str:
    """Where choosing another site leads from a page about one item, or sent by POST; empty: stay on the page."""
    if request.method == "GET" and not request.view_args:
        return ""
    entries = [entry for line in nav for entry in (line, *line["children"]) if entry["active"]]
    return str(entries[-1]["href"]) if entries else url_for("dashboard.index")
