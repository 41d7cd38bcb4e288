"""The list of the page that is asked for, as its address, its view and the person who asks arrange it. Web only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import modules
from app.core import features
from app.core.access import can, current_account_id, current_actor, current_user_id
from app.core.errors import NotFound
from app.core.htmx import is_partial_request
from app.core.languages import gettext
from app.core.listing.arrangement import COMFORTABLE, arranged_columns, column_names, kept_values, with_columns
from app.core.listing.kinds import ListKind
from app.core.listing.spec import ListSpec
from app.core.request_ids import parse_id
from app.saved_views import services
from app.saved_views.models import ListSetting, SavedView
from app.saved_views.services import Viewer
from app.saved_views.settings import setting_of
from app.sites.current import current_site

OF_VIEW = ("view", "columns")
NO_VIEW = "all"


@dataclass(frozen=True)
class Arranged:
    """A list as it is shown. `values` are the parameters of the address with the person's rows of a page.

    `spec` has the columns that show. `missing` are the filters whose row is gone, `deleted` is the view
    that was just deleted, to be brought back.
    """

    kind: ListKind
    spec: ListSpec
    values: dict[str, str]
    setting: ListSetting
    view: SavedView | None
    views: Sequence[SavedView]
    person: Viewer
    missing: Sequence[str]
    deleted: SavedView | None

    @property
    def density(self) -> str:
        """How close the rows stand."""
        return self.setting.density or COMFORTABLE

    @property
    def query(self) -> str:
        """The part of the address that says which rows, columns and view are shown, without the place in the list."""
        shown = {name: self.values[name] for name in OF_VIEW if self.values.get(name)}
        return urlencode({**kept_values(self.spec, self.values), **shown})

    @property
    def is_changed(self) -> bool:
        """Whether what is shown is no longer what the view says."""
        if self.view is None:
            return False
        columns = arranged_columns(self.kind.spec, self.view.columns)
        kept = kept_values(self.spec, self.values)
        return kept != kept_values(self.spec, self.view.filters) or column_names(columns) != column_names(
            self.spec.columns
        )

    @property
    def may_change_view(self) -> bool:
        """Whether the view is the person's to change."""
        return self.view is not None and self.person.may_change(self.view)


def list_kind(name: str) -> ListKind:
    """The list of this name; raises NotFound when there is none, or the role may not see it.

    Nor is a list of a module that is off there.
    """
    kind = features.lists().get(name)
    if kind is None or not can(kind.read):
        raise NotFound()
    module = features.module_of_blueprint(kind.endpoint.partition(".")[0])
    if module is not None and not modules.is_module_on(current_account_id(), module.key):
        raise NotFound(gettext("%(label)s is switched off in this account.", label=module.label))
    return kind


def current_person() -> Viewer:
    """Who asks."""
    return Viewer(current_account_id(), current_user_id(), current_actor())


def arranged(name: str) -> Arranged:
    """The list of the page that is asked for, or that HTMX asks a part of."""
    return arranged_by(name, page_values(name))


def page_values(name: str) -> dict[str, str]:
    """The parameters of the list's page: of this request, or of the page that a part of it is asked from."""
    kind = features.lists()[name]
    if request.endpoint == kind.endpoint:
        return request.args.to_dict()
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    return dict(parse_qsl(page.query)) if page.path == url_for(kind.endpoint) else {}


def arranged_by(name: str, values: Mapping[str, str]) -> Arranged:
    """The list as these parameters of its address say."""
    kind, person, site = features.lists()[name], current_person(), current_site()
    setting = setting_of(person.account_id, person.user_id, name)
    views = services.views_of(person, name, site.id if site else None)
    view = next((view for view in views if view.id == parse_id(values.get("view"))), None)
    columns = (
        values.get("columns", "").split(",") if values.get("columns") else view.columns if view else setting.columns
    )
    read = {"per_page": str(setting.per_page or ""), **values}
    return Arranged(
        kind=kind,
        spec=with_columns(kind.spec, columns),
        values=read,
        setting=setting,
        view=view,
        views=views,
        person=person,
        deleted=services.deleted_view(person, parse_id(values.get("deleted"))),
        missing=services.missing_rows(person.account_id, kind.spec, kind.spec.read(values)),
    )


def list_address(kind: ListKind, query: str = "", **values: str) -> str:
    """The list's page under a query string that a form or an address carries, with these parameters changed."""
    parameters = {**dict(parse_qsl(query)), **values}
    kept = {name: value for name, value in parameters.items() if value}
    return url_for(kind.endpoint) + (f"?{urlencode(kept)}" if kept else "")


def view_address(view: SavedView) -> str:
    """The list as a view has it, on the site of its rows."""
    values = {**view.filters, "view": str(view.id)}
    if view.site_id is not None:
        values["site"] = str(view.site_id)
    return list_address(features.lists()[view.list_name], **values)


def open_default_view() -> Response | None:
    """Before a list's page: where its address says nothing, the person's own view of it, if they have chosen one."""
    kind = next((kind for kind in features.lists().values() if kind.endpoint == request.endpoint), None)
    if kind is None or g.get("user_id") is None or g.get("account_id") is None or is_partial_request():
        return None
    if request.method != "GET" or not set(request.args) <= {"site"}:
        return None
    person = current_person()
    view_id = setting_of(person.account_id, person.user_id, kind.name).view_id
    site = current_site()
    views = services.views_of(person, kind.name, site.id if site else None) if view_id else []
    view = next((view for view in views if view.id == view_id), None)
    return redirect(view_address(view)) if view else None
