"""The lowest layer: it knows nothing of the product."""
