"""What goes wrong with backups and restores, in words."""


class BackupError(Exception):
    """A backup was not made, or cannot be restored; the message says why and what to do."""
