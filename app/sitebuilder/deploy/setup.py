"""Front page, menu, order and style: what a deploy writes of them, and what the app knows to have written last.

A part that somebody changed in WordPress is left by a deploy, and is told as it is there from then on. It must not
count as ours for that: the next deploy would write over it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.core.extensions import db
from app.core.languages import N_
from app.sitebuilder.deploy.facts import live_ids
from app.sitebuilder.deploy.models import TAKEN_BACK, SiteDeploy
from app.sitebuilder.deploy.plan import wanted_setup
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.pages import page_of_row
from app.sitebuilder.style.wordpress import theme_presets, wordpress_css
from app.sitebuilder.versions import pages_of

WANTED = "wanted"  # in `SiteDeploy.site_before`: what was to take its place
Setup = dict[str, Any]
PARTS: Mapping[str, str] = {
    "front": N_("the front page"),
    "menu": N_("the menu"),
    "orders": N_("the order of pages"),
    "style": N_("the style"),
    "presets": N_("the style's colours and sizes for the editor"),
}


def wanted_state(deploy: SiteDeploy, blueprint: SiteBlueprint) -> Setup:
    """Front page, menu, order, style and presets as the planned site has them, of the pages that are live."""
    pages = [page_of_row(row) for row in pages_of(blueprint)]
    wanted = wanted_setup(pages, live_ids(deploy), blueprint.name, str(deploy.id))
    theme = blueprint.structure.get("theme") or {}
    return {**wanted, "style": wordpress_css(theme), "presets": theme_presets(theme)}


def last_setup(deploy: SiteDeploy, now: Mapping[str, Any]) -> Setup | None:
    """The parts as the app left them last, before this deploy; None when no deploy of the site wrote any.

    `now` is what WordPress has: a deploy that was cut off may have written its parts or not, and that tells it.
    """
    stmt = select(SiteDeploy).where(
        SiteDeploy.blueprint_id == deploy.blueprint_id,
        SiteDeploy.account_id == deploy.account_id,
        SiteDeploy.state != TAKEN_BACK,
        SiteDeploy.id < deploy.id,
        SiteDeploy.site_before.is_not(None),
    )
    earlier = db.session.scalars(stmt.order_by(SiteDeploy.id.desc())).all()
    return setup_of(earlier, now) or None


def setup_of(deploys: Sequence[SiteDeploy], now: Mapping[str, Any]) -> Setup:
    """The parts as these deploys left them, the newest first (pure)."""
    parts: Setup = {}
    orders: Setup = {}
    for deploy in deploys:
        written = written_parts(deploy, now)
        orders = {**written.pop("orders", {}), **orders}
        parts = {**written, **parts}
    return parts | ({"orders": orders} if orders else {})


def written_parts(deploy: SiteDeploy, now: Mapping[str, Any]) -> Setup:
    """The parts that this deploy wrote, or found as they were to be (pure)."""
    wanted = (deploy.site_before or {}).get(WANTED) or {}
    if deploy.site_after is None:
        return parts_as_wanted(wanted, now)
    left = {part for parts in deploy.left_parts.values() for part in parts}
    written = {part: value for part, value in deploy.site_after.items() if part not in left}
    if "orders" in left:
        written["orders"] = _common(deploy.site_after.get("orders"), wanted.get("orders"))
    return written


def parts_as_wanted(wanted: Mapping[str, Any], now: Mapping[str, Any]) -> Setup:
    """Those parts of `now` that are what a deploy was to write (pure)."""
    parts = {
        part: now[part] for part in ("front", "style", "presets") if part in wanted and now.get(part) == wanted[part]
    }
    if "menu" in wanted and _is_wanted_menu(wanted["menu"], now.get("menu") or {}):
        parts["menu"] = now["menu"]
    return parts | {"orders": _common(now.get("orders"), wanted.get("orders"))}


def _is_wanted_menu(wanted: Mapping[str, Any], menu: Mapping[str, Any]) -> bool:
    """Whether a menu of ours has the pages that were to be in it; WordPress keeps no title that is the page's."""
    places = [[item[0], item[-1]] for item in menu.get("items") or []]
    return bool(menu.get("ours")) and places == [[item[0], item[-1]] for item in wanted["items"]]


def _common(orders: Any, wanted: Any) -> Setup:
    return {key: value for key, value in (orders or {}).items() if (wanted or {}).get(key) == value}


def what_was_cut_off(before: Mapping[str, Any], wanted: Mapping[str, Any], now: Mapping[str, Any]) -> Setup:
    """The parts as a deploy that was cut off left them (pure).

    It wrote all of them or none. A part that is neither what was to be written nor what was there before was changed
    by somebody since: for it what was there before is told, which it is not, so that it is left.
    """
    as_wanted = parts_as_wanted(wanted, now)
    orders = {**wanted.get("orders", {}), **as_wanted.pop("orders")}
    return {**{part: value for part, value in before.items() if part != WANTED}, **as_wanted, "orders": orders}
