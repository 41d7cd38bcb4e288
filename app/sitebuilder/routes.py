"""All routes of the Site Builder."""

from app.sitebuilder import (
    asset_routes,
    canvas_routes,
    preview_routes,
    section_routes,
    site_routes,
    version_routes,
    wizard_routes,
)
from app.sitebuilder.blueprint import bp
from app.sitebuilder.deploy import routes as deploy_routes

__all__ = [
    "asset_routes",
    "bp",
    "canvas_routes",
    "deploy_routes",
    "preview_routes",
    "section_routes",
    "site_routes",
    "version_routes",
    "wizard_routes",
]
