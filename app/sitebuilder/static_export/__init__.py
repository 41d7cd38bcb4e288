"""A planned site as files that open from disk and on any web server: HTML, CSS and pictures, no script."""
