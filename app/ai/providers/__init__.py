"""An account's own providers, and which model does what."""
