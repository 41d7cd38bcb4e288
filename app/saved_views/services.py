"""Views of lists: finding, keeping, sharing, deleting and bringing them back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, delete, func, or_, select
from sqlalchemy.orm import joinedload

from app.core.actor import Actor
from app.core.blank import visible_line
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.listing.arrangement import kept_values
from app.core.listing.kinds import ListKind
from app.core.listing.spec import ListQuery, ListSpec
from app.core.permissions import Permission
from app.core.row_security import every_account
from app.saved_views import settings
from app.saved_views.models import SavedView

MAX_NAME = 80
MOST = 100
LOCKS = 8_408_033  # the class of these locks among all advisory locks
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Viewer:
    """Whose views: somebody in an account."""

    account_id: int
    user_id: int
    actor: Actor

    @property
    def manages(self) -> bool:
        """Whether they may also change what others share there."""
        return self.actor.may(Permission.ACCOUNT_MANAGE)

    def may_share(self, kind: ListKind) -> bool:
        """Whether they may show others views of this list."""
        return self.actor.may(kind.write)

    def may_change(self, view: SavedView) -> bool:
        """Whether they may change the view: its maker may and, if it is shared, whoever manages the account."""
        return view.made_by == self.user_id or (self.manages and view.is_shared)


def _visible(person: Viewer) -> list[ColumnElement[bool]]:
    return [
        SavedView.account_id == person.account_id,
        or_(SavedView.made_by == person.user_id, SavedView.is_shared),
    ]


def views_of(person: Viewer, list_name: str, site_id: int | None) -> Sequence[SavedView]:
    """The views of a list that a person has there, by name: all own ones, and the first of those that others share."""
    asked = {"account": person.account_id, "person": person.user_id, "list_name": list_name, "site": site_id}
    return sorted(db.session.scalars(_views(), asked), key=lambda view: (view.name.lower(), view.id))


@lru_cache(maxsize=1)
def _views() -> Select[SavedView]:
    """Made once, since every page with a list asks it and building it takes longer than running it."""
    account, person, site = (bindparam(name, type_=BigInteger) for name in ("account", "person", "site"))
    where = (
        SavedView.account_id == account,
        or_(SavedView.made_by == person, SavedView.is_shared),
        SavedView.list_name == bindparam("list_name"),
        SavedView.deleted_at.is_(None),
        or_(SavedView.site_id.is_(None), SavedView.site_id == site),
    )
    is_of_others = SavedView.made_by.is_distinct_from(person)
    stmt = select(SavedView).where(*where).options(joinedload(SavedView.maker))
    return stmt.order_by(is_of_others, func.lower(SavedView.name), SavedView.id).limit(2 * MOST)


def find_view(person: Viewer, view_id: int, *, deleted: bool = False) -> SavedView:
    """The view, if the person may see it; raises NotFound otherwise."""
    gone = SavedView.deleted_at.is_not(None) if deleted else SavedView.deleted_at.is_(None)
    view = db.session.scalar(select(SavedView).where(*_visible(person), SavedView.id == view_id, gone))
    if view is None:
        raise NotFound(
            gettext("This view does not exist, or it is not shared with you."), cure=gettext("Choose another view.")
        )
    return view


def deleted_view(person: Viewer, view_id: int | None) -> SavedView | None:
    """The deleted view of this id that the person may bring back; None where there is none."""
    if view_id is None:
        return None
    where = (*_visible(person), SavedView.id == view_id, SavedView.deleted_at.is_not(None))
    view = db.session.scalar(select(SavedView).where(*where))
    return view if view and person.may_change(view) else None


def changeable_view(person: Viewer, view_id: int, *, deleted: bool = False) -> SavedView:
    """The view, if the person may change it; raises NotFound, and Conflict for another's shared view."""
    view = find_view(person, view_id, deleted=deleted)
    if not person.may_change(view):
        raise Conflict(
            gettext("Only who made this view can change it."),
            code="NOT_YOURS",
            cure=gettext("Save it under a name of your own."),
        )
    return view


def clean_view_name(person: Viewer, list_name: str, name: str, own: SavedView | None = None) -> str:
    """The name as stored. Raises DomainError for one that is empty, too long, or that a view has already."""
    name = visible_line(name.replace("\0", ""))
    if not name:
        raise DomainError(gettext("The view needs a name."), code="NAME_MISSING", field="name")
    if len(name) > MAX_NAME:
        raise DomainError(
            gettext("A name has at most %(max_name)s characters.", max_name=MAX_NAME),
            code="NAME_TOO_LONG",
            field="name",
        )
    where = [*_visible(person), SavedView.list_name == list_name, SavedView.deleted_at.is_(None)]
    same = select(SavedView.id).where(*where, func.lower(SavedView.name) == name.lower())
    if db.session.scalar(same.where(SavedView.id != (own.id if own else 0)).limit(1)):
        raise Conflict(
            gettext("There is a view of this name already."),
            code="NAME_TAKEN",
            field="name",
            cure=gettext("Choose another."),
        )
    return name


