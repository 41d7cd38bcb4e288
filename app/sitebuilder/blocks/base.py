"""What every block has: its name, its fields, and the tree of what it shows."""

from abc import abstractmethod
from typing import ClassVar

from pydantic import BaseModel

from app.sitebuilder.blocks.fields import FieldsOfBlock, FormField, paragraphs_of
from app.sitebuilder.blocks.nodes import ButtonNode, ButtonsNode, HeadingNode, Node, ParagraphNode, PictureNode

TONES = ("plain", "tint", "accent")


class SiteBlock(FieldsOfBlock):
    """A block of a page. `key` is stored with each section, `tone` is how a new one stands out."""

    key: ClassVar[str]
    label: ClassVar[str]
    about: ClassVar[str]
    icon: ClassVar[str]
    tone: ClassVar[str] = "plain"

    @abstractmethod
    def tree(self) -> tuple[Node, ...]:
        """What is shown, without what is empty."""


def form_field(model: type[BaseModel], name: str) -> FormField:
    """How a form asks for this field of a block."""
    return next(part for part in model.model_fields[name].metadata if isinstance(part, FormField))


def item_model(model: type[BaseModel], name: str) -> type[FieldsOfBlock]:
    """The class of the items of a field of kind `items`."""
    annotation = model.model_fields[name].annotation
    inner: type[FieldsOfBlock] = annotation.__args__[0]  # type: ignore[union-attr]  # list[Item] by definition
    return inner


def head_nodes(heading: str, text: str = "", level: int = 2) -> tuple[Node, ...]:
    """The heading of a section and the text under it."""
    nodes: list[Node] = [HeadingNode(heading, level)] if heading else []
    nodes += [ParagraphNode((part,), "lead") for part in paragraphs_of(text)]
    return tuple(nodes)


def item_heading(title: str, above: str) -> HeadingNode:
    """The heading of an item below the heading `above` of its section; no level is left out where there is none."""
    return HeadingNode(title, 3 if above else 2)


def text_nodes(text: str) -> tuple[Node, ...]:
    """Paragraphs of running text."""
    return tuple(ParagraphNode((part,)) for part in paragraphs_of(text))


def picture_nodes(image: str, alt: str, caption: str = "") -> tuple[Node, ...]:
    """A picture, where there is one."""
    return (PictureNode(image, alt, caption),) if image else ()


def button_nodes(*buttons: tuple[str, str]) -> tuple[Node, ...]:
    """Buttons of (label, address), the first the main one; those that lack either are left out."""
    whole = [(label, address) for label, address in buttons if label and address]
    shown = tuple(ButtonNode(label, address, number > 0) for number, (label, address) in enumerate(whole))
    return (ButtonsNode(shown),) if shown else ()
