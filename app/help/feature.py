"""The user guide, as a feature."""

from app.core.features import Feature
from app.help.routes import bp

FEATURE = Feature(key="help", place=180, blueprints=(bp,))
