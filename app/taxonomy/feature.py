"""Terms, as a feature."""

from app.core.features import Feature
from app.taxonomy.routes import bp

FEATURE = Feature(
    key="taxonomy",
    place=50,
    blueprints=(bp,),
)
