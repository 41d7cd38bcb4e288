"""What the site last reported of itself (`site-metadata`), kept on the connection: forms need not wait for it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.core.clock import iso, utcnow
from app.core.extensions import db
from app.core.tenancy import owned
from app.sites.connection import credentials_for, open_client
from app.sites.models import Site

KEY = "facts"
KEPT = ("post_types", "taxonomies", "authors", "upload", "woocommerce")
FRESH = timedelta(minutes=10)
MOST = 500


@dataclass(frozen=True)
class SiteFacts:
    """Plain values; all empty while the site was never asked.

    `templates`: names by file, of pages. `taxonomies`: (name, label). `post_types_of`: the post types that each
    taxonomy is for. `default_author`: who writes when nobody is named. `makes_terms`: whether a publish makes terms
    that the site lacks. `max_bytes`: the largest file that the server takes. `editor_types`: media types that the
    site's image editor makes sizes of; None when the plugin does not report it, and takes no other file for an image
    than the image. `extensions`: the endings of documents, sound and film that it takes; None when the plugin does not
    report it.
    """

    templates: dict[str, str] = field(default_factory=dict)
    taxonomies: list[tuple[str, str]] = field(default_factory=list)
    post_types_of: dict[str, frozenset[str]] = field(default_factory=dict)
    authors: list[tuple[str, str]] = field(default_factory=list)
    default_author: str = ""
    makes_terms: bool = True
    max_bytes: int | None = None
    mime_types: frozenset[str] = frozenset()
    editor_types: frozenset[str] | None = None
    extensions: frozenset[str] | None = None
    asked_at: datetime | None = None

    @property
    def is_fresh(self) -> bool:
        """True when the answer is recent enough not to ask again."""
        return self.asked_at is not None and utcnow() - self.asked_at < FRESH


def stored_facts(site: Site) -> SiteFacts:
    """What the site answered last; makes no call."""
    values = site.connection.remote.get(KEY) if site.connection else None
    return _read(values) if isinstance(values, dict) else SiteFacts()


def has_shop(site: Site) -> bool:
    """Whether WooCommerce is active on the site; True as well while the site was never asked."""
    values = site.connection.remote.get(KEY) if site.connection else None
    shop = values.get("woocommerce") if isinstance(values, dict) else None
    return bool(shop.get("active")) if isinstance(shop, dict) else True


def fetch_facts(account_id: int, site_id: int) -> SiteFacts:
    """Ask the site and keep the answer; commits before and after the call. Raises WordPressError."""
    credentials = credentials_for(owned(Site, site_id, account_id))
    db.session.commit()
    with open_client(credentials) as client:
        answer = client.get("site-metadata", read_seconds=8)
    settings = answer.get("settings") if isinstance(answer.get("settings"), dict) else {}
    values = {name: answer.get(name) for name in KEPT}
    values |= {"default_author": _default_author(settings or {}), "asked_at": iso(utcnow())}
    values["auto_create_terms"] = (settings or {}).get("auto_create_terms") is not False
    connection = owned(Site, site_id, account_id).connection
    if connection and connection.key_id == credentials.key_id:  # not paired again meanwhile
        connection.remote = {**connection.remote, KEY: values}
    db.session.commit()
    return _read(values)


def _default_author(settings: dict[str, Any]) -> str:
    acting = settings.get("acting_user")
    name = acting.get("name") if isinstance(acting, dict) else None
    return str(settings.get("default_author") or name or "")[:254]


def _read(values: dict[str, Any]) -> SiteFacts:
    pages = next((entry for entry in _entries(values, "post_types") if entry.get("name") == "page"), {})
    templates = pages.get("templates")
    upload = values.get("upload") if isinstance(values.get("upload"), dict) else {}
    maximum = (upload or {}).get("max_bytes")
    mime_types, editor_types = (upload or {}).get("mime_types"), (upload or {}).get("editor_types")
    extensions = (upload or {}).get("extensions")
    return SiteFacts(
        templates={str(file): str(name) for file, name in templates.items()} if isinstance(templates, dict) else {},
        taxonomies=[(str(e.get("name")), str(e.get("label") or e.get("name"))) for e in _entries(values, "taxonomies")],
        post_types_of=_post_types_of(values),
        authors=[
            (str(e.get("email")), str(e.get("name") or "")) for e in _entries(values, "authors") if e.get("email")
        ],
        default_author=str(values.get("default_author") or ""),
        makes_terms=values.get("auto_create_terms") is not False,
        max_bytes=maximum if isinstance(maximum, int) and maximum > 0 else None,
        mime_types=frozenset(str(mime) for mime in mime_types) if isinstance(mime_types, list) else frozenset(),
        editor_types=frozenset(str(mime) for mime in editor_types) if isinstance(editor_types, list) else None,
        extensions=frozenset(map(str, extensions)) if isinstance(extensions, list) else None,
        asked_at=_instant(values.get("asked_at")),
    )


def _post_types_of(values: dict[str, Any]) -> dict[str, frozenset[str]]:
    entries = [(str(entry.get("name")), entry.get("object_types")) for entry in _entries(values, "taxonomies")]
    return {name: frozenset(map(str, types)) for name, types in entries if isinstance(types, list)}


def _entries(values: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entries = values.get(name)
    return [entry for entry in entries[:MOST] if isinstance(entry, dict)] if isinstance(entries, list) else []


def _instant(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
