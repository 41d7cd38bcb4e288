"""All blocks by key, and reading and checking the sections of pages."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from app.core.errors import DomainError
from app.core.languages import gettext, ngettext
from app.sitebuilder.blocks.base import TONES, SiteBlock, form_field, item_model
from app.sitebuilder.blocks.fields import BadField
from app.sitebuilder.blocks.nodes import SectionNode
from app.sitebuilder.blocks.several import (
    FeatureGridBlock,
    GalleryBlock,
    LogosBlock,
    PricingBlock,
    StatsBlock,
    StepsBlock,
    TestimonialsBlock,
)
from app.sitebuilder.blocks.single import (
    CallToActionBlock,
    ContactBlock,
    FaqBlock,
    HeroBlock,
    PostsListBlock,
    TextImageBlock,
)

BLOCKS: Mapping[str, type[SiteBlock]] = {
    block.key: block
    for block in (
        HeroBlock,
        FeatureGridBlock,
        TextImageBlock,
        StepsBlock,
        StatsBlock,
        TestimonialsBlock,
        PricingBlock,
        FaqBlock,
        CallToActionBlock,
        ContactBlock,
        LogosBlock,
        GalleryBlock,
        PostsListBlock,
    )
}
MOST_SECTIONS = 30


def new_section(kind: str, fields: Mapping[str, Any], *, tone: str = "", locked: bool = False) -> dict[str, Any]:
    """A section as it is stored: `{id, kind, tone, locked, fields}`. Raises DomainError as `checked_fields` does."""
    return {
        "id": secrets.token_hex(4),
        "kind": kind,
        "tone": tone if tone in TONES else BLOCKS[kind].tone,
        "locked": locked,
        "fields": checked_fields(kind, fields),
    }


def checked_fields(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are stored. Raises DomainError: `field` is the first wrong one, `details` has all by name.

    Names are as in the form: `heading`, `items-0-title`.
    """
    if kind not in BLOCKS:
        raise DomainError(gettext("There is no such block."), code="BLOCK_UNKNOWN", field="kind")
    try:
        return BLOCKS[kind].model_validate(dict(fields)).model_dump()
    except ValidationError as error:
        problems = field_problems(BLOCKS[kind], error)
    name, message = next(iter(problems.items()))
    raise DomainError(message, code="BLOCK_INVALID", field=name, details=problems)


def field_problems(block: type[SiteBlock], error: ValidationError) -> dict[str, str]:
    """What is wrong with each field, in words, by its name in the form."""
    return {"-".join(map(str, one["loc"])): _problem(block, one) for one in error.errors(include_url=False)}


def _problem(block: type[SiteBlock], error: Any) -> str:
    place, kind, context = error["loc"], error["type"], error.get("ctx") or {}
    label = gettext(_label_of(block, place))
    if kind in ("missing", "string_too_short", "too_short"):
        return gettext("“%(field)s” is missing.", field=label)
    if kind in ("string_too_long", "too_long") and isinstance(error["input"], str):
        return ngettext(
            "“%(field)s” is longer than %(num)s character.",
            "“%(field)s” is longer than %(num)s characters.",
            context["max_length"],
            field=label,
        )
    if kind == "too_long":
        most = context["max_length"]
        return ngettext(
            "“%(field)s” has more than %(num)s entry.", "“%(field)s” has more than %(num)s entries.", most, field=label
        )
    if isinstance(reason := context.get("error"), BadField):
        return f"{label}: {gettext(str(reason))}"
    return gettext("“%(field)s” is not right.", field=label)


def _label_of(block: type[SiteBlock], place: Sequence[str | int]) -> str:
    name = str(place[0]) if place else ""
    if name not in block.model_fields:
        return name
    if len(place) > 2 and form_field(block, name).kind == "items":
        inner = item_model(block, name)
        return form_field(inner, str(place[2])).label if str(place[2]) in inner.model_fields else name
    return form_field(block, name).label


def section_tree(section: Mapping[str, Any]) -> SectionNode | None:
    """What a stored section shows; None when it is of a kind that is not there, or its fields are broken."""
    block = BLOCKS.get(str(section.get("kind")))
    if block is None:
        return None
    try:
        fields = block.model_validate(section.get("fields") or {})
    except ValidationError:
        return None
    tone = section.get("tone")
    return SectionNode(block.key, fields.tree(), tone if tone in TONES else block.tone, str(section.get("id", "")))


def page_trees(sections: Sequence[Mapping[str, Any]]) -> list[SectionNode]:
    """What the sections of a page show, in order."""
    return [tree for tree in map(section_tree, sections) if tree is not None]
