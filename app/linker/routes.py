"""The Linker in the browser: the overview, batches and settings."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import gettext, ngettext
from app.core.tenancy import owned
from app.linker import actions, batches, content_routes, listing
from app.linker import settings as link_settings
from app.linker.blueprint import bp
from app.linker.listing import LINK_BATCH_LIST, LINK_LIST
from app.linker.models import LinkBatch
from app.linker.permissions import LinkerPermission
from app.linker.plan import routes as plan_routes
from app.linker.plan.listing import batch_repairs
from app.linker.prices import linking_quote
from app.linker.run_kinds import KINDS
from app.publishing.selection import chosen_ids
from app.saved_views.batch_form import selection, shown_run
from app.saved_views.current import arranged
from app.sites.current import current_site, needed_site

__all__ = ["bp", "content_routes", "plan_routes"]


@bp.get("/")
@requires(LinkerPermission.READ)
def index() -> str:
    """The pages of the present site with their links, and the figures of it."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    shown = arranged("link_pages")
    query = LINK_LIST.read(shown.values)
    partial = {
        "site": site,
        "query": query,
        "arranged": shown,
        "list_spec": shown.spec,
        "page": listing.list_linked_pages(site.account_id, site.id, query),
    }
    if is_partial_request():
        return render_template("linker/_pages.html", **partial)
    return page_or_partial(
        "linker/index.html",
        "linker/_pages.html",
        **partial,
        figures=listing.link_figures(site),
        run=shown_run(KINDS, site),
        shown=[(name, gettext(label)) for name, (label, _condition) in listing.SHOWN.items()],
        price=linking_quote(site),
    )


@bp.post("/read/")
@requires(LinkerPermission.WRITE)
def read_site() -> Any:
    """Have the changed pages of the site read."""
    site = needed_site()
    run = actions.start_reading_pages(site.account_id, current_actor(), site.id)
    db.session.commit()
    return redirect_to(url_for("linker.index", run=run.id))


@bp.post("/propose/")
@requires(LinkerPermission.WRITE)
def propose() -> Any:
    """Propose links for the chosen contents."""
    return _started(_chosen_pages(), apply=False)


@bp.post("/propose/contents/")
@requires(LinkerPermission.WRITE)
def propose_for_contents() -> Any:
    """The same from the Content Manager: the form's `content_ids`, or all that match the filters of that list."""
    return _started(chosen_ids(), apply=False)


@bp.post("/apply/")
@requires(LinkerPermission.WRITE)
def apply_links() -> Any:
    """Put links into the chosen contents, where they are good enough."""
    return _started(_chosen_pages(), apply=True)


def _chosen_pages() -> list[int]:
    site, chosen = needed_site(), selection("ids").required("item")
    return listing.matching_pages(site.account_id, site.id, chosen.filters) if chosen.all_matching else chosen.ids


def _started(ids: Sequence[int], *, apply: bool) -> Response:
    site = needed_site()
    started = actions.start_linking(site.account_id, current_actor(), site.id, ids, apply=apply)
    db.session.commit()
    if started.left_out:
        words = ngettext(
            "%(num)s text is being linked already.", "%(num)s texts are being linked already.", started.left_out
        )
        toast(words, "info")
    return redirect_to(url_for("linker.index", run=started.run.id))


@bp.get("/batches/")
@requires(LinkerPermission.READ)
def link_batches() -> str:
    """What was linked in this site, the newest first."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    page = listing.list_link_batches(site.account_id, site.id, request.args)
    figures = batches.batch_figures([batch.id for batch in page.items])
    return page_or_partial(
        "linker/batches.html", "linker/_batches.html", page=page, list_spec=LINK_BATCH_LIST, figures=figures
    )


@bp.get("/batches/<int:linking_id>/")
@requires(LinkerPermission.READ)
def show_batch(linking_id: int) -> str:
    """One batch and its links."""
    account_id = current_account_id()
    batch = owned(LinkBatch, linking_id, account_id)
    figures = batches.batch_figures([batch.id])[batch.id]
    return render_template(
        "linker/batch.html",
        batch=batch,
        figures=figures,
        elsewhere=batches.found_elsewhere(batch, figures),
        can_undo=bool(figures.left) or (batch.undone_at is None and batches.is_at_work(batch)),
        links=listing.batch_links(account_id, batch),
        repairs=batch_repairs(account_id, batch),
    )


@bp.post("/batches/<int:linking_id>/undo/")
@requires(LinkerPermission.WRITE)
def undo_batch(linking_id: int) -> Any:
    """Take all links of a batch out again."""
    run = actions.undo_link_batch(current_account_id(), current_actor(), linking_id)
    db.session.commit()
    return redirect_to(url_for("linker.index", run=run.id))


@bp.get("/settings/")
@requires(LinkerPermission.READ)
def show_settings() -> Any:
    """The rules of the present site."""
    return _settings()


@bp.post("/settings/")
@requires(LinkerPermission.MANAGE)
def save_settings() -> Any:
    """Save the rules; 422 with the form when something is wrong, 409 when somebody else saved meanwhile."""
    site, form = needed_site(), request.form
    try:
        link_settings.save_link_settings(
            site.account_id, current_actor(), site.id, _read_form(), seen=_number(form.get("version"))
        )
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status in (403, 404):
            raise
        return _settings(error)
    toast(gettext("The rules for links are saved."))
    return redirect_to(url_for("linker.show_settings"))


def _read_form() -> link_settings.SettingsForm:
    form = request.form
    return link_settings.SettingsForm(
        most_per_content=_number(form.get("most_per_content")),
        words_per_link=_number(form.get("words_per_link")),
        least_score=_number(form.get("least_score"), -1),
        rel=form.get("rel", ""),
        nofollow_paths=_lines("nofollow_paths"),
        never_from=_lines("never_from"),
        never_to=_lines("never_to"),
        sentences=bool(form.get("sentences")),
    )


def _lines(name: str) -> list[str]:
    return request.form.get(name, "").replace("\0", "").splitlines()


def _number(text: str | None, otherwise: int = 0) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def _settings(error: DomainError | None = None) -> Any:
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    stored = link_settings.settings_for(site)
    values = {
        "most_per_content": stored.most_per_content,
        "words_per_link": stored.words_per_link,
        "least_score": stored.least_score,
        "rel": stored.rel,
        "nofollow_paths": "\n".join(stored.nofollow_paths),
        "never_from": "\n".join(link_settings.addresses_of(site, stored.never_from)),
        "never_to": "\n".join(link_settings.addresses_of(site, stored.never_to)),
        "sentences": stored.sentences,
    }
    if error is not None:
        values |= {name: request.form.get(name, "") for name in values if name != "sentences"}
        values["sentences"] = bool(request.form.get("sentences"))
    page = render_template(
        "linker/settings.html", site=site, values=values, version=stored.version, error=error, rels=link_settings.RELS
    )
    return page, error.status if error else 200
