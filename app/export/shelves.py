"""Where exports are kept."""

from app.core.media import Shelf

EXPORTS = Shelf("exports")
