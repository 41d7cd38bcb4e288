"""The publishing rules of a site in the browser."""

from typing import Any

from flask import render_template, request, url_for
from pydantic import ValidationError

from app.core.access import current_account_id, current_actor, requires
from app.core.edits import EditConflict, differing, etag
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.sites import actions, rules
from app.sites.blueprint import bp
from app.sites.error_codes import error_for
from app.sites.models import Site
from app.sites.settings_routes import settings_page


@bp.get("/<int:site_id>/rules/")
@requires(Permission.SITES_READ)
def show_rules(site_id: int) -> str:
    """The form with the site's rules, read from the plugin now (a fragment); what is wrong when it cannot be read."""
    site = owned(Site, site_id, current_account_id())
    try:
        site_rules = rules.fetch_rules(current_account_id(), site_id)
    except NotFound:
        raise
    except DomainError as error:
        return render_template("sites/_rules.html", site=site, site_rules=None, error=error.as_dict())
    return render_template("sites/_rules.html", site=owned(Site, site_id, current_account_id()), **_shown(site_rules))


def _shown(site_rules: rules.SiteRules, typed: rules.Rules | None = None) -> dict[str, Any]:
    """What the form shows: the rules as they are kept, or as they were `typed`."""
    overflows = {key: gettext(words) for key, words in rules.OVERFLOWS.items()}
    tag = etag(site_rules.rules.model_dump())
    values = typed or site_rules.rules
    return {"site_rules": site_rules, "rules": values, "overflows": overflows, "tag": tag, "theirs": None}


@bp.post("/<int:site_id>/rules/")
@requires(Permission.SITES_MANAGE)
def save_rules(site_id: int) -> Any:
    """Send the rules to the plugin, which keeps the later change of both sides; 409 when this form is older."""
    owned(Site, site_id, current_account_id())
    posted, expected = _posted(), request.form.get("etag")
    try:
        is_applied = actions.change_rules(current_account_id(), current_actor(), site_id, posted, expected=expected)
    except EditConflict as error:
        db.session.rollback()
        return _overtaken(site_id, posted, error), error.status
    if is_applied:
        db.session.commit()
        toast(gettext("Saved in WordPress."))
    else:
        toast(gettext("Somebody changed these rules in WordPress just now. Here is what holds."), "info")
    return redirect_to(url_for("sites.settings", site_id=site_id, tab="publishing"))


def _overtaken(site_id: int, posted: rules.Rules, error: EditConflict) -> str:
    """The form with what was chosen beside what somebody else saved: alone for HTMX, else within its tab."""
    site_rules = rules.fetch_rules(current_account_id(), site_id)
    stored = site_rules.rules.model_dump()
    theirs = differing(stored, posted.model_dump(), rules.LABELS, _words(site_rules))
    site = owned(Site, site_id, current_account_id())
    shown = _shown(site_rules, posted) | {"error": error, "theirs": theirs}
    if is_partial_request():
        return render_template("sites/_rules.html", site=site, **shown)
    return settings_page(site, "publishing", fragment="sites/_rules.html", **shown)


def _words(site_rules: rules.SiteRules) -> dict[str, str]:
    """The kept rules as their form says them, by name."""
    kept = site_rules.rules
    labels = {one["name"]: one["label"] for one in site_rules.post_types}
    categories = {one["id"]: one["name"] for one in site_rules.categories}
    switches = {name: gettext("Yes") if value else gettext("No") for name, value in kept if isinstance(value, bool)}
    return switches | {
        "post_types": ", ".join(labels.get(name, name) for name in kept.post_types),
        "fallback_category": categories.get(kept.fallback_category, ""),
        "gallery_overflow": gettext(rules.OVERFLOWS.get(kept.gallery_overflow, kept.gallery_overflow)),
    }


def _posted() -> rules.Rules:
    form = request.form
    try:
        return rules.Rules.model_validate(
            {
                "post_types": form.getlist("post_types"),
                "auto_create_terms": form.get("auto_create_terms") == "1",
                "fallback_category": form.get("fallback_category") or None,
                "gallery_limit": form.get("gallery_limit", "5"),
                "gallery_overflow": form.get("gallery_overflow", "skip"),
                "default_author": form.get("default_author") or None,
                "seo_meta_tags": form.get("seo_meta_tags") == "1",
            }
        )
    except ValidationError as error:
        label = gettext(rules.LABELS[str(error.errors()[0]["loc"][0])])
        raise error_for("RULE_INVALID", message=gettext("“%(label)s” cannot be that.", label=label)) from error
