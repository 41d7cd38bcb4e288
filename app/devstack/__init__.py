"""What `make run` and the tests start by themselves; nothing in production imports it."""
