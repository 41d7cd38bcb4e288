"""A feature for tests: all that a feature can bring, in one folder."""
