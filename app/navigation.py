"""The side navigation, in the order of the pipeline."""

from typing import Any

from flask import url_for

from app.auth import modules

ENTRIES: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    ("Dashboard", "dashboard.index", "layout-dashboard", ()),
    (
        "Planner",
        "planner.keywords",
        "target",
        (("Keywords", "planner.keywords"), ("Clusters", "planner.clusters"), ("Ideas", "planner.ideas")),
    ),
    ("Writer", "writer.tasks", "pencil", ()),
    ("Content", "content.index", "file-text", ()),
    ("Calendar", "publishing.show_calendar", "calendar", ()),
    ("Sites", "sites.index", "world", ()),
    ("Settings", "account.index", "settings", ()),
)


def navigation(path: str) -> list[dict[str, Any]]:
    """Entries with label, address, icon name and whether `path` lies in them; modules that are off have none."""
    entries = []
    for label, endpoint, icon, children in ENTRIES:
        module = modules.of_blueprint(endpoint.partition(".")[0])
        if module is not None and not modules.module_on(module.key):
            continue
        kids = [_entry(text, target, None, path) for text, target in children]
        entry = _entry(label, endpoint, icon, path)
        entry["children"] = kids
        entry["active"] = entry["active"] or any(kid["active"] for kid in kids)
        entries.append(entry)
    return entries


def _entry(label: str, endpoint: str, icon: str | None, path: str) -> dict[str, Any]:
    href = url_for(endpoint)
    return {"label": label, "href": href, "icon": icon, "active": path.startswith(href)}
