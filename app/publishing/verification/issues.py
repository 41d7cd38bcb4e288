"""What is found wrong with a page that was served: `{code, message, details}`, codes of the table (pure)."""

from typing import Any

OLD_VERSION = "OLD_VERSION"
OTHER_PAGE = "OTHER_PAGE"


def make_issue(code: str, message: str, **details: Any) -> dict[str, Any]:
    """One finding."""
    return {"code": code, "message": message, "details": details}
