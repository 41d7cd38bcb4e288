"""Keywords, clusters and ideas in the browser."""

from app.planner import cluster_routes, idea_routes, import_routes, keyword_edit_routes, keyword_routes
from app.planner.blueprint import bp

__all__ = ["bp", "cluster_routes", "idea_routes", "import_routes", "keyword_edit_routes", "keyword_routes"]
