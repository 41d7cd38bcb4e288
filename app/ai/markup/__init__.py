"""What models write, as clean HTML and blocks."""
