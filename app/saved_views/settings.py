"""What a person has chosen for a list: rows of a page, density, columns, the view that it opens with."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.asked_once import once_a_page
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.listing.arrangement import COMFORTABLE, DENSITIES
from app.core.listing.spec import PAGE_SIZES
from app.saved_views.models import ListSetting


@once_a_page
def setting_of(account_id: int, user_id: int, list_name: str) -> ListSetting:
    """The person's setting of a list; one that says nothing, and is not stored, where there is none."""
    where = (
        ListSetting.account_id == account_id,
        ListSetting.user_id == user_id,
        ListSetting.list_name == list_name,
    )
    setting = db.session.scalar(select(ListSetting).where(*where))
    return setting or ListSetting(list_name=list_name, per_page=0, density="", columns=[], view_id=None)


def store_settings(account_id: int, user_id: int, list_name: str, **chosen: Any) -> None:
    """Store these of `per_page`, `density`, `columns` and `view_id`; the others stay. Safe when two do it at once."""
    now = utcnow()
    values = {
        "account_id": account_id,
        "user_id": user_id,
        "list_name": list_name,
        "created_at": now,
        "updated_at": now,
    }
    stmt = insert(ListSetting).values(**values, **chosen)
    stmt = stmt.on_conflict_do_update(
        index_elements=["account_id", "user_id", "list_name"], set_={**chosen, "updated_at": now}
    )
    db.session.execute(stmt, execution_options={"populate_existing": True})
    db.session.expire_all()


def chosen_display(per_page: str, density: str) -> dict[str, Any]:
    """What a form says of rows and density, as it is stored; what makes no sense is left out."""
    chosen: dict[str, Any] = {}
    if per_page in map(str, PAGE_SIZES):
        chosen["per_page"] = int(per_page)
    if density in DENSITIES:
        chosen["density"] = "" if density == COMFORTABLE else density
    return chosen
