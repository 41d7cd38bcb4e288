"""What sites tell the domains above. In the transaction at hand (`app.core.hooks`)."""

from app.core.hooks import Hook

# (account_id, site_id) once the plugin of a site said hello, or answered for the first time since its key was made.
site_paired: Hook[[int, int]] = Hook()
# (sector_id) before a sector is deleted: lock what is in it, since its sector column is set to null.
sector_deleting: Hook[[int]] = Hook()