def make_view(
    person: Viewer,
    kind: ListKind,
    site_id: int | None,
    name: str,
    *,
    values: Mapping[str, str],
    columns: list[str],
    is_shared: bool,
    is_default: bool = False,
) -> SavedView:
    """Keep what an address says of a list as a view, with which the list opens for them if it `is_default`. Flushes.

    Raises DomainError for a bad name, or too many views, and Forbidden when the person may not share views here.
    """
    _check_shared(person, kind, is_shared)
    name = clean_view_name(person, kind.name, name)
    _check_room(person, person.user_id)
    view = SavedView(account_id=person.account_id, list_name=kind.name, made_by=person.user_id, name=name)
    view.is_shared = is_shared
    _keep(view, kind, site_id, values, columns)
    db.session.add(view)
    db.session.flush()
    _open_with(person, view, is_default)
    return view


def _check_room(person: Viewer, maker_id: int) -> None:
    """Raise DomainError when whoever makes a view, or gets one back, has all that one may have."""
    lock = func.pg_advisory_xact_lock(LOCKS, maker_id % 2**31)  # two at once would both find room
    db.session.execute(select(lock))
    mine = (SavedView.account_id == person.account_id, SavedView.made_by == maker_id, SavedView.deleted_at.is_(None))
    if (db.session.scalar(select(func.count()).where(*mine)) or 0) >= MOST:
        raise DomainError(
            gettext("You have %(most)s views already.", most=MOST)
            if maker_id == person.user_id
            else gettext("Whoever made this view has %(most)s views already.", most=MOST),
            code="TOO_MANY",
            cure=gettext("Delete one that is not used."),
        )


def _check_shared(person: Viewer, kind: ListKind, is_shared: bool) -> None:
    if is_shared and not person.may_share(kind):
        raise Forbidden(gettext("Your role does not share views."))


def save_view(person: Viewer, view: SavedView, kind: ListKind, name: str, *, is_shared: bool, is_default: bool) -> None:
    """Rename a view, share it or keep it to its maker, and set whether the list opens with it for this person.

    A person who may not change the view changes only the last. Flushes; raises DomainError, and Forbidden when the
    person may not share views here.
    """
    if person.may_change(view):
        _check_shared(person, kind, is_shared and not view.is_shared)
        view.name = clean_view_name(person, view.list_name, name, view)
        view.is_shared = is_shared
        db.session.flush()
    _open_with(person, view, is_default)


def _open_with(person: Viewer, view: SavedView, is_default: bool) -> None:
    """Have the list open with this view for the person, or no longer with it."""
    mine = (person.account_id, person.user_id, view.list_name)
    if is_default != (settings.setting_of(*mine).view_id == view.id):
        settings.store_settings(*mine, view_id=view.id if is_default else None)


def change_view(
    view: SavedView, kind: ListKind, site_id: int | None, values: Mapping[str, str], columns: list[str]
) -> None:
    """Keep what an address says now as the view. Flushes."""
    _keep(view, kind, site_id, values, columns)
    db.session.flush()


def _keep(view: SavedView, kind: ListKind, site_id: int | None, values: Mapping[str, str], columns: list[str]) -> None:
    view.filters, view.columns = kept_values(kind.spec, values), columns
    query = kind.spec.read(values)
    names_rows = any(one.of is not None and query.filter_values.get(one.name) for one in kind.spec.filters)
    view.site_id = site_id if names_rows else None


def delete_view(view: SavedView) -> None:
    """Take the view away; it can be brought back for a month. Flushes."""
    view.deleted_at = utcnow()
    db.session.flush()


def restore_view(person: Viewer, view: SavedView) -> None:
    """Bring a deleted view back; under another name when its own is taken by now. Flushes.

    Raises DomainError when its maker has too many views by now.
    """
    if view.made_by is not None:
        _check_room(person, view.made_by)
    view.deleted_at = None
    try:
        clean_view_name(person, view.list_name, view.name, view)
    except Conflict:
        view.name = f"{view.name[: MAX_NAME - 11]} (restored)"
    db.session.flush()


@every_account("a month is a month in every account")
def forget_deleted() -> int:
    """Delete for good views deleted a month ago, and unshared ones whose maker is gone. Returns how many. Commits."""
    is_of_nobody = SavedView.made_by.is_(None) & ~SavedView.is_shared
    stmt = delete(SavedView).where(or_(SavedView.deleted_at < utcnow() - KEPT, is_of_nobody)).returning(SavedView.id)
    count = len(db.session.scalars(stmt).all())
    db.session.commit()
    return count


def missing_rows(account_id: int, spec: ListSpec, query: ListQuery) -> list[str]:
    """The names of the filters whose row is no longer there."""
    named = [(one, query.filter_values[one.name]) for one in spec.filters if one.name in query.filter_values]
    return [
        one.name
        for one, value in named
        if one.of is not None
        and value
        and not db.session.scalar(select(one.of).where(one.of == value, one.of.class_.account_id == account_id))
    ]
