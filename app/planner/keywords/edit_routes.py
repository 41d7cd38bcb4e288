"""One keyword in the browser: its page, a new one, changes, deleting it."""

from typing import Any

from flask import render_template, request, url_for

from app.core.access import current_account_id, current_actor, offers, requires
from app.core.edits import EditConflict, differing, etag
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.planner import actions
from app.planner.blueprint import bp
from app.planner.clusters import services as clusters
from app.planner.keywords import edits as keyword_edits
from app.planner.keywords.edits import KeywordExists
from app.planner.keywords.fields import LABELS, KeywordForm, stored_texts
from app.planner.models import INTENTS, Keyword
from app.sites.current import current_site, needed_site, work_on
from app.sites.models import Site
from app.sites.services import sector_choices


@bp.get("/keywords/<int:keyword_id>/", endpoint="keyword")
@requires(Permission.PLANNER_READ)
def keyword_page(keyword_id: int) -> Any:
    """One keyword: its figures, its cluster, and that cluster's content."""
    keyword = owned(Keyword, keyword_id, current_account_id())
    return _page(keyword, KeywordForm.of(keyword), etag(stored_texts(keyword)))


@bp.post("/keywords/<int:keyword_id>/")
@requires(Permission.PLANNER_WRITE)
def update_keyword(keyword_id: int) -> Any:
    """Save a keyword: 422 with the fields that are wrong, 409 when it exists already or somebody else saved."""
    account_id, form = current_account_id(), KeywordForm.sent(request.form)
    expected = request.form.get("etag", "")
    if form.errors:
        return _page(owned(Keyword, keyword_id, account_id), form, expected, status=422)
    try:
        actions.update_keyword(account_id, current_actor(), keyword_id, form.values, expected=expected)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _refused(owned(Keyword, keyword_id, account_id), form, expected, error)
    toast(gettext("Saved."))
    return redirect_to(url_for("planner.keyword", keyword_id=keyword_id))


@bp.post("/keywords/<int:keyword_id>/delete/")
@requires(Permission.PLANNER_WRITE)
def delete_keyword(keyword_id: int) -> Any:
    """Delete one keyword."""
    keyword = owned(Keyword, keyword_id, current_account_id())
    text = keyword.keyword
    actions.delete_keywords(keyword.account_id, current_actor(), keyword.site_id, Selection([keyword_id]))
    db.session.commit()
    toast(gettext("Deleted “%(text)s”.", text=text))
    return redirect_to(url_for("planner.keywords"))


@bp.get("/keywords/new/")
@requires(Permission.PLANNER_WRITE)
def new_keyword() -> Any:
    """The form of a new keyword, in the cluster `?cluster` when it is named."""
    texts = dict.fromkeys(LABELS, "") | {"cluster": request.args.get("cluster", "")}
    return _new(KeywordForm(texts))


@bp.post("/keywords/new/")
@requires(Permission.PLANNER_WRITE)
def create_keyword() -> Any:
    """Add a keyword; `do` is ``another`` to type the next one. 422 and 409 with the form."""
    site, form = needed_site(), KeywordForm.sent(request.form)
    if form.errors:
        return _new(form, status=422)
    try:
        keyword = keyword_edits.create_keyword(current_account_id(), site.id, form.values)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _new(form, status=error.status, error=error)
    toast(gettext("Added “%(keyword)s”.", keyword=keyword.keyword))
    if request.form.get("do") == "another":
        return redirect_to(url_for("planner.new_keyword", cluster=keyword.cluster_id))
    return redirect_to(url_for("planner.keyword", keyword_id=keyword.id))


def _refused(keyword: Keyword, form: KeywordForm, expected: str, error: DomainError) -> Any:
    """The page with what was typed and why it was not saved; the next save replaces what somebody else saved."""
    theirs = None
    if isinstance(error, EditConflict):
        stored = stored_texts(keyword)
        theirs, expected = differing(stored, form.texts, LABELS, _names(keyword)), etag(stored)
    return _page(keyword, form, expected, status=error.status, error=error, theirs=theirs)


def _names(keyword: Keyword) -> dict[str, str]:
    """Names of its cluster and its sector, which are stored as ids."""
    return {
        "cluster": keyword.cluster.name if keyword.cluster else "",
        "sector": keyword.sector.name if keyword.sector else "",
    }


def _page(
    keyword: Keyword,
    form: KeywordForm,
    tag: str,
    *,
    status: int = 200,
    error: DomainError | None = None,
    theirs: list[tuple[str, str]] | None = None,
) -> Any:
    work_on(keyword.site_id, "planner.keywords")
    return render_template(
        "planner/keyword.html",
        keyword=keyword,
        form=form,
        tag=tag,
        error=error,
        theirs=theirs,
        may_edit=offers(Permission.PLANNER_WRITE),
        **_choices(owned(Site, keyword.site_id, keyword.account_id), form, error),
    ), status


def _new(form: KeywordForm, *, status: int = 200, error: DomainError | None = None) -> Any:
    site = current_site()
    context = _choices(site, form, error) if site else {}
    return render_template("planner/new_keyword.html", site=site, form=form, error=error, **context), status


def _choices(site: Site, form: KeywordForm, error: DomainError | None) -> dict[str, Any]:
    """What the fields choose from; an error about one field is said there."""
    if error is not None and error.field in LABELS:
        form.errors[error.field] = f"{error.message} {error.cure}".strip()
    return {
        "clusters": clusters.cluster_choices(site.account_id, site.id, form.texts["cluster"]),
        "sectors": sector_choices(site),
        "intents": [(name, gettext(name.capitalize())) for name in INTENTS],
        "existing_id": error.keyword_id if isinstance(error, KeywordExists) else None,
    }
