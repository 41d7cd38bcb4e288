"""Clusters suggested for what came from WordPress, as a feature."""

from app.core.features import Feature
from app.suggestions.routes import bp
from app.suggestions.run_kinds import KINDS
from app.suggestions.services import connect

FEATURE = Feature(
    key="suggestions",
    blueprints=(bp,),
    run_kinds=KINDS,
    audit_words={"bulk.suggestions": "Suggested clusters accepted or undone"},
    connect=connect,
)
