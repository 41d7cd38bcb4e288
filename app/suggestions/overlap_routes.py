"""Pairs that serve the same intent, in the browser: the page, notices next to similar rows, and people's decisions."""

import uuid
from typing import Any

from flask import render_template, request, url_for

from app.content.models import Content
from app.core.access import current_account_id, current_actor, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.request_ids import ids_of, parse_id
from app.core.tenancy import owned
from app.sites.current import current_site, needed_site
from app.suggestions import comparing, overlaps
from app.suggestions.routes import bp

__all__ = ["bp"]

MOST_ROWS = 200


@bp.get("/overlaps/", endpoint="overlaps")
@requires(Permission.CONTENT_READ)
def overlaps_page() -> str:
    """Topics and texts of the present site that serve one intent; with `?dismissed=1` those said not to be the same."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    account_id, dismissed = current_account_id(), request.args.get("dismissed") == "1"
    return render_template(
        "sync/overlaps.html",
        site=site,
        pairs=overlaps.pairs_of(account_id, site.id, dismissed=dismissed),
        dismissed=dismissed,
        counts={kind: overlaps.count_pairs(account_id, site.id, dismissed=kind) for kind in (False, True)},
        has_looked=comparing.has_looked(account_id, site.id),
        run=comparing.active_overlap_search(account_id, site.id),
    )


@bp.post("/overlaps/")
@requires(Permission.CONTENT_WRITE)
def find_overlaps() -> Any:
    """Look for overlaps."""
    site = needed_site()
    comparing.start_overlap_search(current_account_id(), site.id, current_actor())
    db.session.commit()
    return redirect_to(url_for("suggestions.overlaps"))


@bp.get("/overlaps/count/")
@requires(Permission.CONTENT_READ)
def overlaps_count() -> str:
    """How many overlaps the page lists, as a link to it."""
    site = current_site()
    count = overlaps.count_pairs(current_account_id(), site.id) if site else 0
    return render_template("sync/_overlaps_count.html", count=count)


@bp.post("/overlaps/<int:pair_id>/dismiss/")
@requires(Permission.CONTENT_WRITE)
def dismiss_overlap(pair_id: int) -> Any:
    """Record that the two are not the same."""
    return _decided(pair_id, is_same=False)


@bp.post("/overlaps/<int:pair_id>/restore/")
@requires(Permission.CONTENT_WRITE)
def restore_overlap(pair_id: int) -> Any:
    """Undo that decision."""
    return _decided(pair_id, is_same=True)


def _decided(pair_id: int, *, is_same: bool) -> Any:
    """For HTMX the notice or row as it is now, with the way back; a plain form goes back to the page."""
    pair = overlaps.decide_pair(current_account_id(), current_actor(), pair_id, is_same=is_same)
    db.session.commit()
    if not is_partial_request():
        toast(
            gettext("Shown again.")
            if is_same
            else gettext("Kept: these two are not the same. They are under Dismissed.")
        )
        return redirect_to(url_for("suggestions.overlaps"))
    if listed := request.form.get("list", ""):
        return _row(pair, dismissed=listed == "dismissed") if pair else ""
    own = (request.form.get("kind", ""), parse_id(request.form.get("of")) or 0)
    return render_template("sync/_alike_note.html", pair=pair, own=own)


def _row(pair: overlaps.Pair, *, dismissed: bool) -> str:
    """The list's row after a decision, and the counts above the list."""
    account_id, site = current_account_id(), needed_site()
    counts = {kind: overlaps.count_pairs(account_id, site.id, dismissed=kind) for kind in (False, True)}
    row = render_template("sync/_overlap_row.html", pair=pair, dismissed=dismissed)
    return row + render_template("sync/_overlap_tabs.html", counts=counts, dismissed=dismissed, swaps=True)


@bp.get("/alike/")
@requires(Permission.CONTENT_READ)
def alike() -> str:
    """Notices for the rows `?kind=idea&ids=1,2` of a list, each swapped into its row; polls while some are compared."""
    site, kind = needed_site(), request.args.get("kind", "")
    ids = ids_of(request.args.get("ids", "").split(","))[:MOST_ROWS]
    pairs = overlaps.pairs_with(site.account_id, site.id, kind, ids)
    looking = comparing.is_looking(site.account_id, site.id)
    return render_template("sync/_alike_rows.html", kind=kind, ids=ids, found=pairs, looking=looking)


@bp.get("/like-content/<int:content_id>/")
@requires(Permission.CONTENT_READ)
def like_content(content_id: int) -> str:
    """The panel of the editor: what else of the site covers the topic of this content."""
    content = owned(Content, content_id, current_account_id())
    pairs = overlaps.pairs_with(content.account_id, content.site_id, "content", [content.id]).get(content.id, [])
    looking = comparing.is_looking(content.account_id, content.site_id)
    return page_or_partial(
        "sync/alike.html",
        "sync/_alike_content.html",
        content=content,
        pairs=pairs,
        looking=looking,
    )


@bp.post("/like-title/")
@requires(Permission.CONTENT_WRITE)
def like_title() -> Any:
    """Start looking for what is like the title in a form."""
    site, title = needed_site(), request.form.get("title", "")
    own = (request.form.get("kind", ""), parse_id(request.form.get("of")) or 0)
    if not title.strip():
        return render_template("sync/_like_title.html", run=None, items=[])
    run = comparing.start_title(site.account_id, current_actor(), site.id, title, own if own[1] else None)
    db.session.commit()
    return render_template("sync/_like_title.html", run=run, items=[])


@bp.get("/like-title/<uuid:run_id>/")
@requires(Permission.CONTENT_READ)
def liked(run_id: uuid.UUID) -> str:
    """What was found, or that the search is still under way."""
    run, items = comparing.found_for_title(current_account_id(), run_id)
    return render_template("sync/_like_title.html", run=run, items=items)
