"""What the frame of a page puts into each of its forms: nobody typed it, so it is not kept, nor sent again (pure)."""

FRAME_FIELDS = frozenset(("csrf_token", "for_site"))
