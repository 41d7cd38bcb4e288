"""The user guide and the list of error codes, inside the application."""
