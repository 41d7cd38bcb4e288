"""Briefs: what is agreed before a text is written."""
