"""Arranging a list and keeping views of it: the same few pages for every list."""

from typing import Any
from urllib.parse import parse_qsl

from flask import request, stream_with_context
from werkzeug.wrappers import Response

from app.core.access import current_account_id, current_user_id, requires
from app.core.clock import utcnow
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.extensions import db, limiter
from app.core.features import lists
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.listing.address import PLACE
from app.core.listing.arrangement import COMFORTABLE, DENSITIES, arranged_columns, column_names, optional_columns
from app.core.listing.kinds import ListKind
from app.core.listing.pages import page_stamp
from app.core.listing.spec import PAGE_SIZES
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.saved_views import cell_routes, downloads, services, settings
from app.saved_views.blueprint import bp
from app.saved_views.current import (
    NO_VIEW,
    Arranged,
    arranged,
    arranged_by,
    current_person,
    list_address,
    list_kind,
    open_default_view,
    view_address,
)
from app.saved_views.models import SavedView
from app.sites.current import current_site

__all__ = ["bp", "cell_routes"]
bp.before_app_request(open_default_view)


def _query() -> str:
    """The query string of the list that a form or a link carries."""
    return str(request.values.get("query", ""))


def _as_shown(kind: ListKind) -> Arranged:
    return arranged_by(kind.name, dict(parse_qsl(_query())))


def _site_id() -> int | None:
    site = current_site()
    return site.id if site else None


@bp.get("/lists/<list_name>/moved/")
@requires(Permission.PROFILE_MANAGE)
def list_moved(list_name: str) -> Response:
    """Makes the list on the page reload when it no longer has the stamp `?shown=`. For HTMX alone.

    A list of another site than `?of_site=`, chosen in another tab meanwhile, does not replace what is shown.
    """
    kind, site = list_kind(list_name), current_site()
    answer = Response(status=204)
    if site is not None and site.id == parse_id(request.args.get("of_site")):
        query = kind.spec.read(arranged(kind.name).values)
        conditions = kind.spec.where(current_account_id(), site.id, query)
        if page_stamp(kind.spec, query, conditions) != request.args.get("shown"):
            answer.headers["HX-Trigger"] = "listMoved"
    return answer


@bp.post("/lists/<list_name>/display/")
@requires(Permission.PROFILE_MANAGE)
def save_display(list_name: str) -> Any:
    """How many rows a page of the list has for this person, and how close they stand."""
    kind = list_kind(list_name)
    chosen = settings.chosen_display(request.form.get("per_page", ""), request.form.get("density", ""))
    if chosen:
        settings.store_settings(current_account_id(), current_user_id(), kind.name, **chosen)
        db.session.commit()
    gone = dict.fromkeys((*PLACE, "per_page"), "") if "per_page" in chosen else {}
    return redirect_to(list_address(kind, _query(), **gone))


@bp.get("/lists/<list_name>/columns/")
@requires(Permission.PROFILE_MANAGE)
def columns(list_name: str) -> str:
    """The form in which columns are chosen and put in order; a dialog for HTMX."""
    kind = list_kind(list_name)
    shown = column_names(_as_shown(kind).spec.columns)
    others = [column.name for column in optional_columns(kind.spec) if column.name not in shown]
    return _columns_form(kind, [*shown[1:], *others], set(shown))


def _columns_form(kind: ListKind, order: list[str], shown: set[str], pressed: str = "") -> str:
    by_name = {column.name: column for column in optional_columns(kind.spec)}
    setting = settings.setting_of(current_account_id(), current_user_id(), kind.name)
    return page_or_partial(
        "lists/columns.html",
        "lists/_columns.html",
        kind=kind,
        columns=[by_name[name] for name in dict.fromkeys(order) if name in by_name],
        shown=shown,
        query=_query(),
        pressed=pressed,
        page_sizes=PAGE_SIZES,
        per_page=setting.per_page or kind.spec.per_page,
        densities=DENSITIES,
        density=setting.density or COMFORTABLE,
        is_dialog=True,
    )


@bp.post("/lists/<list_name>/columns/")
@requires(Permission.PROFILE_MANAGE)
def save_columns(list_name: str) -> Any:
    """Show these columns in this order: on this view until it is saved, else for this person from now on."""
    kind, form = list_kind(list_name), request.form
    order, shown = form.getlist("order"), set(form.getlist("column"))
    if form.get("move"):
        return _columns_form(kind, _moved(order, form["move"]), shown, form["move"])
    names = [] if form.get("reset") else [name for name in order if name in shown] or [kind.spec.columns[0].name]
    if _as_shown(kind).view is not None:
        names = column_names(arranged_columns(kind.spec, names))
        return redirect_to(list_address(kind, _query(), columns=",".join(names)))
    columns = column_names(arranged_columns(kind.spec, names)) if names else []
    settings.store_settings(current_account_id(), current_user_id(), kind.name, columns=columns)
    db.session.commit()
    return redirect_to(list_address(kind, _query(), columns=""))


def _moved(order: list[str], move: str) -> list[str]:
    """The order after `up:volume` or `down:volume`."""
    direction, _, name = move.partition(":")
    if name not in order:
        return order
    position = order.index(name)
    new_position = max(0, position - 1) if direction == "up" else min(len(order) - 1, position + 1)
    rest = [other for other in order if other != name]
    return [*rest[:new_position], name, *rest[new_position:]]


@bp.get("/lists/<list_name>/views/new/")
@requires(Permission.PROFILE_MANAGE)
def new_view(list_name: str) -> Any:
    """The form that keeps the list as it is shown under a name; a dialog for HTMX."""
    return _view_form(list_kind(list_name))


