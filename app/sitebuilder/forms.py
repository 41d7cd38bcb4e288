"""The form of a section, made from the definition of its block: what it shows, and reading what it sends. Pure.

The names of fields are as in `heading`, `items-0-title`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.languages import gettext
from app.sitebuilder.blocks.base import form_field, item_model
from app.sitebuilder.blocks.fields import FieldsOfBlock
from app.sitebuilder.blocks.registry import BLOCKS

MOST_ITEMS = 30
_TAKE = re.compile(r"take (asset:\S{1,300}) ([a-z0-9_-]{1,60})")
_PICK = re.compile(r"pick ([a-z0-9_-]{1,60})")
_CHANGE = re.compile(r"(add|remove|up|down)-items(?:-(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field as the form shows it. `items` are the fields of each item, for a field of kind `items`."""

    name: str
    label: str
    kind: str
    help: str
    value: str
    choices: Sequence[tuple[str, str]] = ()
    item: str = ""
    most: int = 0
    items: "list[list[ShownField]]" = field(default_factory=list)
    required: bool = False


def shown_fields(kind: str, values: Mapping[str, Any]) -> list[ShownField]:
    """The fields of a block with these values."""
    return _shown(BLOCKS[kind], values, "")


def _shown(model: type[FieldsOfBlock], values: Mapping[str, Any], prefix: str) -> list[ShownField]:
    shown = []
    for name, info in model.model_fields.items():
        asked, value = form_field(model, name), values.get(name)
        inner = []
        if asked.kind == "items":
            rows = value if isinstance(value, list) else []
            inner = [
                _shown(item_model(model, name), row, f"{prefix}{name}-{number}-") for number, row in enumerate(rows)
            ]
        elif value is None:
            value = "" if info.is_required() or info.default is None else info.get_default(call_default_factory=True)
        shown.append(
            ShownField(
                name=prefix + name,
                label=gettext(asked.label),
                kind=asked.kind,
                help=gettext(asked.help) if asked.help else "",
                value="\n".join(value) if asked.kind == "lines" and isinstance(value, list) else str(value),
                choices=[(key, gettext(label)) for key, label in asked.choices],
                item=gettext(asked.item) if asked.item else "",
                most=next(
                    (part.max_length for part in info.metadata if hasattr(part, "max_length") and part.max_length), 0
                ),
                items=inner,
                required=info.is_required(),
            )
        )
    return shown


def read_fields(kind: str, form: Mapping[str, str]) -> dict[str, Any]:
    """What the form sent, with what its button `change` adds, takes away, moves or chooses. Not checked."""
    take = _TAKE.fullmatch(form.get("change", ""))
    values = _read(BLOCKS[kind], {**form, take[2]: take[1]} if take else form, "")
    change = _CHANGE.fullmatch(form.get("change", ""))
    return _changed(values, change[1], int(change[2] or 0)) if change and "items" in values else values


def field_to_pick_for(form: Mapping[str, str]) -> str:
    """The field for which the form's button `change` shows the pictures to choose from; "" when it does not."""
    pick = _PICK.fullmatch(form.get("change", ""))
    return pick[1] if pick else ""


def _read(model: type[FieldsOfBlock], form: Mapping[str, str], prefix: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in model.model_fields:
        if form_field(model, name).kind == "items":
            inner = item_model(model, name)
            starts = [f"{prefix}{name}-{number}-" for number in range(MOST_ITEMS)]
            values[name] = [_read(inner, form, start) for start in starts if any(key.startswith(start) for key in form)]
        elif prefix + name in form:
            values[name] = form[prefix + name].replace("\0", "")
    return values


def _changed(values: dict[str, Any], verb: str, place: int) -> dict[str, Any]:
    items = list(values["items"])
    if verb == "add":
        items.append({})
    elif verb == "remove":
        items = [item for number, item in enumerate(items) if number != place]
    elif place < len(items):
        items.insert(max(0, place + (-1 if verb == "up" else 1)), items.pop(place))
    return {**values, "items": items}
