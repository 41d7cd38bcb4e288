"""Small rules of wording. Pure."""


def many(count: int, noun: str) -> str:
    """`1 keyword`, `2,000 keywords`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
