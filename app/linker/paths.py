"""Pages by addresses that people write: as browsers show them, in another case, or from before the pages moved."""

from collections.abc import Collection, Mapping
from urllib.parse import quote, unquote

from sqlalchemy import func, select

from app.core.extensions import db
from app.linker.models import FormerAddress, LinkPage

LEFT_AS_IT_IS = "/?&=:@!$'()*+,;~"  # of an address, when its other signs are escaped


def contents_at(site_id: int, addresses: Collection[str]) -> dict[str, int]:
    """The contents at these addresses of a site (`address_of`), by address; without those that no page has or had."""
    pages = _now_at(site_id, {address: [address] for address in addresses})
    left = {address: _spellings(address) for address in addresses if address not in pages}
    if left:
        pages |= _now_at(site_id, left, is_folded=True)
    left = {address: spellings for address, spellings in left.items() if address not in pages}
    return pages | _before_at(site_id, left) if left else pages


def _spellings(address: str) -> list[str]:
    """The address with its signs escaped, as WordPress does it and as browsers do, and not escaped; in lower case."""
    bare = unquote(address, errors="replace").lower()
    return list(dict.fromkeys((address.lower(), bare, quote(bare, safe=LEFT_AS_IT_IS).lower())))


def _now_at(site_id: int, wanted: Mapping[str, Collection[str]], *, is_folded: bool = False) -> dict[str, int]:
    column = func.lower(LinkPage.address) if is_folded else LinkPage.address
    stmt = select(column, func.max(LinkPage.content_id)).where(LinkPage.site_id == site_id, column.in_(_all(wanted)))
    return _by_wanted(wanted, {row[0]: row[1] for row in db.session.execute(stmt.group_by(column))})


def _before_at(site_id: int, wanted: Mapping[str, Collection[str]]) -> dict[str, int]:
    column = func.lower(FormerAddress.address)
    stmt = select(column, FormerAddress.content_id).where(FormerAddress.site_id == site_id, column.in_(_all(wanted)))
    return _by_wanted(wanted, {row[0]: row[1] for row in db.session.execute(stmt.order_by(FormerAddress.updated_at))})


def _all(wanted: Mapping[str, Collection[str]]) -> list[str]:
    return sorted({spelling for spellings in wanted.values() for spelling in spellings})


def _by_wanted(wanted: Mapping[str, Collection[str]], there: Mapping[str, int]) -> dict[str, int]:
    pages = {address: [there[one] for one in spellings if one in there] for address, spellings in wanted.items()}
    return {address: ids[0] for address, ids in pages.items() if ids}
