"""What a site has, asked before it is imported."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.extensions import db
from app.core.tenancy import owned
from app.sites.connection import credentials_for, open_client
from app.sites.models import Site
from app.sites.wordpress import WordPressClient
from app.sites.wordpress_errors import WordPressError
from app.sync.imports.site_imports import DEFAULT_TYPES, MOST_TYPES, plugin_answers, plugin_too_old_error

SECONDS = 10
MOST_COUNTED = 12


@dataclass(frozen=True)
class TypeFound:
    """A post type of the site. `count` is None when it was not asked for; `is_ours` when it is one that we publish."""

    name: str
    label: str
    count: int | None
    is_ours: bool


@dataclass(frozen=True)
class Survey:
    """Post types with how many there are of each, and the number of terms."""

    types: list[TypeFound]
    terms: int


def survey(account_id: int, site_id: int) -> Survey:
    """Ask the site; commits before the calls. Raises WordPressError, with what cures a plugin that is too old."""
    credentials = credentials_for(owned(Site, site_id, account_id))
    db.session.commit()
    with open_client(credentials) as client:
        try:
            metadata = client.get("site-metadata", read_seconds=SECONDS)
            terms = client.get("taxonomies", {"limit": "1", "count": "1"}, read_seconds=SECONDS)
            types = _types(client, metadata)
        except WordPressError as error:
            if error.code in ("PLUGIN_MISSING", "ROUTE_UNKNOWN") and plugin_answers(credentials):
                raise plugin_too_old_error() from error
            raise
    return Survey(types, _non_negative_int(terms.get("total")) or 0)


def _types(client: WordPressClient, metadata: Mapping[str, Any]) -> list[TypeFound]:
    listed = metadata.get("post_types")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    named = [
        (str(entry.get("name")), str(entry.get("label") or entry.get("name")), bool(entry.get("enabled")))
        for entry in entries[:MOST_TYPES]
        if entry.get("name") != "attachment"
    ]
    named.sort(key=lambda entry: (entry[0] not in DEFAULT_TYPES, not entry[2]))
    return [
        TypeFound(name, label, _count(client, name) if number < MOST_COUNTED else None, is_ours)
        for number, (name, label, is_ours) in enumerate(named)
    ]


def _count(client: WordPressClient, name: str) -> int | None:
    query = {"types": name, "fields": "hashes", "limit": "1", "count": "1"}
    return _non_negative_int(client.get("posts", query, read_seconds=SECONDS).get("total"))


def _non_negative_int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
