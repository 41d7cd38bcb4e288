"""What the canvas shows: the pages, the one that is open, its sections, and what can be undone. Web only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from app.ai import charging
from app.core.access import current_account_id
from app.core.errors import DomainError
from app.core.languages import N_, gettext
from app.core.listing.search import clean_query
from app.core.request_ids import parse_id, parse_version
from app.saved_views.batch_form import shown_run
from app.sitebuilder.assets.listing import linked_files, offered_pictures
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.uses import assets_of
from app.sitebuilder.blocks.base import TONES
from app.sitebuilder.blocks.registry import BLOCKS
from app.sitebuilder.forms import field_to_pick_for, shown_fields
from app.sitebuilder.models import PAGE_TYPES, PageBlueprint, SiteBlueprint
from app.sitebuilder.run_kinds import KINDS
from app.sitebuilder.structure.ai_texts import may_write
from app.sitebuilder.style.themes import OWN, PALETTES, PERSONALITIES, SPACINGS, TYPOGRAPHIES, USUAL
from app.sitebuilder.templates import LAYOUT_LABELS
from app.sitebuilder.versions import blueprint_of, newest_version, pages_of
from app.sites.current import work_on

TYPE_LABELS: Mapping[str, str] = {
    "home": N_("Home"),
    "about": N_("About"),
    "services": N_("Services"),
    "products": N_("Products"),
    "blog": N_("Blog"),
    "contact": N_("Contact"),
    "custom": N_("Other"),
}
TONE_LABELS: Mapping[str, str] = {"plain": N_("Plain"), "tint": N_("Tinted"), "accent": N_("In the accent colour")}
WIDTHS: Mapping[str, tuple[str, str]] = {
    "phone": (N_("Phone"), "device-mobile"),
    "tablet": (N_("Tablet"), "device-tablet"),
    "desktop": (N_("Desktop"), "device-desktop"),
}
PANELS = ("section", "page", "style", "add", "new-page")


def seen_version() -> int:
    """The version of the blueprint that the form was shown for."""
    return parse_version(request.form.get("version"))


def canvas_page(
    blueprint_id: int,
    *,
    page_id: int | None = None,
    section_id: str = "",
    panel: str = "",
    error: DomainError | None = None,
    typed: Mapping[str, Any] | None = None,
    kind: str = "",
) -> tuple[str, int]:
    """The canvas. `typed` is what a form that could not be saved, or is not done yet, has in it."""
    blueprint = blueprint_of(current_account_id(), blueprint_id)
    work_on(blueprint.site_id, "site_builder.index")
    pages = pages_of(blueprint)
    page = next((one for one in pages if one.id == page_id), pages[0] if pages else None)
    section = next((one for one in page.blocks if one["id"] == section_id), None) if page else None
    opened = kind or (section["kind"] if section else "")
    values = typed if typed is not None else section["fields"] if section else {}
    newest = newest_version(blueprint)
    html = render_template(
        "sitebuilder/canvas.html",
        blueprint=blueprint,
        pages=pages,
        page=page,
        section=section,
        kind=opened if opened in BLOCKS else "",
        panel=panel if panel in PANELS else "section" if section else "",
        fields=shown_fields(opened, values) if opened in BLOCKS else [],
        pictures=_pictures(blueprint, values),
        files=linked_files(blueprint.account_id, blueprint.site_id) if opened in BLOCKS else [],
        typed=typed or {},
        error=error,
        sections=_sections(page),
        blocks=[(key, gettext(block.label), gettext(block.about), block.icon) for key, block in BLOCKS.items()],
        tones=[(key, gettext(TONE_LABELS[key])) for key in TONES],
        types=[(key, gettext(TYPE_LABELS[key])) for key in PAGE_TYPES],
        widths=[(key, gettext(label), icon) for key, (label, icon) in WIDTHS.items()],
        can_undo=newest is not None and newest.undo_to is not None,
        can_redo=newest is not None and newest.redo_to is not None,
        run=shown_run(KINDS, blueprint.site),
        prices={name: charging.price_quote(blueprint.account_id, name) for name in ("site_page", "site_section")},
        **_style_choices(blueprint),
    )
    return html, error.status if error else 200


@dataclass(frozen=True, slots=True)
class PictureChoice:
    """The pictures of the site that the form of a section shows.

    `chosen` are those that its fields name, by address; `offered` are to choose from for the field `field`, those with
    `words`.
    """

    chosen: Mapping[str, SiteAsset]
    field: str = ""
    words: str = ""
    offered: Sequence[SiteAsset] = ()


def _pictures(blueprint: SiteBlueprint, values: Mapping[str, Any]) -> PictureChoice:
    account_id, site_id = blueprint.account_id, blueprint.site_id
    chosen = assets_of(account_id, site_id, [[values]])
    field = field_to_pick_for(request.form)
    if not field:
        return PictureChoice(chosen)
    words = clean_query(request.form.get("picture_words"))
    return PictureChoice(chosen, field, words, offered_pictures(account_id, site_id, words))


def _sections(page: PageBlueprint | None) -> list[dict[str, Any]]:
    """The sections of a page as the outline lists them; one of a kind that is not there any more says so."""
    return [
        {
            "id": one["id"],
            "label": gettext(BLOCKS[one["kind"]].label) if one["kind"] in BLOCKS else one["kind"],
            "icon": BLOCKS[one["kind"]].icon if one["kind"] in BLOCKS else "alert-circle",
            "words": one["fields"].get("heading") or one["fields"].get("text", "")[:60],
            "locked": bool(one.get("locked")),
            "can_remake": may_write(one),
        }
        for one in (page.blocks if page else [])
    ]


def _style_choices(blueprint: SiteBlueprint) -> dict[str, Any]:
    return {
        "theme": {**USUAL, **(blueprint.structure.get("theme") or {})},
        "layout": blueprint.structure.get("layout") or "default",
        "palettes": PALETTES,
        "own_colours": OWN,
        "typographies": [(key, gettext(one.label)) for key, one in TYPOGRAPHIES.items()],
        "personalities": [(key, gettext(one.label)) for key, one in PERSONALITIES.items()],
        "spacings": [(key, gettext(label)) for key, label in SPACINGS.items()],
        "layouts": [(key, gettext(label)) for key, label in LAYOUT_LABELS.items()],
    }


def canvas_url(blueprint_id: int, page_id: int | None = None, section_id: str = "", **values: Any) -> str:
    """The address of the canvas at a page and a section."""
    return url_for("site_builder.canvas", blueprint_id=blueprint_id, page=page_id, section=section_id or None, **values)


def shown_page_id() -> int | None:
    """The page that the address asks for."""
    return parse_id(request.args.get("page"))
