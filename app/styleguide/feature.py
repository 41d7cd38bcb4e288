"""The style guide, as a feature: a page of development."""

from app.core.features import Feature
from app.styleguide.routes import bp

FEATURE = Feature(key="styleguide", place=190, blueprints=(bp,), guide={"styleguide": "first-steps"})
