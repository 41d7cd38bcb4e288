"""Pictures that a text wants: planned, changed by people, and drawn."""
