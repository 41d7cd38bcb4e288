"""What a site wants of a publish. The plugin keeps the rules; here they are read, shown and changed."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.clock import iso, utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import N_
from app.core.tenancy import owned
from app.sites.connection import credentials_for, open_client
from app.sites.models import Site
from app.sites.wordpress_errors import WordPressError, wordpress_error

OVERFLOWS = {
    "skip": N_("Leave the rest out"),
    "separate_post": N_("Put the rest in a gallery post of its own, linked from the article"),
    "inline_grid": N_("Show all in a grid at the end of the article"),
}


LABELS = {
    "post_types": N_("Types that may be published"),
    "auto_create_terms": N_("Create terms that are not there"),
    "fallback_category": N_("Category to fall back on"),
    "gallery_limit": N_("Images in a gallery, at most"),
    "gallery_overflow": N_("When there are more"),
    "default_author": N_("Author"),
    "seo_meta_tags": N_("Print title, description and canonical address when no SEO plugin is active"),
}


class Rules(BaseModel):
    """The rules by the names of docs/wire-contract.md, `sync-settings`."""

    model_config = ConfigDict(extra="ignore")

    post_types: list[str] = Field(default_factory=list, max_length=100)
    auto_create_terms: bool = True
    fallback_category: int | None = None
    gallery_limit: int = Field(default=5, ge=1, le=20)
    gallery_overflow: str = "skip"
    default_author: str | None = None
    seo_meta_tags: bool = True


@dataclass(frozen=True)
class SiteRules:
    """The rules with the choices for them, as the site answered just now."""

    rules: Rules
    changed_at: str | None
    changed_by: str | None
    post_types: list[dict[str, Any]]
    categories: list[dict[str, Any]]
    authors: list[dict[str, Any]]
    seo_plugin: dict[str, Any]


def fetch_rules(account_id: int, site_id: int) -> SiteRules:
    """Read the rules from the plugin, with no transaction open. Raises WordPressError."""
    credentials = credentials_for(owned(Site, site_id, account_id))
    db.session.commit()
    with open_client(credentials) as client:
        facts = client.get("site-metadata", read_seconds=15)
    try:
        settings = dict(facts.get("settings") or {})
        return SiteRules(
            Rules.model_validate(settings),
            settings.get("changed_at"),
            settings.get("changed_by"),
            list(facts.get("post_types") or []),
            list(facts.get("categories") or []),
            list(facts.get("authors") or []),
            dict(facts.get("seo_plugin") or {}),
        )
    except (ValidationError, TypeError, ValueError) as error:
        raise wordpress_error("PLUGIN_TOO_OLD") from error


def push_rules(account_id: int, site_id: int, rules: Rules, changed_by: str) -> bool:
    """Send the rules to the plugin; False when it knows of a later change and kept that.

    Raises WordPressError, or DomainError with the plugin's words when a value will not do.
    """
    credentials = credentials_for(owned(Site, site_id, account_id))
    db.session.commit()
    body = {"settings": rules.model_dump(), "changed_at": iso(utcnow()), "changed_by": changed_by[:200]}
    with open_client(credentials) as client:
        try:
            return bool(client.post("sync-settings", body, read_seconds=15).get("applied"))
        except WordPressError as error:
            problems = error.details.get("problems")
            if not isinstance(problems, list) or not problems:
                raise
            words = " ".join(f"{item.get('message', '')} {item.get('cure', '')}".strip() for item in problems)
            raise DomainError(words, code=error.code, details=error.details) from error
