"""Views of lists: filters, an order and columns under a name, of whoever the token is of, or shared with all."""

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.refusals import field_unknown, parameter_unreadable
from app.api.shapes import Count, Given, Instant, Parameters, QueryId, RowId, RowPage, ShortText, Shown, whole_list
from app.core.listing.arrangement import arranged_columns, column_names, kept_values
from app.core.listing.kinds import ListKind
from app.core.permissions import Permission
from app.saved_views import services
from app.saved_views.current import current_person, list_kind
from app.saved_views.models import SavedView
from app.saved_views.settings import setting_of

MANAGE = Permission.PROFILE_MANAGE
ONE = "/views/<int:view_id>/"
LIST_WORDS = "The name of a list: `content`, `keywords`, `clusters`, `ideas`, `tasks` and others that have views."


class ViewShown(Shown):
    """A view. `filters` are the parameters of the list's page, with search and order; `site_id` is null for all sites.

    `is_mine` says that the token's holder made it, `is_default` that the list opens with it for them.
    """

    id: RowId = Field(examples=[3])
    list_name: str = Field(examples=["content"])
    site_id: int | None = Field(examples=[None])
    name: str = Field(examples=["Drafts about shoes"])
    filters: dict[str, str] = Field(examples=[{"status": "draft"}])
    columns: list[str] = Field(examples=[["title", "cluster"]])
    is_shared: bool = Field(examples=[False])
    is_mine: bool = Field(examples=[True])
    is_default: bool = Field(examples=[False])
    created_at: Instant

    @classmethod
    def of(cls, view: SavedView) -> "ViewShown":
        """The view as it is answered."""
        person = current_person()
        own = {name: getattr(view, name) for name in cls.model_fields if name not in ("is_mine", "is_default")}
        setting = setting_of(person.account_id, person.user_id, view.list_name)
        return cls(**own, is_mine=view.made_by == person.user_id, is_default=setting.view_id == view.id)


class ViewsParameters(Parameters):
    """Which list's views, and on which site; without one, those of all sites."""

    list_name: str = Field(description=LIST_WORDS, max_length=40, examples=["content"])
    site_id: QueryId | None = Field(None, description="The site whose views are listed besides.", examples=[1])


class ViewGiven(Given):
    """A view. Without `columns` the list's usual ones show."""

    name: str = Field(min_length=1, max_length=services.MAX_NAME, examples=["Drafts about shoes"])
    filters: dict[ShortText, ShortText] = Field(default_factory=dict, max_length=20, examples=[{"status": "draft"}])
    columns: list[ShortText] = Field(default_factory=list, max_length=40, examples=[["title", "cluster"]])
    is_shared: bool = Field(False, examples=[False])
    is_default: bool = Field(False, examples=[False])


class NewView(ViewGiven):
    """A view of a list; a site is needed where the filters name rows of it."""

    list_name: str = Field(max_length=40, examples=["content"])
    site_id: RowId | None = Field(None, examples=[None])


def _columns(kind: ListKind, names: list[str]) -> list[str]:
    """The columns as they are kept. Raises DomainError for one that the list does not have."""
    columns = column_names(arranged_columns(kind.spec, names))
    unknown = [name for name in names if name not in columns]
    if unknown:
        raise field_unknown(unknown[0], "columns")
    return columns


def _filters(kind: ListKind, values: dict[str, str]) -> dict[str, str]:
    """The filters. Raises DomainError for one that the list does not read: it would mean all rows."""
    kept = kept_values(kind.spec, values)
    unread = [name for name in values if name not in kept and name != "sort"]
    if unread:
        raise parameter_unreadable(unread[0], "filters")
    return values


def _view(view_id: int) -> SavedView:
    view = services.find_view(current_person(), view_id)
    list_kind(view.list_name)
    return view


@api_endpoint("GET", "/views/", MANAGE)
def show_views(query: ViewsParameters) -> RowPage[ViewShown]:
    """List the views of a list by name: one's own, and those that others share. All of them are on one page."""
    kind = list_kind(query.list_name)
    rows = services.views_of(current_person(), kind.name, query.site_id)
    return whole_list([ViewShown.of(view) for view in rows])


@api_endpoint("GET", ONE, MANAGE)
def show_view(view_id: int) -> ViewShown:
    """One view."""
    return ViewShown.of(_view(view_id))


@api_endpoint("POST", "/views/", MANAGE, status=201)
def add_view(body: NewView) -> ViewShown:
    """Keep a view of a list. 409 when there is one of this name."""
    kind = list_kind(body.list_name)
    made = services.make_view(
        current_person(),
        kind,
        body.site_id,
        body.name,
        values=_filters(kind, body.filters),
        columns=_columns(kind, body.columns),
        is_shared=body.is_shared,
        is_default=body.is_default,
    )
    return ViewShown.of(made)


@api_endpoint("PUT", ONE, MANAGE)
def change_kept_view(view_id: int, body: ViewGiven) -> ViewShown:
    """Change a view of one's own, or a shared one as who manages the account. 409 for others'."""
    person = current_person()
    view = services.changeable_view(person, view_id)
    kind = list_kind(view.list_name)
    filters, columns = _filters(kind, body.filters), _columns(kind, body.columns)
    services.change_view(view, kind, view.site_id, filters, columns)
    services.save_view(person, view, kind, body.name, is_shared=body.is_shared, is_default=body.is_default)
    return ViewShown.of(view)


@api_endpoint("DELETE", ONE, MANAGE)
def remove_view(view_id: int) -> Count:
    """Delete a view. It can be brought back for a month."""
    services.delete_view(services.changeable_view(current_person(), view_id))
    return Count(count=1)


@api_endpoint("POST", f"{ONE}restore/", MANAGE)
def bring_view_back(view_id: int) -> ViewShown:
    """Bring a deleted view back, under another name where its own is taken by now."""
    person = current_person()
    view = services.changeable_view(person, view_id, deleted=True)
    services.restore_view(person, view)
    return ViewShown.of(view)
