"""Pictures for a text: planned, changed by people, and drawn."""
