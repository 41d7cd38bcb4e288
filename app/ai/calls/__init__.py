"""The record of calls, what they cost and may cost."""
