"""Addresses in a served page that no visitor can open, such as pictures that stayed in somebody's browser (pure)."""

import re
from typing import Any

from app.core.html_scan import scan
from app.publishing.verification.issues import make_issue

LOCAL = re.compile(r"(?:blob|file):", re.IGNORECASE)


def address_issues(html: str) -> list[dict[str, Any]]:
    """An issue for each such address. Themes use ``data:`` rightly, for what is still to be loaded."""
    if not LOCAL.search(html):
        return []
    local = [address for address in scan(html).local_addresses() if LOCAL.match(address)]
    message = "The page holds an address that visitors cannot open: “{}”."
    return [make_issue("SERVED_ADDRESS", message.format(address)) for address in local]
