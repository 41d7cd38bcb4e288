"""All routes of Automation."""

from app.automation import execution_routes, pipeline_routes, rule_routes
from app.automation.blueprint import bp

__all__ = ["bp", "execution_routes", "pipeline_routes", "rule_routes"]
