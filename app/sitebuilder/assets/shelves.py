"""Where the bytes of sites' files are kept."""

from app.core.media import Shelf

ASSETS = Shelf("site-assets")
