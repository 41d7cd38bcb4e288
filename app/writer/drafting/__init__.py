"""Drafts: written in sections, checked against the brief, written again."""
