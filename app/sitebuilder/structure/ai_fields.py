"""What models are told of blocks, and what of their answers may be used. Pure.

A model never chooses pictures, quotes of customers, prices, figures or addresses of other sites: it would invent them.
"""

from collections.abc import Collection, Mapping
from typing import Any

from app.ai.markup.answer_html import plain_line
from app.core.errors import DomainError
from app.sitebuilder.answers import SiteAnswers
from app.sitebuilder.blocks.base import SiteBlock, form_field, item_model
from app.sitebuilder.blocks.fields import PAGE, FieldsOfBlock
from app.sitebuilder.blocks.registry import BLOCKS, new_section

OFFERED = (
    "hero",
    "feature_grid",
    "text_image",
    "steps",
    "stats",
    "pricing",
    "faq",
    "call_to_action",
    "contact",
    "posts_list",
)
FROM_ANSWERS = frozenset(("stats", "pricing", "contact"))
"""Blocks whose facts come from the answers alone."""
_PARAGRAPHS = frozenset(("text", "answer", "quote"))


def describe_blocks(kinds: Collection[str] = OFFERED) -> dict[str, Any]:
    """The fields of blocks, with the most letters or items of each, as a model is told them."""
    return {kind: _described(BLOCKS[kind]) for kind in kinds}


def _described(block: type[SiteBlock] | type[FieldsOfBlock]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in block.model_fields:
        asked = form_field(block, name)
        if asked.kind in ("image", "number", "choice") or name in ("alt", "caption"):
            continue
        fields[name] = [_described(item_model(block, name))] if asked.kind == "items" else _words(name, asked.kind)
    return fields


def _words(name: str, kind: str) -> str:
    if kind == "address":
        return "page:<slug of one of your pages>"
    return (
        "text, up to 500 characters"
        if kind == "text"
        else "text, up to 60 characters"
        if "button" in name
        else "one line"
    )


def section_of_answer(
    kind: str, fields: Mapping[str, Any], answers: SiteAnswers, slugs: Collection[str]
) -> dict[str, Any]:
    """A section of what a model answered. Raises DomainError with what is wrong with it."""
    if kind not in OFFERED:
        raise DomainError(f"`{kind}` is none of the blocks.", code="BLOCK_UNKNOWN")
    return new_section(kind, _cleaned(BLOCKS[kind], fields, answers, slugs))


def _cleaned(
    block: type[SiteBlock] | type[FieldsOfBlock],
    fields: Mapping[str, Any],
    answers: SiteAnswers,
    slugs: Collection[str],
) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name in block.model_fields:
        value, kind = fields.get(name), form_field(block, name).kind
        if value is None or kind == "image" or name in ("alt", "caption"):
            continue
        if kind == "items" and isinstance(value, list):
            items = [item for item in value if isinstance(item, Mapping)]
            kept[name] = [_cleaned(item_model(block, name), item, answers, slugs) for item in items]
        elif kind == "address":
            kept[name] = _known_address(str(value), slugs)
        elif isinstance(value, str):
            kept[name] = _plain(name, value)
        elif isinstance(value, int | list):
            kept[name] = value
    return kept


def _plain(name: str, value: str) -> str:
    if name in _PARAGRAPHS:
        return "\n\n".join(filter(None, map(plain_line, value.replace("\r", "").split("\n\n"))))
    return plain_line(value)


def _known_address(value: str, slugs: Collection[str]) -> str:
    """An address within the site; that of its contact page, or none, for anything else."""
    slug = value.strip().removeprefix(PAGE).strip("/").removeprefix("#")
    if slug in slugs:
        return f"{PAGE}{slug}"
    return f"{PAGE}contact" if "contact" in slugs else ""


def answers_for_model(answers: SiteAnswers) -> dict[str, Any]:
    """The answers as a model is told them."""
    return {
        "name": answers.name,
        "business": answers.business_type,
        "industry": answers.industry,
        "audience": answers.audience,
        "place": answers.place,
        "language": answers.language,
        "description": "\n\n".join(answers.description),
        "offers": [{"title": title, "text": text} for title, text in answers.offers],
        "figures": [{"value": value, "label": label} for value, label in answers.figures],
        "prices": [{"name": name, "price": price} for name, price in answers.prices],
        "questions": [{"question": question, "answer": answer} for question, answer in answers.questions],
        "objectives": list(answers.objectives),
        "email": answers.email,
        "phone": answers.phone,
    }
