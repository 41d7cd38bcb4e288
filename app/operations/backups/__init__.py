"""Backups of database, media and configuration, and restores that are proven."""
