"""Thinker in the browser: the route modules of its blueprint."""

from app.thinker import persona_routes, prompt_routes, trial_routes
from app.thinker.blueprint import bp

__all__ = ["bp", "persona_routes", "prompt_routes", "trial_routes"]
