"""Sections of every block, full and bare, with texts that break careless markup."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from app.sitebuilder.blocks.base import SiteBlock, form_field
from app.sitebuilder.blocks.fields import FieldsOfBlock
from app.sitebuilder.blocks.registry import BLOCKS, new_section

HARD = 'Q&A <b>"quoted"</b> -- --> it\'s 5 > 3 [gallery] 🚀 &amp; \\u0041'
RIGHT_TO_LEFT = "اردو میں ایک عنوان (SEO) ‏123"
TEXTS = (HARD, RIGHT_TO_LEFT, "Plain words", '{"a":1} <!-- wp:paragraph --> /wp:x')
VALUES = {
    "address": "https://x.example/?a=1&b=2#c",
    "image": "https://x.example/a.png?w=1&h=2",
    "email": "info@x.example",
    "phone": "+49 (0)30 123-45",
}


def full_sections() -> Iterator[dict[str, Any]]:
    """Each block with all of its fields, once for each of the texts."""
    for key, block in BLOCKS.items():
        for text in TEXTS:
            for tone in ("plain", "tint", "accent"):
                yield new_section(key, _filled(block, text), tone=tone)


def bare_sections() -> Iterator[dict[str, Any]]:
    """Each block with what it must have alone."""
    for key, block in BLOCKS.items():
        yield new_section(key, _filled(block, "Words", bare=True))


def _filled(block: type[SiteBlock] | type[FieldsOfBlock], text: str, *, bare: bool = False) -> dict[str, Any]:
    fields = block.model_fields.items()
    return {
        name: _value(block, name, field.annotation, text, bare)
        for name, field in fields
        if not bare or field.is_required()
    }


def _value(block: Any, name: str, annotation: Any, text: str, bare: bool) -> Any:
    kind = form_field(block, name).kind
    if kind == "items":
        count = 1 if bare else 5
        return [_filled(annotation.__args__[0], text, bare=bare) for _number in range(count)]
    if get_origin(annotation) is Literal:
        return get_args(annotation)[-1]
    if kind in ("address", "image"):
        return VALUES[kind]
    if kind == "number":
        return 3
    if kind == "lines":
        return [text, "Second"]
    if name in VALUES:
        return VALUES[name]
    return (text if kind == "line" else f"{text}\n\nSecond {text}")[: 60 if kind == "line" else 500]
