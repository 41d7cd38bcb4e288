"""What ties the domains into one web application: blueprints, the frame's context, error pages."""

from typing import Any

from flask import Flask, g, request

from app import error_pages, models  # noqa: F401  (models complete the metadata)
from app.accounts.module_routes import module_on
from app.core import features
from app.core.errors import NotFound
from app.core.listing.days import are_reversed
from app.core.templating import Later
from app.navigation import list_of_page, navigation

MAX_ID = 2**63 - 1


def init_app(app: Flask) -> None:
    """Register everything a person can reach."""
    for feature in features.all_features():
        for blueprint in feature.blueprints:
            app.register_blueprint(blueprint)
    app.before_request(_refuse_impossible_ids)
    app.context_processor(_frame)
    app.jinja_env.tests["days_reversed"] = are_reversed
    error_pages.init_app(app)


def _refuse_impossible_ids() -> None:
    """Answer 404 to ids that are larger than the integers of the database."""
    for value in (request.view_args or {}).values():
        if isinstance(value, int) and value > MAX_ID:
            raise NotFound()


def _frame() -> dict[str, Any]:
    """What the page frame shows; nothing for strangers and error pages without a database.

    Parts of pages have no frame: what only it shows is read when it is shown.
    """
    if g.get("account_id") is None or g.get("frameless"):
        return {"nav": [], "all_sites": [], "current_site": None, "active_runs_count": 0}
    nav = Later(lambda: navigation(request.path))
    values: dict[str, Any] = {"nav": nav, "guide_topic": Later(lambda: features.guide_of(request.endpoint))}
    for feature in features.all_features():
        if feature.frame is not None and (feature.module is None or module_on(feature.module.key)):
            values |= feature.frame()
    return {**values, "switch_to": Later(lambda: g.get("switch_to") or list_of_page(nav.value))}
