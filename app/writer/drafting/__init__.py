"""Drafts: writing them in sections, checking them against the brief, rewriting them."""
