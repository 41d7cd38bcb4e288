"""A folder of features beside the product's: `tests/core/test_features.py` adds what is in it."""
