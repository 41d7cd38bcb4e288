"""The pages of planned sites as a whole: their list, and what is done with one of them."""

from typing import Any

from flask import render_template, request, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.sitebuilder import actions, listing
from app.sitebuilder.blueprint import bp
from app.sitebuilder.example import example_answers
from app.sitebuilder.listing import BLUEPRINT_LIST
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sites.current import current_site, needed_site

READ, WRITE = SiteBuilderPermission.READ, SiteBuilderPermission.WRITE


@bp.get("/")
@requires(READ)
def index() -> str:
    """The planned sites of the present site."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    account_id, query = current_account_id(), BLUEPRINT_LIST.read(request.args)
    page = listing.list_blueprints(account_id, site.id, query)
    return page_or_partial(
        "sitebuilder/index.html",
        "sitebuilder/_sites.html",
        site=site,
        page=page,
        query=query,
        list_spec=BLUEPRINT_LIST,
        counts=listing.count_pages([blueprint.id for blueprint in page.items]),
        in_trash=listing.count_in_trash(account_id, site.id),
        is_trash=query.filter_values.get("show") == listing.TRASH,
        labels=listing.STATUS_LABELS,
        statuses=[(key, gettext(label)) for key, label in listing.STATUS_LABELS.items()],
    )


@bp.post("/new/")
@requires(WRITE)
def create_site() -> Any:
    """Plan a site; with `example=1` its answers are those of an example."""
    config = example_answers() if request.form.get("example") == "1" else None
    blueprint = actions.create_blueprint(current_account_id(), current_actor(), needed_site().id, config)
    db.session.commit()
    return redirect_to(url_for("site_builder.wizard", blueprint_id=blueprint.id))


@bp.post("/<int:blueprint_id>/rename/")
@requires(WRITE)
def rename_site(blueprint_id: int) -> Any:
    """Give it the form's `name`."""
    try:
        actions.rename_blueprint(current_account_id(), current_actor(), blueprint_id, request.form.get("name", ""))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status != 422:
            raise
        toast(f"{error.message} {error.cure}".strip(), "error")
        return redirect_to(url_for("site_builder.index"))
    toast(gettext("Renamed."))
    return redirect_to(url_for("site_builder.index"))


@bp.post("/<int:blueprint_id>/duplicate/")
@requires(WRITE)
def duplicate_site(blueprint_id: int) -> Any:
    """Make a copy of it."""
    copy = actions.duplicate_blueprint(current_account_id(), current_actor(), blueprint_id)
    db.session.commit()
    toast(gettext("“%(name)s” is made.", name=copy.name))
    return redirect_to(url_for("site_builder.index"))


@bp.post("/<int:blueprint_id>/trash/")
@requires(WRITE)
def trash_site(blueprint_id: int) -> Any:
    """Move it to the trash."""
    blueprint = actions.trash_blueprint(current_account_id(), current_actor(), blueprint_id)
    db.session.commit()
    toast(
        gettext("“%(name)s” is in the trash.", name=blueprint.name),
        undo=url_for("site_builder.restore_site", blueprint_id=blueprint_id),
    )
    return redirect_to(url_for("site_builder.index"))


@bp.post("/<int:blueprint_id>/restore/")
@requires(WRITE)
def restore_site(blueprint_id: int) -> Any:
    """Bring it back from the trash."""
    blueprint = actions.restore_blueprint(current_account_id(), current_actor(), blueprint_id)
    db.session.commit()
    toast(gettext("“%(name)s” is restored.", name=blueprint.name))
    return redirect_to(url_for("site_builder.index"))
