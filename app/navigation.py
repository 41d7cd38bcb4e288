"""The side navigation, in the order of the pipeline."""

from typing import Any

from flask import url_for

from app.accounts import module_routes
from app.core import features


def navigation(path: str) -> list[dict[str, Any]]:
    """Entries with label, address, icon name and whether `path` lies in them; modules that are off have none."""
    entries = []
    for line in features.navigation():
        module = features.module_of_blueprint(line.endpoint.partition(".")[0])
        if module is not None and not module_routes.module_on(module.key):
            continue
        kids = [_entry(text, target, None, path) for text, target in line.children]
        entry = _entry(line.label, line.endpoint, line.icon, path)
        entry["children"] = kids
        entry["active"] = entry["active"] or any(kid["active"] for kid in kids)
        entries.append(entry)
    return entries


def _entry(label: str, endpoint: str, icon: str | None, path: str) -> dict[str, Any]:
    href = url_for(endpoint)
    return {"label": label, "href": href, "icon": icon, "active": path.startswith(href)}
