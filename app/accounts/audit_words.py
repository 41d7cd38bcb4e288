"""What the audit log calls each action, for people. The words come from the features."""

from app.core import features


def action_label(action: str) -> str:
    """The action in words; one that no feature names any more is worded from its key."""
    group, _, rest = action.partition(".")
    return features.audit_words().get(action) or f"{group} {rest}".replace("_", " ").strip().capitalize()
