"""Engines that `make run` and the tests start themselves."""
