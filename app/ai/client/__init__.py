"""Asking endpoints over HTTP, and reading what they answer."""
