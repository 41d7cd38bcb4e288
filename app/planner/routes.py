"""Keywords, clusters and ideas in the browser."""

from app.planner.blueprint import bp
from app.planner.clusters import routes as cluster_routes
from app.planner.ideas import routes as idea_routes
from app.planner.imports import routes as import_routes
from app.planner.keywords import edit_routes as keyword_edit_routes
from app.planner.keywords import routes as keyword_routes

__all__ = ["bp", "cluster_routes", "idea_routes", "import_routes", "keyword_edit_routes", "keyword_routes"]
