"""Ground floor: no product knowledge."""
