"""Where the files of images are kept."""

from app.core.media import Shelf

IMAGES = Shelf("images")
RENDITIONS = Shelf("renditions")  # smaller files made of images; they can be made again