def _view_form(
    kind: ListKind, view: SavedView | None = None, error: DomainError | None = None, status: int = 200
) -> Any:
    setting = settings.setting_of(current_account_id(), current_user_id(), kind.name)
    form = request.form if error else None
    values = {
        "name": form.get("name", "") if form else view.name if view else "",
        "shared": bool(form.get("shared")) if form else bool(view and view.is_shared),
        "default": bool(form.get("default")) if form else bool(view and setting.view_id == view.id),
    }
    page = page_or_partial(
        "lists/view.html",
        "lists/_view.html",
        kind=kind,
        view=view,
        values=values,
        error=error,
        query=_query(),
        may_share=current_person().may_share(kind),
        may_change=view is None or current_person().may_change(view),
        is_dialog=True,
    )
    return page, status


@bp.post("/lists/<list_name>/views/")
@requires(Permission.PROFILE_MANAGE)
def make_view(list_name: str) -> Any:
    """Keep the list as it was shown as a view; 422 with the form when something is wrong."""
    kind = list_kind(list_name)
    shown = _as_shown(kind)
    try:
        view = services.make_view(
            current_person(),
            kind,
            _site_id(),
            request.form.get("name", ""),
            values=shown.values,
            columns=column_names(shown.spec.columns),
            is_shared=bool(request.form.get("shared")),
            is_default=bool(request.form.get("default")),
        )
    except Forbidden:
        raise
    except DomainError as error:
        db.session.rollback()
        return _view_form(kind, error=error, status=422)
    db.session.commit()
    toast(gettext("Saved the view “%(name)s”.", name=view.name))
    return redirect_to(view_address(view))


@bp.get("/views/<int:view_id>/")
@requires(Permission.PROFILE_MANAGE)
def open_view(view_id: int) -> Response:
    """The address of a view, to be sent to colleagues: leads to its list."""
    view = services.find_view(current_person(), view_id)
    list_kind(view.list_name)
    return redirect_to(view_address(view))


@bp.get("/views/<int:view_id>/edit/")
@requires(Permission.PROFILE_MANAGE)
def edit_view(view_id: int) -> Any:
    """The form of a view; a dialog for HTMX."""
    view = services.find_view(current_person(), view_id)
    return _view_form(list_kind(view.list_name), view)


@bp.post("/views/<int:view_id>/edit/")
@requires(Permission.PROFILE_MANAGE)
def rename_view(view_id: int) -> Any:
    """Save its name, whether it is shared, and whether the list opens with it; 422 with the form when that is wrong."""
    person = current_person()
    view = services.find_view(person, view_id)
    kind = list_kind(view.list_name)
    form = request.form
    is_shared, is_default = bool(form.get("shared")), bool(form.get("default"))
    try:
        services.save_view(person, view, kind, form.get("name", ""), is_shared=is_shared, is_default=is_default)
    except Forbidden:
        raise
    except DomainError as error:
        db.session.rollback()
        return _view_form(kind, view, error, 422)
    db.session.commit()
    toast(gettext("Saved the view “%(name)s”.", name=view.name))
    return redirect_to(view_address(view))


@bp.post("/views/<int:view_id>/update/")
@requires(Permission.PROFILE_MANAGE)
def update_view(view_id: int) -> Any:
    """Keep the filters, order and columns that are shown now as this view."""
    view = services.changeable_view(current_person(), view_id)
    kind = list_kind(view.list_name)
    shown = _as_shown(kind)
    services.change_view(view, kind, _site_id(), shown.values, column_names(shown.spec.columns))
    db.session.commit()
    toast(gettext("Saved the view “%(name)s”.", name=view.name))
    return redirect_to(view_address(view))


@bp.post("/views/<int:view_id>/delete/")
@requires(Permission.PROFILE_MANAGE)
def delete_view(view_id: int) -> Any:
    """Delete the view; the list then offers to bring it back."""
    view = services.changeable_view(current_person(), view_id)
    services.delete_view(view)
    db.session.commit()
    return redirect_to(list_address(lists()[view.list_name], view=NO_VIEW, deleted=str(view.id)))


@bp.post("/views/<int:view_id>/restore/")
@requires(Permission.PROFILE_MANAGE)
def restore_view(view_id: int) -> Any:
    """Bring a deleted view back; when there is no room for it, the list says so and offers it again."""
    person = current_person()
    view = services.changeable_view(person, view_id, deleted=True)
    try:
        services.restore_view(person, view)
    except DomainError as error:
        db.session.rollback()
        toast(f"{error.message} {error.cure}", "error")
        return redirect_to(list_address(lists()[view.list_name], view=NO_VIEW, deleted=str(view_id)))
    db.session.commit()
    toast(gettext("The view “%(name)s” is back.", name=view.name))
    return redirect_to(view_address(view))


@bp.get("/lists/<list_name>/export.csv")
@requires(Permission.PROFILE_MANAGE)
@limiter.limit("60 per hour", key_func=lambda: f"list-export:{current_user_id()}")
def download(list_name: str) -> Response:
    """Every row of the list that matches, with the columns that show, as CSV; a piece at a time."""
    kind, site = list_kind(list_name), current_site()
    if site is None:
        raise NotFound(gettext("There is no site yet."), cure=gettext("Add a site first."))
    shown = arranged_by(kind.name, request.args.to_dict())
    lines = downloads.csv_lines(site.account_id, site.id, kind, kind.spec.read(shown.values), shown.spec.columns)
    view = f"-{_file_words(shown.view.name)}" if shown.view else ""
    name = f"{kind.name}{view}-{utcnow():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(stream_with_context(lines), mimetype="text/csv", headers=headers)


def _file_words(name: str) -> str:
    """A name of a file that every system takes."""
    words = "".join(char if char.isascii() and char.isalnum() else "-" for char in name.lower())
    return "-".join(filter(None, words.split("-")))[:40]
