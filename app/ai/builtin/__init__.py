"""The built-in way, without a model: outlines, ideas and names by rule."""
