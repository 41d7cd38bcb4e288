"""The publishing rules of a site in the browser."""

from typing import Any

from flask import render_template, request, url_for
from pydantic import ValidationError

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.sites import actions, rules
from app.sites.blueprint import bp
from app.sites.error_codes import error_for
from app.sites.models import Site


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
    return render_template(
        "sites/_rules.html",
        site=owned(Site, site_id, current_account_id()),
        site_rules=site_rules,
        overflows=rules.OVERFLOWS,
    )


@bp.post("/<int:site_id>/rules/")
@requires(Permission.SITES_MANAGE)
def save_rules(site_id: int) -> Any:
    """Send the rules to the plugin, which keeps the later change of both sides."""
    owned(Site, site_id, current_account_id())
    if actions.change_rules(current_account_id(), current_actor(), site_id, _posted()):
        db.session.commit()
        toast(gettext("Saved in WordPress."))
    else:
        toast(gettext("Somebody changed these rules in WordPress just now. Here is what holds."), "info")
    return redirect_to(url_for("sites.settings", site_id=site_id, tab="publishing"))


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
        field = str(error.errors()[0]["loc"][0]).replace("_", " ")
        raise error_for("RULE_INVALID", message=f"The {field} cannot be that.") from error
