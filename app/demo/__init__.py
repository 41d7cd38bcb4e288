"""The demo account that a first `make run` starts with."""
